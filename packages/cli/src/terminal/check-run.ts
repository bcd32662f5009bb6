/** Free training in a check: how the distance grows beside the noise floor, and the final accuracies. */
import type { GrowthPoint, RunComparison } from '@isograd/core'
import { type Look, paint, printable } from '../text/terminal-style.js'
import { type Cell, table } from '../text/layout.js'
import { formatCount, formatPercent, formatScientific } from '../text/numbers.js'

const columns = [
  { title: 'after step', align: 'right' },
  { title: 'distance', align: 'right' },
  { title: 'noise floor', align: 'right' },
  { title: 'times', align: 'right' },
  { title: 'loss', align: 'right' },
] as const

const MOST_POINTS = 12

/** The first, the last, and as many between as fit. */
function thinned(curve: readonly GrowthPoint[]): readonly GrowthPoint[] {
  const every = Math.ceil(curve.length / MOST_POINTS)
  return curve.filter((_, i) => i % every === 0 || i === curve.length - 1)
}

function pointRow(point: GrowthPoint, jump: GrowthPoint | undefined): Cell[] {
  const { step, distance, floor, lossDistance } = point
  const text = (distance / floor).toPrecision(3)
  return [
    formatCount(step),
    formatScientific(distance, 1),
    formatScientific(floor, 1),
    jump !== undefined && step >= jump.step ? { text, format: 'red' } : text,
    formatScientific(lossDistance, 1),
  ]
}

function mean(values: readonly number[]): string {
  return formatPercent(values.reduce((sum, value) => sum + value, 0) / values.length)
}

function accuracyLine({ accuracy, backends }: RunComparison): string {
  const { seeds, a, b, difference, standardError } = accuracy
  const over = `over ${seeds.length} seed${seeds.length === 1 ? '' : 's'}`
  const names = `${printable(backends[0])} ${mean(a)}, ${printable(backends[1])} ${mean(b)}`
  return `final accuracy ${over}: ${names}; apart ${formatPercent(difference)}, standard error ${formatPercent(standardError)}`
}

function comparisonReport(look: Look, comparison: RunComparison): string[] {
  const { backends, curve, jump } = comparison
  const title = `${printable(backends[1])} against ${printable(backends[0])}`
  const rows = thinned(curve).map((point) => pointRow(point, jump?.point))
  return ['', `    ${paint(look, 'cyan', title)}`, ...table(look, columns, rows, 4), `    ${accuracyLine(comparison)}`]
}

/** Every comparison of free training. */
export function runCheckReport(look: Look, comparisons: readonly RunComparison[]): string[] {
  return comparisons.flatMap((comparison) => comparisonReport(look, comparison))
}
