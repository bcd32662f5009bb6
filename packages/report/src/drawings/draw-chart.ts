/** Draws any chart, or one of its panels. */
import type { Chart, SectionData } from '../charts/page-data.js'
import type { ViewState } from '../charts/view-state.js'
import { drawBars } from './draw-bars.js'
import { drawHeat } from './draw-heat.js'
import { drawLines } from './draw-lines.js'
import { drawRidges } from './draw-ridges.js'
import type { Drawing } from './drawing.js'

/** The drawing of a chart in a state of its section. */
export function drawChart(section: SectionData, chart: Chart, state: ViewState, panel: number): Drawing {
  if (chart.kind === 'lines') return drawLines(section, chart, state)
  if (chart.kind === 'bars') return drawBars(section, chart, state)
  return chart.kind === 'heat' ? drawHeat(section, chart, state, panel) : drawRidges(section, chart, state, panel)
}
