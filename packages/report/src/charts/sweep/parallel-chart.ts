/**
 * Settings and the judging figure as parallel coordinates: an axis each, a line for each combination. Of more than can be told
 * apart the best are kept, and of the others evenly many by their place.
 */
import { sixDigits } from '../../documents/readings.js'
import type { ParallelAxis, ParallelChart, ParallelLine } from '../page-data.js'
import { itemAt } from '../series-names.js'
import { lossAxis } from '../curve-charts.js'
import { extentOf } from '../scale.js'
import { pickEvenly } from '../thin.js'
import { type Dimension, type SettingValue, valueText } from './dimensions.js'
import type { PairContext } from './pair-charts.js'

/** Lines that are drawn, and those of them that are the best. */
const [MOST_LINES, BEST] = [240, 40]
/** Axes of settings, and names on one. */
const [MOST_AXES, MOST_NAMES] = [9, 24]

interface Placed {
  readonly axis: ParallelAxis
  readonly at: (result: number) => number | null
}

function numbered({ name, scale, values }: Dimension & { readonly scale: 'linear' | 'log' }): Placed {
  const numbers = values.map((value) => (typeof value === 'number' ? value : null))
  const [low, high] = extentOf(numbers, scale) ?? [0, 1]
  const axis = { label: name, scale, domain: [low, high] as const, isPartial: numbers.includes(null) }
  return { axis, at: (result) => numbers[result] ?? null }
}

function named({ name, values }: Pick<Dimension, 'name' | 'values'>): Placed {
  const present = [...new Set(values.filter((value) => value !== undefined))]
  const names = present.slice(0, MOST_NAMES).map(valueText)
  const all = present.length > MOST_NAMES ? [...names, 'others'] : names
  const places = new Map<SettingValue, number>(present.map((value, at) => [value, Math.min(at, MOST_NAMES)]))
  const axis = { label: name, scale: 'names', names: all, domain: [0, Math.max(1, all.length - 1)] } as const
  return {
    axis: { ...axis, isPartial: values.includes(undefined) },
    at: (result) => places.get(values[result]) ?? null,
  }
}

function placedOf(dimension: Dimension): Placed {
  const { scale } = dimension
  return scale === 'names' ? named(dimension) : numbered({ ...dimension, scale })
}

/** Arm and backend where there are several. */
function ownDimensions({ results }: PairContext): Pick<Dimension, 'name' | 'values'>[] {
  return (['arm', 'backend'] as const)
    .map((name) => ({ name, values: results.map((result) => result[name]) }))
    .filter(({ values }) => new Set(values).size > 1)
}

/** The chart; the results must stand in order, the best first. Undefined where they differ in nothing. */
export function parallelChart(context: PairContext): ParallelChart | undefined {
  const { id, results, seriesOf, dimensions, label } = context
  const settings = [...dimensions.slice(0, MOST_AXES).map(placedOf), ...ownDimensions(context).map(named)]
  if (settings.length === 0) return undefined
  const ranks = [...results.keys()]
  const kept = [...ranks.slice(0, BEST), ...pickEvenly(ranks.slice(BEST), MOST_LINES - BEST)]
  const figures = kept.map((rank) => itemAt(results, rank).mean)
  const { scale } = lossAxis(figures)
  const judged = { label, scale, domain: extentOf(figures, scale) ?? [0, 1] } as const
  const lines = kept.map((rank, i): ParallelLine => {
    const figure = sixDigits(itemAt(figures, i))
    const values = [...settings.map(({ at }) => at(rank)), Number.isFinite(figure) ? figure : null]
    return { series: itemAt(seriesOf, rank), rank, values }
  })
  const axes = [
    ...settings.map(({ axis }) => axis),
    { ...judged, isPartial: lines.some(({ values }) => values.at(-1) === null) },
  ]
  return {
    kind: 'parallel',
    id: `${id}-parallel`,
    title: 'Settings and figure',
    axes,
    lines,
    best: bestOf(results.length),
    all: results.length,
  }
}

/** Lines that stand out: a tenth of all, at most ten. */
function bestOf(all: number): number {
  return Math.max(1, Math.min(10, Math.floor(all / 10)))
}
