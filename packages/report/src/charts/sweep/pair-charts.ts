/** Maps of the judging figure over each pair of settings, averaged over all others. */
import { sixDigits } from '../../documents/readings.js'
import type { SweepResult } from '../../documents/sweep-source.js'
import type { PairCell, PairMap, SeriesNames } from '../page-data.js'
import { itemAt } from '../series-names.js'
import { lossAxis } from '../curve-charts.js'
import { firstPanels } from '../panel-lines.js'
import { extentOf } from '../scale.js'
import { type Bins, binsOf, type Dimension, explainedBy } from './dimensions.js'

/** Settings that are paired, and cells of all maps of a page together. */
const [MOST_PAIRED, MOST_CELLS] = [5, 20_000]

/** All that maps are made of. */
export interface PairContext {
  readonly id: string
  readonly names: SeriesNames
  readonly results: readonly SweepResult[]
  /** The series of each result. */
  readonly seriesOf: readonly number[]
  readonly dimensions: readonly Dimension[]
  /** The figure in words. */
  readonly label: string
  readonly better: string
}

function cellOf([x, y]: readonly [number, number], results: readonly SweepResult[], better: string): PairCell {
  const finite = results.map(({ mean }) => mean).filter(Number.isFinite)
  const [count, lost] = [results.length, results.length - finite.length]
  if (finite.length === 0) return [x, y, Number.NaN, Number.NaN, count, lost]
  const mean = finite.reduce((sum, value) => sum + value, 0) / finite.length
  const best = better === 'larger' ? Math.max(...finite) : Math.min(...finite)
  return [x, y, sixDigits(mean), sixDigits(best), count, lost]
}

/** Cells of each series that are not empty, row by row. */
function linesOf({ results, seriesOf, names, better }: PairContext, x: Bins, y: Bins): PairMap['lines'] {
  return names.series.flatMap((_, series) => {
    const groups = new Map<number, SweepResult[]>()
    results.forEach((result, i) => {
      if (seriesOf[i] !== series) return
      const place = itemAt(y.at, i) * x.labels.length + itemAt(x.at, i)
      const group = groups.get(place)
      if (group === undefined) groups.set(place, [result])
      else group.push(result)
    })
    const width = x.labels.length
    const cells = [...groups]
      .toSorted(([a], [b]) => a - b)
      .map(([place, group]) => cellOf([place % width, Math.floor(place / width)], group, better))
    return cells.length === 0 ? [] : [{ series, cells }]
  })
}

function pairMap(context: PairContext, x: Bins, y: Bins, index: number): PairMap {
  const { id, names, label } = context
  const lines = linesOf(context, x, y)
  const means = lines.flatMap(({ cells }) => cells.map(([, , mean]) => mean))
  const { scale } = lossAxis(means)
  return {
    kind: 'pairs',
    id: `${id}-pair${index + 1}`,
    title: `${x.name} and ${y.name}`,
    label,
    x: { name: x.name, labels: x.labels },
    y: { name: y.name, labels: y.labels },
    scale,
    domain: extentOf(means, scale) ?? [0, 1],
    lines,
    panels: firstPanels(names, lines),
  }
}

/** The maps, those first whose settings explain most of the figure's variance. */
export interface PairMaps {
  readonly maps: readonly PairMap[]
  /** Settings that are in no map: there are too many pairs. */
  readonly left: readonly string[]
}

/** The maps of each pair of settings. */
export function pairMaps(context: PairContext): PairMaps {
  const { dimensions, results, names } = context
  const figures = results.map(({ mean }) => mean)
  const all = dimensions.map(binsOf)
  const shares = new Map(all.map((bins) => [bins, explainedBy(bins, figures)]))
  const sorted = all.toSorted((a, b) => Number(shares.get(b)) - Number(shares.get(a)))
  const paired = sorted.slice(0, MOST_PAIRED)
  const pairs = paired.flatMap((y, i) => paired.slice(i + 1).map((x) => [x, y] as const))
  let room = MOST_CELLS
  const fitting = pairs.filter(([x, y]) => {
    room -= x.labels.length * y.labels.length * names.series.length
    return room > 0
  })
  const maps = fitting.map(([x, y], i) => pairMap(context, x, y, i))
  const shown = new Set(fitting.flat())
  return { maps, left: all.filter((bins) => !shown.has(bins)).map(({ name }) => name) }
}
