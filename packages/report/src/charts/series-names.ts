/** Names of what a page shows: of arms, backends and seeds, of frames, and of a chart's readings. */
import type { Chart, LineChart, RidgeChart, SeriesNames, SpreadNames } from './page-data.js'

/** The item at an index that the page has made itself. @throws RangeError where it has not: a fault of the page. */
export function itemAt<T>(list: readonly T[], index: number): T {
  const item = list[index]
  if (item === undefined) throw new RangeError(`internal: expected one of ${list.length} items, got index ${index}`)
  return item
}

/** A line, or anything else that belongs to a run or to all seeds of a series. */
export interface OfRun {
  readonly series: number
  readonly seed?: number
}

/** Names of the arm, the backend and the seed of a line; the seed is empty for a line over all of them. */
export function runNames(section: SeriesNames, { series, seed }: OfRun): [arm: string, backend: string, seed: string] {
  const { arm, backend } = itemAt(section.series, series)
  const seedName = seed === undefined ? '' : String(itemAt(section.seeds, seed))
  return [itemAt(section.arms, arm), itemAt(section.backends, backend), seedName]
}

/** `relu on onnx`, the backend alone where the arm has no name, and the seed where there are several. */
export function seriesName(section: SeriesNames, line: OfRun): string {
  const [arm, backend, seed] = runNames(section, line)
  return `${arm === '' ? backend : `${arm} on ${backend}`}${seed === '' || section.seeds.length < 2 ? '' : `, seed ${seed}`}`
}

/** The class that gives an element the colour of a series's arm. */
export function armClass({ series, colours }: Pick<SeriesNames, 'series' | 'colours'>, index: number): string {
  return `a${itemAt(colours, itemAt(series, index).arm)}`
}

/** True of charts of steps; one of a single step has a frame too. */
export function hasFrames(chart: Chart): chart is LineChart | RidgeChart {
  return (chart.kind === 'lines' || chart.kind === 'ridges') && chart.steps.length > 0
}

/** The number by which a frame goes: of its step, from 1, or of the steps that were trained before. */
export function frameNumber({ steps, framed }: Pick<LineChart, 'steps' | 'framed'>, frame: number): number {
  return (steps[frame] ?? 0) + (framed === 'trained' ? 0 : 1)
}

/** `step 101`, or `after 3,750 steps`. */
export function frameText(chart: Pick<LineChart, 'steps' | 'framed'>, frame: number): string {
  const number = frameNumber(chart, frame).toLocaleString('en-US')
  return chart.framed === 'trained' ? `after ${number} steps` : `step ${number}`
}

/** The words for a chart's readings and the ends of their bands. */
export function spreadNames({ spreadNames: names }: LineChart): SpreadNames {
  return names ?? { reading: 'mean', low: 'least', high: 'greatest' }
}
