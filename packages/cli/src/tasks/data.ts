/** The task of telling what is in a file of data. */
import { DATA_SCHEMA, type DataDocument } from '../documents/data-document.js'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import { loadRegistry } from '../input/extensions.js'
import { inspectPath } from '../input/inspect-path.js'
import { oneOf } from '../input/option-values.js'
import type { SharedValues } from '../input/options.js'
import { dataReport } from '../terminal/data.js'
import { printResult } from '../terminal/print-result.js'
import { withStatusLine } from '../terminal/status-line.js'

/** The options of the verb as they are read from the command line. */
export interface DataOptions extends Pick<SharedValues, 'option' | 'use' | 'json' | 'ascii'> {
  readonly format?: string
  readonly target?: string
}

/** Prints what is in a file or directory. @throws InputError */
export async function inspect(action: string, path: string, options: DataOptions): Promise<ExitStatus> {
  oneOf('data', action, ['inspect'])
  const { format, target, option, use } = options
  const registry = await loadRegistry(use)
  const spec = {
    ...(format !== undefined && { format }),
    ...(target !== undefined && { target }),
    option,
  }
  return withStatusLine(options, async (line, signal) => {
    const description = await inspectPath(path, spec, registry, { onProgress: line.transfer, signal })
    line.clear()
    const document: DataDocument = { schema: DATA_SCHEMA, ...description }
    printResult(options, document, (style) => dataReport(style, document))
    return exitStatus.ok
  })
}
