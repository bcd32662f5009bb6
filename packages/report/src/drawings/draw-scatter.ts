/** Draws a panel of points: those of the run that is chosen for it. */
import type { RunPoints, ScatterChart, SectionData } from '../charts/page-data.js'
import { armClass, seriesName } from '../charts/series-names.js'
import { chosenLine } from '../charts/panel-lines.js'
import { dotsPath, place } from '../charts/scale.js'
import type { ViewState } from '../charts/view-state.js'
import { exactText } from '../documents/readings.js'
import { html } from '../markup.js'
import { axes, referenceMarkup } from './draw-lines.js'
import type { Drawing } from './drawing.js'

interface Dot {
  readonly x: number
  readonly y: number
  readonly at: number
}

/** The points that are finite on both axes. */
function dotsOf({ x, y }: ScatterChart, { xs, ys }: RunPoints): Dot[] {
  return xs.flatMap((value, at) => {
    const [across, up] = [place(x, value), place(y, ys[at])]
    if (across === undefined || up === undefined || across.edge || up.edge) return []
    return [{ x: across.at, y: up.at, at }]
  })
}

/** The drawing of a panel. */
export function drawScatter(section: SectionData, chart: ScatterChart, state: ViewState, panel: number): Drawing {
  const line = chart.lines[chosenLine(chart, state, panel)]
  if (line === undefined) throw new Error(`internal: a panel of ${chart.id} shows no run`)
  const [dots, colour, run] = [dotsOf(chart, line), armClass(section, line.series), seriesName(section, line)]
  const textOf = (at: number): string =>
    `${chart.x.label} ${exactText(line.xs[at] ?? null)}, ${chart.y.label} ${exactText(line.ys[at] ?? null)}`
  return {
    geometry: chart.geometry,
    inside: () =>
      html`${axes(chart)}${referenceMarkup(chart)}<g class="points ${colour}"
          ><path d="${dotsPath(dots.map(({ x, y }) => [x, y]))}"
        /></g>`,
    spots: () =>
      dots
        .toSorted((a, b) => a.x - b.x)
        .map(({ x, y, at }) => ({ x, y, track: 0, colour, lines: [run, `point ${at + 1}`, textOf(at)] })),
    caption: run,
  }
}
