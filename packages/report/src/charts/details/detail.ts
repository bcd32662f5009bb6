/** Figures behind a metric as charts: what each kind of them makes of the runs that have it. */
import type { DetailKind, DetailOf } from '@isograd/core/compare'
import type { Chart, SeriesNames } from '../page-data.js'
import type { OfRun } from '../series-names.js'

/** The details of one run. */
export interface RunDetail<K extends DetailKind> extends OfRun {
  readonly seed: number
  readonly detail: DetailOf<K>
}

/** A chart, and what must be known to read it. */
export interface DetailView {
  readonly chart: Chart
  readonly notes: readonly string[]
}

/** The material of the charts of a metric's details. */
export interface DetailContext<K extends DetailKind> {
  readonly section: SeriesNames
  /** To begin the ids of charts with. */
  readonly id: string
  readonly runs: readonly RunDetail<K>[]
  /** Numbers that there is room for. */
  readonly room: number
}

/** The charts of one kind of details. */
export interface DetailCharts<K extends DetailKind> {
  readonly title: string
  readonly about: string
  /** True where colours stand for shares. */
  readonly hasShares?: boolean
  views(context: DetailContext<K>): DetailView[]
}
