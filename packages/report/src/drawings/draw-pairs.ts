/** Draws a panel of a map over two settings: the cells of the series that is chosen for it, in the colours of their means. */
import { heatColours } from '../charts/colours.js'
import type { Geometry } from '../charts/geometry.js'
import type { PairCell, PairMap, SectionData } from '../charts/page-data.js'
import { seriesName } from '../charts/series-names.js'
import { chosenLine } from '../charts/panel-lines.js'
import { onAxis } from '../charts/scale.js'
import type { ViewState } from '../charts/view-state.js'
import { exactText, shortText } from '../documents/readings.js'
import { html, type Markup } from '../markup.js'
import { clipName } from './clip-name.js'
import { bottomAxis, type Drawing, layerTicks, leftAxis, type Spot, type Tick } from './drawing.js'

const [LEFT, TOP, WIDTH, ROW, MOST_HEIGHT, FOOT] = [92, 26, 314, 30, 330, 42]

/** Columns whose cells have their numbers in them, and units that a name below a column needs. */
const [MOST_TEXTS, LEAST_NAME] = [6, 46]

/** The first colour on which dark text is read more easily than white. */
const FIRST_PALE = 11

function geometryOf({ y }: PairMap): Geometry {
  const inside = Math.min(MOST_HEIGHT, y.labels.length * ROW)
  return { width: 420, height: TOP + inside + FOOT, left: LEFT, top: TOP, right: 14, bottom: FOOT }
}

/** The number of the colour of a mean; undefined for what is no number. */
function colourOf(mean: number, { scale, domain: [low, high] }: PairMap): number | undefined {
  if (!Number.isFinite(mean)) return undefined
  const share = high > low ? (onAxis({ scale }, mean) - low) / (high - low) : 0.5
  return Math.max(0, Math.min(heatColours.length - 1, Math.floor(share * heatColours.length)))
}

/** A cell in its place. */
interface Placed {
  readonly cell: PairCell
  readonly colour: number | undefined
  readonly x: number
  readonly y: number
}

interface Size {
  readonly w: number
  readonly h: number
}

/** One path a colour. */
function cellsMarkup(cells: readonly Placed[], { w, h }: Size): Markup {
  const paths = new Map<string, string>()
  for (const { colour, x, y } of cells) {
    const name = colour === undefined ? 'bad' : `h${colour}`
    const corner = `M${(x - w / 2).toFixed(1)},${(y - h / 2).toFixed(1)}`
    paths.set(name, `${paths.get(name) ?? ''}${corner}h${w.toFixed(1)}v${h.toFixed(1)}h-${w.toFixed(1)}z`)
  }
  return html`<g class="cells" shape-rendering="crispEdges"
    >${[...paths].map(([name, d]) => html`<path class="${name}" d="${d}" />`)}</g
  >`
}

function textsMarkup(cells: readonly Placed[]): Markup {
  const texts = cells.map(({ cell: [, , mean], colour, x, y }) => {
    const ink = colour === undefined || colour < FIRST_PALE ? 'on-dark' : 'on-pale'
    return html`<text class="${ink}" x="${x.toFixed(1)}" y="${y.toFixed(1)}" dy="0.35em"
      >${shortText('ratio', mean)}</text
    >`
  })
  return html`<g>${texts}</g>`
}

function columnTicks(labels: readonly string[], step: number): Tick[] {
  const every = Math.ceil(LEAST_NAME / step)
  const shown = [...labels.entries()].filter(([column]) => column % every === 0)
  const most = Math.max(2, Math.floor((every * step) / 6))
  return shown.map(([column, label]) => ({ at: LEFT + (column + 0.5) * step, text: clipName(label, most) }))
}

/** `mean of 3 combinations, the best 0.31; 1 diverged` */
function foundText([, , , best, count, diverged]: PairCell): string {
  const lost = diverged > 0 ? `; ${diverged} diverged` : ''
  if (count === diverged) return `${count === 1 ? 'it' : `all ${count} combinations`} diverged`
  return count === 1
    ? 'one combination'
    : `mean of ${count - diverged} combinations, the best ${exactText(best)}${lost}`
}

/** The drawing of a panel. */
export function drawPairs(section: SectionData, chart: PairMap, state: ViewState, panel: number): Drawing {
  const line = chart.lines[chosenLine(chart, state, panel)]
  if (line === undefined) throw new Error(`internal: a panel of ${chart.id} shows nothing`)
  const { x, y, label } = chart
  const geometry = geometryOf(chart)
  const [w, h] = [WIDTH / x.labels.length, (geometry.height - TOP - FOOT) / y.labels.length]
  // Upwards, as on an axis.
  const rowAt = (row: number): number => geometry.height - FOOT - (row + 0.5) * h
  const cells = line.cells.map((cell): Placed => {
    const [column, row, mean] = cell
    return { cell, colour: colourOf(mean, chart), x: LEFT + (column + 0.5) * w, y: rowAt(row) }
  })
  const spotOf = ({ cell, x: across, y: down }: Placed): Spot => {
    const [column, row, mean] = cell
    const where = `${x.name} ${x.labels[column]}, ${y.name} ${y.labels[row]}`
    const lines = [seriesName(section, line), where, `${label} ${exactText(mean)} (${foundText(cell)})`]
    return { x: across, y: down, track: row, lines }
  }
  return {
    geometry,
    inside: () =>
      html`${cellsMarkup(cells, { w, h })}${x.labels.length <= MOST_TEXTS && textsMarkup(cells)}${leftAxis(
          geometry,
          layerTicks(y.labels, rowAt),
        )}${bottomAxis(geometry, columnTicks(x.labels, w), clipName(x.name, 60))}
        <text x="3" y="3" dy="0.7em" text-anchor="start">↑ ${clipName(y.name, 60)}</text>`,
    spots: () => cells.map(spotOf).toSorted((a, b) => a.y - b.y || a.x - b.x),
    caption: seriesName(section, line),
  }
}
