/** Draws a chart of lines: those of the chosen frame and seed whose series are switched on. */
import type { Line, LineChart, SectionData } from '../charts/page-data.js'
import { armClass, frameText, seriesName, spreadNames } from '../charts/series-names.js'
import { dotsPath, linePath, place, tickLabel, ticksOf, toUnits } from '../charts/scale.js'
import { frameOf, shownLines, type ViewState } from '../charts/view-state.js'
import { exactText } from '../documents/readings.js'
import { html, type Markup, type Part } from '../markup.js'
import { bottomAxis, type Drawing, leftAxis, seriesClass, type Spot } from './drawing.js'

/** Lines with more positions than this have no dots, and one triangle for all that is off the scale. */
export const MOST_DOTS = 40

interface PlacedReading {
  readonly x: number
  readonly y: number
  readonly edge: boolean
  readonly index: number
}

function placed({ x, y, xs }: LineChart, line: Line, frame: number): (PlacedReading | undefined)[] {
  const positions = xs[line.x] ?? []
  return positions.map((position, index) => {
    const at = place(y, line.frames[frame]?.[index])
    return at && { x: toUnits(x, position), y: at.at, edge: at.edge, index }
  })
}

/** The area between both ends of a spread, or below the upper one; a gap parts it in two. */
function bandPath({ x, y, xs }: LineChart, line: Line): string {
  if (line.spread === undefined) return ''
  const { low, high } = line.spread
  const [base] = y.range
  let path = ''
  let [top, bottom]: [string[], string[]] = [[], []]
  const close = (): void => {
    if (top.length > 0) path += `M${[...top, ...bottom.toReversed()].join('L')}Z`
    top = []
    bottom = []
  }
  for (const [i, position] of (xs[line.x] ?? []).entries()) {
    const [upper, lower] = [place(y, high[i])?.at, low === undefined ? base : place(y, low[i])?.at]
    if (upper === undefined || lower === undefined) close()
    else {
      const at = toUnits(x, position).toFixed(1)
      top.push(`${at},${upper.toFixed(1)}`)
      bottom.push(`${at},${lower.toFixed(1)}`)
    }
  }
  close()
  return path
}

function lineMarkup(section: SectionData, chart: LineChart, line: Line, frame: number): Part {
  const readings = placed(chart, line, frame)
  // A number off the scale is a gap in the line: a fall to the edge would be no number's.
  const path = linePath(readings.map((at) => (at === undefined || at.edge ? undefined : [at.x, at.y])))
  const marked = readings.length > MOST_DOTS ? [] : readings.filter((at) => at !== undefined)
  const dots = dotsPath(marked.flatMap(({ x, y, edge }) => (edge ? [] : [[x, y] as const])))
  // Of many only the first: there the numbers leave the scale.
  const off = readings.filter((at) => at?.edge === true)
  const edges = (readings.length > MOST_DOTS ? off.slice(0, 1) : off).filter((at) => at !== undefined)
  const triangles = edges.map(({ x, y }) => html`<path d="M${x.toFixed(1)},${(y - 5).toFixed(1)}l4.3,7.5h-8.6z" />`)
  const group = (kind: string, inside: Part): Markup =>
    html`<g class="${seriesClass(section, kind, line.series)}">${inside}</g>`
  return [
    group('line', path !== '' && html`<path d="${path}" />`),
    dots !== '' && group('dots', html`<path d="${dots}" />`),
    edges.length > 0 && group('edges', triangles),
  ]
}

/** Grid, axes and their labels. */
export function axes({ x, y, names, geometry }: Pick<LineChart, 'x' | 'y' | 'names' | 'geometry'>): Part {
  const { left, width, right } = geometry
  const rows = ticksOf(y, 7).map((position) => ({ at: toUnits(y, position), text: tickLabel(y, position) }))
  const columns = ticksOf(x, Math.round(width / (names === undefined ? 50 : 28)))
  const rule = (at: number): Markup =>
    html`<line x1="${left}" x2="${width - right}" y1="${at.toFixed(1)}" y2="${at.toFixed(1)}" />`
  return html`<g class="grid">${rows.map(({ at }) => rule(at))}</g> ${leftAxis(geometry, rows)}<text
      x="3"
      y="3"
      dy="0.7em"
      text-anchor="start"
      >↑ ${y.label}</text
    >
    ${bottomAxis(
      geometry,
      columns.map((position) => ({ at: toUnits(x, position), text: tickLabel(x, position) })),
      x.label,
    )}
    <g class="base">${rule(y.range[0])}</g>`
}

function valueText(chart: LineChart, { frames, spread }: Line, frame: number, index: number): string {
  const value = exactText(frames[frame]?.[index] ?? null)
  if (spread === undefined) return value
  const names = spreadNames(chart)
  const ends = (['low', 'high'] as const).flatMap((end) => {
    const bound = spread[end]
    return bound === undefined ? [] : [`${names[end]} ${exactText(bound[index] ?? null)}`]
  })
  return `${value} (${ends.join(', ')})`
}

function lineSpots(section: SectionData, chart: LineChart, line: Line, frame: number): Spot[] {
  const run = seriesName(section, line)
  const colour = armClass(section, line.series)
  const step = chart.steps.length > 0 ? [frameText(chart, frame)] : []
  return placed(chart, line, frame).flatMap((reading) => {
    if (reading === undefined) return []
    const { x, y, index } = reading
    const position = chart.xs[line.x]?.[index]
    const name = chart.names?.[line.x]?.[index]
    const at = name === undefined ? `${chart.x.label} ${position}` : `layer ${position}, ${name}`
    const lines = [run, [at, ...step].join(', '), valueText(chart, line, frame, index)]
    return [{ x, y, track: line.series, colour, lines }]
  })
}

/** The line that others are held against, as far as the axes reach. */
export function referenceMarkup({ x, y, reference = [] }: Pick<LineChart, 'x' | 'y' | 'reference'>): Part {
  const path = linePath(reference.map(([at, value]) => [toUnits(x, at), toUnits(y, value)]))
  return path !== '' && html`<g class="reference"><path d="${path}" /></g>`
}

/** The drawing of a chart of lines. */
export function drawLines(section: SectionData, chart: LineChart, state: ViewState): Drawing {
  const frame = frameOf(chart, state)
  const lines = shownLines(section, chart, state)
  const bands = (): Part =>
    lines.map((line) => {
      const path = bandPath(chart, line)
      return path !== '' && html`<g class="${seriesClass(section, 'band', line.series)}"><path d="${path}" /></g>`
    })
  return {
    geometry: chart.geometry,
    inside: () =>
      html`${axes(chart)}${referenceMarkup(chart)}${bands()}${lines.map((line) => lineMarkup(section, chart, line, frame))}`,
    spots: () => lines.flatMap((line) => lineSpots(section, chart, line, frame)),
    caption: '',
  }
}
