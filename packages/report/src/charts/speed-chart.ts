/** Training steps a second as bars: of each arm on each backend, over several seeds the mean. */
import { rateOf } from '../documents/run-view.js'
import type { BarChart } from './page-data.js'
import type { Section } from './section.js'
import { mean } from './thin.js'

/** The chart. */
export function speedChart({ id, series, runs }: Section): BarChart {
  const bars = series.map((_, at) => {
    const own = runs.filter((run) => run.series === at)
    return { series: at, value: mean(own.map(({ record }) => rateOf(record))) }
  })
  const title = 'Training steps per second'
  return { kind: 'bars', id: `${id}-speed`, title, label: 'steps per second', style: 'rate', bars }
}
