/** Draws a panel of a heat map: the cells of the run that is chosen for it, and a mark around the slider's step. */
import { heatBox, heatGeometry, heatPaths } from '../charts/heat-cells.js'
import type { HeatMap, LineChart, SectionData } from '../charts/page-data.js'
import { frameText, seriesName } from '../charts/series-names.js'
import { chosenLine } from '../charts/panel-lines.js'
import { pickEvenly } from '../charts/thin.js'
import { chartOf, frameOf, type ViewState } from '../charts/view-state.js'
import { exactText } from '../documents/readings.js'
import { html, type Markup } from '../markup.js'
import { bottomAxis, type Drawing, layerTicks, leftAxis, type Spot } from './drawing.js'

function cellsMarkup(source: LineChart, index: number, layers: number): Markup {
  const paths = [...heatPaths(source.lines[index]?.frames ?? [], layers, source.y.domain)]
  return html`<g class="cells" shape-rendering="crispEdges"
    >${paths.map(([name, d]) => html`<path class="${name}" d="${d}" />`)}</g
  >`
}

/** The drawing of a panel. */
export function drawHeat(section: SectionData, chart: HeatMap, state: ViewState, panel: number): Drawing {
  const source = chartOf(section, 'lines', chart.source)
  if (source === undefined) throw new Error(`internal: the map ${chart.id} has no chart to be of`)
  const index = chosenLine(chart, state, panel)
  const line = source.lines[index]
  const layers = source.names?.[line?.x ?? 0] ?? []
  const { steps } = source
  const geometry = heatGeometry(layers.length)
  const { left, top, width, height } = heatBox(layers.length)
  const [cell, row] = [width / Math.max(1, steps.length), height / Math.max(1, layers.length)]
  const columns = pickEvenly([...steps.entries()], 5)
  const ticks = columns.map(([column, step]) => ({ at: left + (column + 0.5) * cell, text: String(step + 1) }))
  const now = left + cell * frameOf(source, state)
  const spot = (name: string, at: number, column: number): Spot[] => {
    const reading = line?.frames[column]?.[at] ?? null
    if (reading === null || line === undefined) return []
    const where = `layer ${at + 1}, ${name}, ${frameText(source, column)}`
    const lines = [seriesName(section, line), where, exactText(reading)]
    return [{ x: left + (column + 0.5) * cell, y: top + (at + 0.5) * row, track: at, lines }]
  }
  return {
    geometry,
    inside: () =>
      html`${cellsMarkup(source, index, layers.length)}${leftAxis(
          geometry,
          layerTicks(layers, (at) => top + (at + 0.5) * row),
        )}${bottomAxis(geometry, ticks, 'step')}
        <rect class="now" x="${now.toFixed(1)}" y="${top}" width="${cell.toFixed(1)}" height="${height}" />`,
    spots: () => steps.flatMap((_, column) => layers.flatMap((name, at) => spot(name, at, column))),
    caption: line === undefined ? '' : seriesName(section, line),
  }
}
