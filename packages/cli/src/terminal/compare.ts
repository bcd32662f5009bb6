/** Comparisons of records for people: the sides, the worst measures, and the findings; of many runs, pair by pair. */
import type { RecordComparison, RecordMeasure, RunsComparison, SeedsComparison, Spread } from '@isograd/core/compare'
import { passingTolerance } from '../documents/check-document.js'
import { formatMetric, measureTitle } from '../documents/run-figures.js'
import { type Cell, labelled, table, wrap } from '../text/layout.js'
import { formatCount, formatErrors, formatScientific } from '../text/numbers.js'
import { paint, printable, type TerminalStyle } from '../text/terminal-style.js'
import { verdictText } from './verdict.js'

/** Of many measures of one name, the one closest to its tolerance. */
function worstByName(measures: readonly RecordMeasure[]): RecordMeasure[] {
  const worst = new Map<RecordMeasure['name'], RecordMeasure>()
  for (const measure of measures) {
    const before = worst.get(measure.name)
    if (before === undefined || !(measure.measured <= before.measured)) worst.set(measure.name, measure)
  }
  return [...worst.values()]
}

function measureRow(measure: RecordMeasure): Cell[] {
  const { measured, tolerance } = measure
  const text = formatScientific(measured)
  const limit = tolerance === Number.POSITIVE_INFINITY ? 'not judged' : formatScientific(tolerance)
  return [printable(measureTitle(measure)), measured <= tolerance ? text : { text, format: 'red' }, limit]
}

function sideText({ finals }: RecordComparison, side: RecordComparison['a']): string {
  const final = `final ${finals.metric.label} ${formatMetric(finals.metric, side.final)}`
  const libraries = Object.entries(side.versions).map(([name, version]) => `${name} ${version}`)
  return printable(`${side.backend}, ${final} (${libraries.join(', ')})`)
}

/** The step from which on losses are further apart than early ones may be. */
function divergence({ lossCurve, measures }: RecordComparison): string {
  if (lossCurve.length === 0) return 'there are none'
  const limit = Number(measures.find(({ name }) => name === 'earlyLoss')?.tolerance)
  const first = lossCurve.find(({ distance }) => !(distance <= limit))
  return first === undefined ? 'never' : `from step ${formatCount(first.step + 1)} on`
}

const MOST_FINDINGS = 6

const columns = [
  { title: 'worst' },
  { title: 'difference', align: 'right' },
  { title: 'tolerance', align: 'right' },
] as const

/** Both sides of a comparison, with the versions that computed them, and the worst of what they differ by. */
export function comparisonLines(
  style: TerminalStyle,
  comparison: RecordComparison,
  [first, second]: readonly [string, string] = ['first', 'second'],
): string[] {
  return [
    ...labelled(style, [
      [first, sideText(comparison, comparison.a)],
      [second, sideText(comparison, comparison.b)],
      ['losses part', divergence(comparison)],
    ]),
    '',
    ...table(style, columns, worstByName(comparison.measures).map(measureRow)),
  ]
}

/** The lines of the report. */
export function compareReport(style: TerminalStyle, comparison: RecordComparison): string[] {
  const shown = comparison.findings.slice(0, MOST_FINDINGS)
  const left = comparison.findings.length - shown.length
  // A fault says why by itself.
  const isExplained = ['agree', 'disagree'].includes(comparison.verdict)
  const lines = shown.flatMap((finding) => {
    const tolerance = passingTolerance(finding)
    const passing = tolerance === '' ? [] : [paint(style, 'dim', `    ${tolerance}`)]
    return [...wrap(style, `  ${printable(finding.sentence)}`, 4), ...passing]
  })
  return [
    ...comparisonLines(style, comparison),
    '',
    verdictText(style, comparison.verdict),
    ...(isExplained ? [] : wrap(style, `  ${printable(comparison.reason)}`, 4)),
    ...lines,
    ...(left === 0 ? [] : [`  and ${left} more; --json has them all`]),
  ]
}

/** Backend, mean and sample standard deviation of one side. */
function spreadText(backend: string, { metric }: SeedsComparison['finals'], { mean, sd = 0 }: Spread): string {
  return printable(`${backend} ${formatMetric(metric, mean)} ± ${formatMetric(metric, sd)}`)
}

function seedsRow(style: TerminalStyle, { arm, backends, seeds, finals, a, b, verdict }: SeedsComparison): string[] {
  return [
    `${arm}, ${finals.metric.label}`,
    spreadText(backends[0], finals, a),
    spreadText(backends[1], finals, b),
    String(seeds.length),
    `${finals.measured.toFixed(2)}, at most ${formatErrors(finals.tolerance)}`,
    verdictText(style, verdict),
  ]
}

function pairRow(style: TerminalStyle, pair: RunsComparison['pairs'][number]): string[] {
  const { arm, seed, a, b, finals, verdict } = pair
  const figures = [a.final, b.final].map((final) => formatMetric(finals.metric, final))
  return [arm, printable(`${a.backend} and ${b.backend}`), String(seed), ...figures, verdictText(style, verdict)]
}

/** The lines of the report on two sets of runs: each pair, the means over the seeds, and the verdict with its reason. */
export function compareSetsReport(style: TerminalStyle, comparison: RunsComparison): string[] {
  const { pairs, overSeeds, unpaired, verdict, reason } = comparison
  const titles = [
    'arm',
    'backends',
    'seed',
    'first',
    'second',
    overSeeds.length === 0 ? 'verdict' : 'but for finals',
  ].map((title) => ({ title }))
  const ofSeeds = ['over seeds', 'first', 'second', 'seeds', 'standard errors', 'verdict']
  const means = table(
    style,
    ofSeeds.map((title) => ({ title })),
    overSeeds.map((each) => seedsRow(style, each)),
  )
  const alone = [...unpaired.a.map((name) => `${name} (first)`), ...unpaired.b.map((name) => `${name} (second)`)]
  return [
    ...table(
      style,
      titles,
      pairs.map((pair) => pairRow(style, pair)),
    ),
    ...(overSeeds.length === 0
      ? []
      : ['', ...means, '  ±: sample standard deviation, with n - 1; standard errors: those that the means are apart']),
    ...(alone.length === 0 ? [] : ['', ...wrap(style, printable(`Without a partner: ${alone.join('; ')}.`), 2)]),
    '',
    verdictText(style, verdict),
    ...wrap(style, `  ${printable(reason)}`, 4),
  ]
}
