/** Training steps a second as bars: of each arm on each backend, over several seeds the mean. */
import { sixDigits } from '../documents/readings.js'
import { rateOf } from '../documents/run-view/summary.js'
import type { BarChart } from './page-data.js'
import type { Section } from './section.js'

/** The chart; undefined where nothing was trained. */
export function speedChart({ id, series, runs }: Section): BarChart | undefined {
  const bars = series.flatMap((_, at) => {
    const own = runs.filter((run) => run.series === at).map(({ record }) => record)
    const rate = rateOf(own)
    return rate === undefined ? [] : [{ series: at, value: own.length === 1 ? rate : sixDigits(rate) }]
  })
  if (bars.length === 0) return undefined
  const title = 'Training steps per second'
  return { kind: 'bars', id: `${id}-speed`, title, label: 'steps per second', style: 'rate', bars }
}
