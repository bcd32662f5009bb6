/** The tables of charts with panels: one for each panel, with the run that it shows. */
import { heatTable, type Table } from './chart-table.js'
import { frameText, type HeatMap, type RidgeChart, type SectionData, seriesName } from './page-data.js'
import { momentsTable } from './ridge-table.js'
import { chartOf, frameOf, panelLine, type ViewState } from './view-state.js'

/** A table and what is in it. */
export interface NamedTable {
  readonly caption: string
  readonly table: Table
}

function ridgeTable(section: SectionData, chart: RidgeChart, state: ViewState, panel: number): NamedTable[] {
  const line = chart.lines[(state.panels[chart.id] ?? chart.panels)[panel] ?? 0]
  if (line === undefined) return []
  const frame = frameOf(chart, state)
  const caption = `${chart.title}: ${seriesName(section, line)}, ${frameText(chart, frame)}`
  return [{ caption, table: momentsTable(chart, line, frame) }]
}

/** The table of a panel. */
export function panelTable(
  section: SectionData,
  chart: HeatMap | RidgeChart,
  state: ViewState,
  panel: number,
): NamedTable[] {
  if (chart.kind === 'ridges') return ridgeTable(section, chart, state, panel)
  const source = chartOf(section, 'lines', chart.source)
  const line = panelLine(section, chart, state, panel)
  if (source === undefined || line === undefined) return []
  return [{ caption: `${chart.title}: ${seriesName(section, line)}`, table: heatTable(source, line) }]
}
