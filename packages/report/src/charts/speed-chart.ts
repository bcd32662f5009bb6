/** Training steps a second as bars: of each arm on each backend, over several seeds the mean. */
import { ratesOf } from '../documents/run-view/summary.js'
import type { BarChart } from './page-data.js'
import { recordsOf, type Section } from './section.js'
import { mean } from './thin.js'

/** The chart; undefined where nothing was trained. */
export function speedChart(section: Section): BarChart | undefined {
  const { id } = section
  const bars = section.series.flatMap((_, series) => {
    const rates = ratesOf(recordsOf(section, series))
    return rates.length === 0 ? [] : [{ series, value: mean(rates) }]
  })
  if (bars.length === 0) return undefined
  const title = 'Training steps per second'
  return { kind: 'bars', id: `${id}-speed`, title, label: 'steps per second', style: 'rate', bars }
}
