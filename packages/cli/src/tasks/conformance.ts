/** The task of running the conformance cases of core against a backend. */
import { InputError } from '@isograd/core'
import { runConformance, type SkippedCase } from '@isograd/core/conformance'
import { withBackends } from '../backends/choose-backends.js'
import { environmentOf } from '../documents/environment.js'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import type { SharedValues } from '../input/options.js'
import { conformanceReport } from '../terminal/conformance.js'
import { printResult } from '../terminal/print-result.js'
import { withStatusLine } from '../terminal/status-line.js'

/** The options of conformance as they are read from the command line. */
export interface ConformanceOptions extends SharedValues {
  readonly skip?: readonly string[]
}

function parseSkip(text: string): SkippedCase {
  const at = text.indexOf('=')
  const [id, reason] = [text.slice(0, Math.max(0, at)).trim(), text.slice(at + 1).trim()]
  if (at > 0 && id !== '' && reason !== '') return { id, reason }
  throw new InputError('isograd', `--skip: expected id=reason, got "${text}"`)
}

/** Runs the cases against the backend of a name. @throws Interruption, InputError, BackendError */
export async function conformance(name: string, options: ConformanceOptions): Promise<ExitStatus> {
  const { skip: skipTexts = [], ascii = false } = options
  const skip = skipTexts.map(parseSkip)
  return withStatusLine(ascii, (line, signal) =>
    withBackends({ names: [name], options: {}, precisions: [], judgesName: true, note: line.note }, async (loaded) => {
      const report = await runConformance(loaded[0].backend, { skip, signal, onResult: ({ id }) => line.show(id) })
      line.clear()
      const document = { schema: 'isograd.conformance/1', environment: environmentOf(loaded), ...report }
      printResult(options, document, (style) => conformanceReport(style, report))
      return report.ok ? exitStatus.ok : exitStatus.disagreement
    }),
  )
}
