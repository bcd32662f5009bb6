/** The task of seeding faults into a backend and seeing that a check names them. */
import { faults, type FaultTrial, tryFault } from '@isograd/core/compare'
import { withBackends } from '../backends/choose-backends.js'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import { oneName, someOf } from '../input/option-values.js'
import type { SharedValues } from '../input/options.js'
import { faultsMarkdown, faultsReport } from '../terminal/faults.js'
import { printResult } from '../terminal/print-result.js'
import { withStatusLine } from '../terminal/status-line.js'

/** The options of faults as they are read from the command line. */
export interface FaultOptions extends SharedValues {
  readonly only?: readonly string[]
  readonly markdown?: boolean
}

/** Seeds the faults and prints which were named. @throws Interruption, InputError, BackendError */
export async function seedFaults(options: FaultOptions): Promise<ExitStatus> {
  const { markdown = false, ascii = false } = options
  const name = oneName('backend', options.backend, 'reference')
  const ids = someOf(
    'only',
    options.only,
    faults.map(({ id }) => id),
  )
  const chosen = faults.filter(({ id }) => ids.includes(id))
  return withStatusLine(ascii, (line, signal) =>
    withBackends({ names: [name], options: {}, precisions: ['float32'], note: line.note }, async ([healthy]) => {
      const trials: FaultTrial[] = []
      for (const fault of chosen) {
        signal.throwIfAborted()
        line.show(fault.id)
        // oxlint-disable-next-line no-await-in-loop -- a backend takes one call at a time
        trials.push(await tryFault(fault, healthy.backend))
      }
      line.clear()
      const document = { schema: 'isograd.faults/1', backend: healthy.backend.name, trials }
      printResult(options, document, (style) => (markdown ? faultsMarkdown(trials) : faultsReport(style, trials)))
      return trials.every(({ ok }) => ok) ? exitStatus.ok : exitStatus.disagreement
    }),
  )
}
