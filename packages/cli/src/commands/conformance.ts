/** `isograd conformance`: the cases of `@isograd/core/conformance` against any backend, ours or a third party's. */
import { InputError } from '@isograd/core'
import { type ConformanceReport, runConformance, type SkippedCase } from '@isograd/core/conformance'
import type { Command } from 'commander'
import { StageLine } from '../terminal/stage-line.js'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import { interruptible } from '../errors/interrupt.js'
import { type Look, lookOf, paint, printable } from '../text/terminal-style.js'
import { type Cell, table, wrap } from '../text/layout.js'
import { progressOn } from '../terminal/progress.js'
import { chooseBackends } from '../backends/choose-backends.js'
import { environmentOf } from '../documents/environment.js'

interface ConformanceOptions {
  readonly skip?: readonly string[]
  readonly json?: boolean
  readonly ascii?: boolean
}

const help = `
Every case is a small program whose result the float64 reference says, or a rule of the
contract. A skip promises that a case fails; one that is not needed fails the run.

Examples:
  isograd conformance onnx
  isograd conformance ./my-adapter
  isograd conformance my-adapter#gpu --skip "matmul/nan/float32=the driver flushes NaN"

Exit status:
  0 it conforms, 1 it does not, 2 wrong input, 3 it cannot be used`

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}

/** Declares the verb. */
export function declare(command: Command, finish: (status: ExitStatus) => void): void {
  command
    .argument('<backend>', 'a backend, or the name or path of an adapter package')
    .option('--skip <id=reason>', 'a case known to fail, and why; may be given several times', collect)
    .option('--json', 'print one JSON document instead of the report')
    .option('--ascii', 'draw with ASCII characters only')
    .addHelpText('after', help)
    .action(async (name: string, options: ConformanceOptions) => {
      finish(await conformance(name, options))
    })
}

function parseSkip(text: string): SkippedCase {
  const at = text.indexOf('=')
  const [id, reason] = [text.slice(0, Math.max(0, at)).trim(), text.slice(at + 1).trim()]
  if (at > 0 && id !== '' && reason !== '') return { id, reason }
  throw new InputError('isograd', `--skip: expected id=reason, got "${text}"`)
}

async function conformance(name: string, options: ConformanceOptions): Promise<ExitStatus> {
  const skip = (options.skip ?? []).map(parseSkip)
  const look = lookOf(process.stderr, process.env, options.ascii === true)
  const [progress, stage] = [progressOn(process.stderr, look), new StageLine(process.stderr, look)]
  const note = (text: string): void => progress.note(`note: ${text}`)
  const loaded = await chooseBackends({ names: [name], options: {}, precisions: [], note })
  try {
    return await interruptible({ stopping: () => {}, exiting: () => stage.clear() }, async (signal) => {
      const [chosen] = loaded
      if (chosen === undefined) throw new InputError('isograd', `"${name}" cannot be used`)
      const report = await runConformance(chosen.backend, { skip, signal, onResult: ({ id }) => stage.show(id) })
      stage.clear()
      const document = {
        schema: 'isograd.conformance/1',
        environment: environmentOf(loaded, process.argv.slice(2)),
        ...report,
      }
      const out = lookOf(process.stdout, process.env, options.ascii === true)
      const text = options.json === true ? JSON.stringify(document, undefined, 2) : reportLines(out, report).join('\n')
      process.stdout.write(`${text}\n`)
      return report.ok ? exitStatus.ok : exitStatus.disagreement
    })
  } finally {
    stage.clear()
    await Promise.all(loaded.map(({ backend }) => backend.dispose()))
  }
}

function coverageTable(look: Look, { coverage }: ConformanceReport): string[] {
  const rows = Object.entries(coverage).map(([op, { passed, total }]): Cell[] => {
    const text = `${passed} of ${total}`
    return [op, passed === total ? text : { text, format: passed === 0 ? 'red' : 'yellow' }]
  })
  return table(look, [{ title: 'operation' }, { title: 'cases passed', align: 'right' }], rows)
}

function caseLines(look: Look, { results }: ConformanceReport, status: 'failed' | 'skipped'): string[] {
  const format = status === 'failed' ? 'red' : 'yellow'
  return results
    .filter((result) => result.status === status)
    .flatMap(({ id, detail }) => {
      const [first = '', ...rest] = wrap({ ...look, width: look.width - 4 }, printable(`${id}: ${detail}`), 0)
      return [`  ${paint(look, format, status)} ${first}`, ...rest.map((line) => `    ${line}`)]
    })
}

function reportLines(look: Look, report: ConformanceReport): string[] {
  const { passed, failed, skipped, unsupported } = report.counts
  const stale = report.staleSkips.map(
    ({ id }) => `  ${paint(look, 'red', 'stale skip')} ${printable(id)}: no failing case`,
  )
  const counts = `${passed} passed, ${failed} failed, ${skipped} skipped, ${unsupported} unsupported`
  const verdict = report.ok
    ? paint(look, ['bold', 'green'], 'conforms')
    : paint(look, ['bold', 'red'], 'does not conform')
  return [
    ...coverageTable(look, report),
    '',
    ...caseLines(look, report, 'failed'),
    ...stale,
    ...caseLines(look, report, 'skipped'),
    ...(failed + skipped + stale.length === 0 ? [] : ['']),
    `${printable(report.backend)} ${verdict}: ${counts}`,
  ]
}
