/** Draws any chart, or one of its panels. */
import type { Chart, ChartOf, SectionData } from '../charts/page-data.js'
import type { ViewState } from '../charts/view-state.js'
import { drawBars } from './draw-bars.js'
import { drawHeat } from './draw-heat.js'
import { drawLines } from './draw-lines.js'
import { drawMatrix } from './draw-matrix.js'
import { drawPairs } from './draw-pairs.js'
import { drawParallel } from './draw-parallel.js'
import { drawRidges } from './draw-ridges.js'
import { drawScatter } from './draw-scatter.js'
import type { Drawing } from './drawing.js'

type Draw<C> = (section: SectionData, chart: C, state: ViewState, panel: number) => Drawing

/** The drawing functions of charts, by kind. */
const drawings: { readonly [K in Chart['kind']]: Draw<ChartOf<K>> } = {
  lines: drawLines,
  bars: drawBars,
  heat: drawHeat,
  ridges: drawRidges,
  matrix: drawMatrix,
  scatter: drawScatter,
  pairs: drawPairs,
  parallel: drawParallel,
}

/** The drawing of a chart in a state of its section. */
export function drawChart(section: SectionData, chart: Chart, state: ViewState, panel: number): Drawing {
  // Kind and function are of one entry, which the type of a union cannot say.
  return (drawings[chart.kind] as Draw<Chart>)(section, chart, state, panel)
}
