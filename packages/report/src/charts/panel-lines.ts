/** Charts with panels, a drawing for each of a few runs: the runs that they show. */
import type { PanelChart, SectionData, SeriesNames } from './page-data.js'
import type { OfRun } from './series-names.js'
import { chartOf, type ViewState } from './view-state.js'

const MOST_PANELS = 3

/** The runs shown at first: one an arm, on its first backend with the first seed; the first and last arms of many. */
export function firstPanels({ series }: SeriesNames, runs: readonly OfRun[]): number[] {
  const arms = runs.map((run) => series[run.series]?.arm)
  const firsts = arms.flatMap((arm, i) => (arms.indexOf(arm) === i ? [i] : []))
  return firsts.length <= MOST_PANELS ? firsts : [...firsts.slice(0, 1), ...firsts.slice(-1)]
}

/** All lines that the panels of a chart can show. */
export function panelLines(section: SectionData, chart: PanelChart): readonly OfRun[] {
  if ('lines' in chart) return chart.lines
  return chartOf(section, 'lines', chart.source)?.lines ?? []
}

/** The index of the line that a panel shows. */
export function chosenLine({ id, panels }: Pick<PanelChart, 'id' | 'panels'>, state: ViewState, panel: number): number {
  return (state.panels[id] ?? panels)[panel] ?? 0
}
