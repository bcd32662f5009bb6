/** How what is drawn of a series is marked: its classes, and when each position has a mark of its own. */
import { armClass, type SeriesNames } from '../charts/page-data.js'

/** Lines with more positions than this have no dots, and no triangles for what is off the scale. */
export const MOST_DOTS = 40

/** Classes by which the page finds and colours what belongs to a series. */
export function seriesClasses(section: SeriesNames, kind: string, series: number): string {
  const { backend = 0 } = section.series[series] ?? {}
  return `${kind} s${series} ${armClass(section, series)} b${Math.min(backend, 3)}`
}
