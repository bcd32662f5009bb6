/** The task of telling what is in a file of data. */
import { InputError } from '@isograd/core'
import { inspectData } from '@isograd/core/node'
import { DATA_SCHEMA, type DataDocument } from '../documents/data-document.js'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import { loadRegistry } from '../input/extensions.js'
import { oneOf } from '../input/option-values.js'
import type { SharedValues } from '../input/options.js'
import { dataReport } from '../terminal/data.js'
import { printResult } from '../terminal/print-result.js'
import { withStatusLine } from '../terminal/status-line.js'

/** The options of the verb as they are read from the command line. */
export interface DataOptions extends Pick<SharedValues, 'use' | 'json' | 'ascii'> {
  readonly format?: string
  readonly target?: string
  readonly option?: readonly string[]
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** The options of a format: values are JSON where they can be, and text otherwise. @throws InputError */
function formatOptions(texts: readonly string[]): Record<string, unknown> {
  const entries = texts.map((text) => {
    const [, name = '', value = ''] = /^(\w+)=(.*)$/s.exec(text) ?? []
    if (name === '') throw new InputError('isograd', `--option: expected name=value, got "${text}"`)
    return [name, isJson(value) ? (JSON.parse(value) as unknown) : value] as const
  })
  return Object.fromEntries(entries)
}

/** Prints what is in a file or directory. @throws InputError */
export async function inspect(action: string, path: string, options: DataOptions): Promise<ExitStatus> {
  oneOf('data', action, ['inspect'])
  const { format, target, option, use } = options
  const registry = await loadRegistry(use)
  const spec = {
    ...(format !== undefined && { format }),
    ...(target !== undefined && { target }),
    ...(option !== undefined && { options: formatOptions(option) }),
  }
  return withStatusLine(options, async (line, signal) => {
    const description = await inspectData(path, spec, registry, { onProgress: line.transfer, signal })
    line.clear()
    const document: DataDocument = { schema: DATA_SCHEMA, ...description }
    printResult(options, document, (style) => dataReport(style, document))
    return exitStatus.ok
  })
}
