/** A comparison of two records for people: the sides, the worst measures, and the findings. */
import type { RecordComparison, RecordMeasure } from '@isograd/core/compare'
import { passingTolerance } from '../documents/check-document.js'
import { formatMetric, measureTitle } from '../documents/run-figures.js'
import { type Cell, labelled, table, wrap } from '../text/layout.js'
import { formatCount, formatScientific } from '../text/numbers.js'
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

/** The step from which on losses are more than a thousandth apart. */
function divergence({ lossCurve }: RecordComparison): string {
  if (lossCurve.length === 0) return 'there are none'
  const first = lossCurve.find(({ distance }) => !(distance <= 1e-3))
  return first === undefined ? 'never' : `from step ${formatCount(first.step)} on`
}

const MOST_FINDINGS = 6

const columns = [
  { title: 'worst' },
  { title: 'difference', align: 'right' },
  { title: 'tolerance', align: 'right' },
] as const

/** The lines of the report. */
export function compareReport(style: TerminalStyle, comparison: RecordComparison): string[] {
  const shown = comparison.findings.slice(0, MOST_FINDINGS)
  const left = comparison.findings.length - shown.length
  const lines = shown.flatMap((finding) => [
    ...wrap(style, `  ${printable(finding.sentence)}`, 4),
    paint(style, 'dim', `    ${passingTolerance(finding)}`),
  ])
  return [
    ...labelled(style, [
      ['first', sideText(comparison, comparison.a)],
      ['second', sideText(comparison, comparison.b)],
      ['losses apart by 0.1 %', divergence(comparison)],
    ]),
    '',
    ...table(style, columns, worstByName(comparison.measures).map(measureRow)),
    '',
    verdictText(style, comparison.verdict),
    ...lines,
    ...(left === 0 ? [] : [`  and ${left} more; --json has them all`]),
  ]
}
