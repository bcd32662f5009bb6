/** `isograd faults`: a backend is made wrong in every known way, and the check must say how. A check of the check. */
import { faults, type FaultTrial, InputError, stringifyRecord, tryFault } from '@isograd/core'
import type { Command } from 'commander'
import { StageLine } from '../terminal/stage-line.js'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import { oneOf } from '../input/option-values.js'
import { interruptible } from '../errors/interrupt.js'
import { type Look, lookOf, paint, symbols } from '../text/terminal-style.js'
import { progressOn } from '../terminal/progress.js'
import { markdownTable } from '../documents/check-markdown.js'
import { labelled } from '../text/layout.js'
import { chooseBackends } from '../backends/choose-backends.js'

interface FaultOptions {
  readonly backend: string
  readonly only?: string
  readonly json?: boolean
  readonly markdown?: boolean
  readonly ascii?: boolean
}

const help = `
Each fault is put into a copy of the backend, which is then checked beside the backend
itself on a small network. The check must find it, name it rightly, and not blame the
healthy one.

Examples:
  isograd faults
  isograd faults --backend onnx
  isograd faults --only mask-reused

Exit status:
  0 all were found and named, 1 some were not, 2 wrong input, 3 the backend cannot be used`

/** Declares the verb. */
export function declare(command: Command, finish: (status: ExitStatus) => void): void {
  command
    .option('-b, --backend <name>', 'the backend that is made wrong', 'reference')
    .option('--only <id>', 'only this fault')
    .option('--json', 'print one JSON document instead of the table')
    .option('--markdown', 'print the table as Markdown')
    .option('--ascii', 'draw with ASCII characters only')
    .addHelpText('after', help)
    .action(async (options: FaultOptions) => {
      finish(await seedFaults(options))
    })
}

async function seedFaults(options: FaultOptions): Promise<ExitStatus> {
  const { backend: name, only, ascii = false } = options
  const ids = faults.map(({ id }) => id)
  const chosen = only === undefined ? faults : faults.filter(({ id }) => id === oneOf('only', only, ids))
  const look = lookOf(process.stderr, process.env, ascii)
  const [progress, stage] = [progressOn(process.stderr, look), new StageLine(process.stderr, look)]
  const note = (text: string): void => progress.note(`note: ${text}`)
  const loaded = await chooseBackends({ names: [name], options: {}, precisions: ['float32'], note })
  try {
    return await interruptible({ stopping: () => {}, exiting: () => stage.clear() }, async (signal) => {
      const [healthy] = loaded
      if (healthy === undefined) throw new InputError('isograd', `"${name}" cannot be used`)
      const trials: FaultTrial[] = []
      for (const fault of chosen) {
        signal.throwIfAborted()
        stage.show(fault.id)
        // oxlint-disable-next-line no-await-in-loop -- a backend takes one call at a time
        trials.push(await tryFault(fault, healthy.backend))
      }
      stage.clear()
      process.stdout.write(textOf(trials, options, healthy.backend.name))
      return trials.every(({ ok }) => ok) ? exitStatus.ok : exitStatus.disagreement
    })
  } finally {
    stage.clear()
    await Promise.all(loaded.map(({ backend }) => backend.dispose()))
  }
}

function textOf(
  trials: readonly FaultTrial[],
  { json, markdown, ascii = false }: FaultOptions,
  backend: string,
): string {
  if (json === true) return stringifyRecord({ schema: 'isograd.faults/1', backend, trials })
  const lines =
    markdown === true ? markdownLines(trials) : tableLines(lookOf(process.stdout, process.env, ascii), trials)
  return `${lines.join('\n')}\n`
}

/** Where a finding says the fault is. */
function place({ found }: FaultTrial): string {
  if (found === undefined) return 'nothing'
  const { kind, operation, layer, stage, step } = found
  const at = step === undefined ? undefined : `step ${step}`
  return [kind === 'operation' ? undefined : kind, operation, layer, stage, at]
    .filter((part) => part !== undefined)
    .join(', ')
}

function markdownLines(trials: readonly FaultTrial[]): string[] {
  const rows = trials.map((trial) => [trial.id, trial.about, trial.mode, place(trial), trial.ok ? 'yes' : 'no'])
  return markdownTable(['fault', 'what the backend does', 'mode', 'what the check names', 'named rightly'], rows)
}

function trialLines(look: Look, trial: FaultTrial): string[] {
  const { ok, bad } = symbols(look)
  const mark = trial.ok ? paint(look, 'green', ok) : paint(look, 'red', bad)
  const wronged = trial.wronged.map(({ sentence }): [string, string] => ['blames the healthy', sentence])
  const details = labelled({ ...look, width: look.width - 4 }, [
    ['fault', trial.about],
    ['named', `${trial.mode}: ${place(trial)}`],
    ['finding', trial.found?.sentence ?? 'none'],
    ...wronged,
  ])
  return [`${mark} ${paint(look, 'bold', trial.id)}`, ...details.map((line) => `    ${line}`), '']
}

function tableLines(look: Look, trials: readonly FaultTrial[]): string[] {
  const named = trials.filter(({ ok }) => ok).length
  return [
    ...trials.flatMap((trial) => trialLines(look, trial)),
    `${named} of ${trials.length} faults found and named rightly`,
  ]
}
