/** Draws a panel of a confusion matrix: each row in the colours of its shares, with the counts where there is room. */
import { heatColours } from '../charts/colours.js'
import type { Geometry } from '../charts/geometry.js'
import { totalOf } from '../charts/matrix-table.js'
import type { MatrixChart, RunCounts, SectionData } from '../charts/page-data.js'
import { seriesName } from '../charts/series-names.js'
import { chosenLine } from '../charts/panel-lines.js'
import { pickEvenly } from '../charts/thin.js'
import type { ViewState } from '../charts/view-state.js'
import { html, type Markup } from '../markup.js'
import { clipName } from './clip-name.js'
import { bottomAxis, type Drawing, layerTicks, leftAxis, type Spot, type Tick } from './drawing.js'

const [LEFT, TOP, SIZE, FOOT] = [84, 8, 322, 42]
const geometry: Geometry = { width: 420, height: TOP + SIZE + FOOT, left: LEFT, top: TOP, right: 14, bottom: FOOT }

/** Categories whose counts are written into their cells, and units that a name below a column needs. */
const [MOST_TEXTS, LEAST_NAME] = [12, 30]

/** The first colour on which dark text is read more easily than white. */
const FIRST_PALE = 11

/** The number of a share's colour. */
function colourOf(share: number): number {
  return Math.min(heatColours.length - 1, Math.floor(share * heatColours.length))
}

/** A cell in its place. */
interface Cell {
  readonly is: number
  readonly told: number
  readonly count: number
  /** Of the samples of the row. */
  readonly share: number
  readonly x: number
  readonly y: number
}

function cellsOf({ counts }: RunCounts): Cell[] {
  const step = SIZE / counts.length
  return counts.flatMap((row, is) => {
    const total = totalOf(row)
    return row.map((count, told) => {
      const share = total === 0 ? 0 : count / total
      return { is, told, count, share, x: LEFT + (told + 0.5) * step, y: TOP + (is + 0.5) * step }
    })
  })
}

/** One path a colour. */
function cellsMarkup(cells: readonly Cell[], step: number): Markup {
  const paths = new Map<string, string>()
  for (const { count, share, x, y } of cells) {
    const name = count === 0 ? 'zero' : `h${colourOf(share)}`
    const corner = `M${(x - step / 2).toFixed(1)},${(y - step / 2).toFixed(1)}`
    paths.set(name, `${paths.get(name) ?? ''}${corner}h${step.toFixed(1)}v${step.toFixed(1)}h-${step.toFixed(1)}z`)
  }
  return html`<g class="cells" shape-rendering="crispEdges"
    >${[...paths].map(([name, d]) => html`<path class="${name}" d="${d}" />`)}</g
  >`
}

function textsMarkup(cells: readonly Cell[]): Markup {
  const texts = cells.flatMap(({ count, share, x, y }) => {
    if (count === 0) return []
    const ink = colourOf(share) < FIRST_PALE ? 'on-dark' : 'on-pale'
    return [html`<text class="${ink}" x="${x.toFixed(1)}" y="${y.toFixed(1)}" dy="0.35em">${count}</text>`]
  })
  return html`<g>${texts}</g>`
}

function columnTicks(names: readonly string[], step: number): Tick[] {
  const shown = pickEvenly([...names.entries()], Math.floor(SIZE / Math.max(LEAST_NAME, step)))
  const most = Math.max(2, Math.floor(SIZE / Math.max(1, shown.length) / 7))
  return shown.map(([column, name]) => ({ at: LEFT + (column + 0.5) * step, text: clipName(name, most) }))
}

function spotOf(section: SectionData, { names }: MatrixChart, line: RunCounts, cell: Cell): Spot {
  const { is, told, count, share, x, y } = cell
  const what = is === told ? `${names[is] ?? ''}, told right` : `${names[is] ?? ''}, told to be ${names[told] ?? ''}`
  const text = `${count} (${(100 * share).toFixed(2)} % of the row)`
  return { x, y, track: is, lines: [seriesName(section, line), what, text] }
}

/** The drawing of a panel. */
export function drawMatrix(section: SectionData, chart: MatrixChart, state: ViewState, panel: number): Drawing {
  const line = chart.lines[chosenLine(chart, state, panel)]
  if (line === undefined) throw new Error(`internal: a panel of ${chart.id} shows no run`)
  const { names } = chart
  const [cells, step] = [cellsOf(line), SIZE / names.length]
  return {
    geometry,
    inside: () =>
      html`${cellsMarkup(cells, step)}${names.length <= MOST_TEXTS && textsMarkup(cells)}${leftAxis(
          geometry,
          layerTicks(names, (row) => TOP + (row + 0.5) * step),
        )}${bottomAxis(geometry, columnTicks(names, step), 'told to be')}
        <text x="3" y="${geometry.height - 3}" text-anchor="start">↑ is</text>`,
    spots: () => cells.map((cell) => spotOf(section, chart, line, cell)),
    caption: seriesName(section, line),
  }
}
