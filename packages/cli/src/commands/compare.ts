/** `isograd compare`: two records after the fact, from whatever machines and versions. */
import {
  compareRecords,
  parseTolerances,
  type RecordComparison,
  type RecordMeasure,
  stringifyRecord,
} from '@isograd/core'
import { findFinishedRun, readFinishedRun } from '@isograd/core/node'
import type { Command } from 'commander'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import { type Look, lookOf, paint, printable } from '../text/terminal-style.js'
import { passingTolerance, verdictText } from '../terminal/check.js'
import { type Cell, labelled, table, wrap } from '../text/layout.js'
import { formatCount, formatPercent, formatScientific } from '../text/numbers.js'

interface CompareOptions {
  readonly tolerance?: readonly string[]
  readonly json?: boolean
  readonly ascii?: boolean
}

const help = `
A run is a directory that --out has made. Both must be of one experiment: what differs
is named. The first loss, the first gradients and the final accuracy decide; the other
losses and the final weights drift apart by nature and are judged only with a tolerance.
Accuracies that differ after the losses have parted are those of two models: inconclusive,
unless a tolerance is given for them.

Examples:
  isograd compare runs/torch-mlp5-relu-onnx-seed0 runs/torch-mlp5-relu-tfjs-wasm-seed0
  isograd compare here/runs/a there/runs/a --tolerance firstLoss=0 --tolerance weights=1e-3

Exit status:
  0 they agree, 1 they do not or it cannot be told, 2 wrong input`

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}

/** Declares the verb. */
export function declare(command: Command, finish: (status: ExitStatus) => void): void {
  command
    .argument('<run>', 'directory of a finished run')
    .argument('<other>', 'directory of another one')
    .option('--tolerance <name=value>', 'another tolerance; may be given several times', collect)
    .option('--json', 'print one JSON document instead of the report')
    .option('--ascii', 'draw with ASCII characters only')
    .addHelpText('after', help)
    .action(async (first: string, second: string, options: CompareOptions) => {
      finish(await compare(first, second, options))
    })
}

async function compare(first: string, second: string, options: CompareOptions): Promise<ExitStatus> {
  const tolerances = parseTolerances(options.tolerance ?? [])
  const [a, b] = [
    await readFinishedRun(await findFinishedRun(first)),
    await readFinishedRun(await findFinishedRun(second)),
  ]
  const comparison = compareRecords(a, b, tolerances)
  const look = lookOf(process.stdout, process.env, options.ascii === true)
  const document = { schema: 'isograd.compare/1', ...comparison }
  const text = options.json === true ? stringifyRecord(document) : `${compareReport(look, comparison).join('\n')}\n`
  process.stdout.write(text)
  return comparison.verdict === 'agree' ? exitStatus.ok : exitStatus.disagreement
}

const titles: Readonly<Record<RecordMeasure['name'], string>> = {
  firstLoss: 'first loss',
  firstGradient: 'first gradient',
  losses: 'losses',
  weights: 'final weights',
  accuracy: 'final accuracy',
}

/** Of many measures of one name, the one closest to its tolerance. */
function worstByName(measures: readonly RecordMeasure[]): RecordMeasure[] {
  const worst = new Map<RecordMeasure['name'], RecordMeasure>()
  for (const measure of measures) {
    const before = worst.get(measure.name)
    if (before === undefined || !(measure.measured <= before.measured)) worst.set(measure.name, measure)
  }
  return [...worst.values()]
}

function measureRow({ name, what, measured, tolerance }: RecordMeasure): Cell[] {
  const text = formatScientific(measured)
  const limit = tolerance === Number.POSITIVE_INFINITY ? 'not judged' : formatScientific(tolerance)
  const title = what === '' || name === 'accuracy' ? titles[name] : `${titles[name]}: ${printable(what)}`
  return [title, measured <= tolerance ? text : { text, format: 'red' }, limit]
}

function sideText({ backend, versions, testAccuracy }: RecordComparison['a']): string {
  const libraries = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  return printable(`${backend}, ${formatPercent(testAccuracy)} (${libraries.join(', ')})`)
}

/** The step from which on losses are more than a thousandth apart. */
function parting({ lossCurve }: RecordComparison): string {
  const first = lossCurve.find(({ distance }) => !(distance <= 1e-3))
  return first === undefined ? 'never' : `from step ${formatCount(first.step)} on`
}

const MOST_FINDINGS = 6

function compareReport(look: Look, comparison: RecordComparison): string[] {
  const columns = [
    { title: 'worst' },
    { title: 'difference', align: 'right' },
    { title: 'tolerance', align: 'right' },
  ] as const
  const shown = comparison.findings.slice(0, MOST_FINDINGS)
  const left = comparison.findings.length - shown.length
  const lines = shown.flatMap((finding) => [
    ...wrap(look, `  ${printable(finding.sentence)}`, 4),
    paint(look, 'dim', `    ${passingTolerance(finding)}`),
  ])
  return [
    ...labelled(look, [
      ['first', sideText(comparison.a)],
      ['second', sideText(comparison.b)],
      ['losses apart by 0.1 %', parting(comparison)],
    ]),
    '',
    ...table(look, columns, worstByName(comparison.measures).map(measureRow)),
    '',
    verdictText(look, comparison.verdict),
    ...lines,
    ...(left === 0 ? [] : [`  and ${left} more; --json has them all`]),
  ]
}
