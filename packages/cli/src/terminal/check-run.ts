/** Free training in a check: the growth of the distance beside the noise floor, and the final metrics. */
import type { GrowthPoint, RunComparison } from '@isograd/core/compare'
import { finalsTitle } from '../documents/run-figures.js'
import { type Cell, indented, plural, table, wrap } from '../text/layout.js'
import { formatCount, formatScientific } from '../text/numbers.js'
import { paint, printable, type TerminalStyle } from '../text/terminal-style.js'

const columns = [
  { title: 'after step', align: 'right' },
  { title: 'distance', align: 'right' },
  { title: 'noise floor', align: 'right' },
  { title: 'of own distances', align: 'right' },
  { title: 'times', align: 'right' },
  { title: 'loss', align: 'right' },
] as const

const MOST_POINTS = 12

/** The first, the last, and as many between as fit. */
function thinned(curve: readonly GrowthPoint[]): readonly GrowthPoint[] {
  const every = Math.ceil(curve.length / MOST_POINTS)
  return curve.filter((_, i) => i % every === 0 || i === curve.length - 1)
}

/** The least and the largest distance of a backend from itself. */
function ownText({ own }: GrowthPoint): string {
  return own === undefined ? '' : own.map((distance) => formatScientific(distance, 1)).join(' to ')
}

function pointRow(point: GrowthPoint, jump: GrowthPoint | undefined): Cell[] {
  const { step, distance, floor, lossDistance } = point
  const text = (distance / floor).toPrecision(3)
  return [
    formatCount(step),
    formatScientific(distance, 1),
    formatScientific(floor, 1),
    ownText(point),
    jump !== undefined && step >= jump.step ? { text, format: 'red' } : text,
    formatScientific(lossDistance, 1),
  ]
}

/** The finals; of trainings that diverged there are none. */
function finalsLines(style: TerminalStyle, { curve, finals, seeds, judgement }: RunComparison): string[] {
  const end = curve.at(-1)
  if (judgement.verdict === 'diverged' || end === undefined) return []
  const isNumber = !Number.isNaN(finals.measured)
  const apart = isNumber ? `apart ${finals.measured.toPrecision(3)} standard errors` : 'no numbers to compare'
  const figures = finalsTitle(finals).replace('final ', '')
  const text = `after step ${formatCount(end.step)}: ${figures} over ${plural(seeds, 'seed')}; ${apart}`
  return indented(style, 4, (narrow) => wrap(narrow, text, 2))
}

const legend =
  'distance: of the parameters, relative. noise floor: that of one backend from itself, after a change of one unit in the ' +
  'last place of every weight. It grows with training, at times at once; times is the first over the second.'

/** Every comparison of free training. */
export function runCheckReport(style: TerminalStyle, comparisons: readonly RunComparison[]): string[] {
  const tables = comparisons.flatMap((comparison) => {
    const [first, second] = [printable(comparison.backends[0]), printable(comparison.backends[1])]
    const rows = thinned(comparison.curve).map((point) => pointRow(point, comparison.jump?.point))
    return [
      '',
      `    ${paint(style, 'cyan', `${second} against ${first}`)}`,
      ...table(style, columns, rows, 4),
      ...finalsLines(style, comparison),
    ]
  })
  return tables.length === 0 ? [] : [...tables, '', ...indented(style, 4, (narrow) => wrap(narrow, legend, 0))]
}
