/** Draws parallel coordinates: an axis for each setting and one for the figure, a line for each combination, the best on top. */
import type { ParallelAxis, ParallelChart, ParallelLine, SectionData } from '../charts/page-data.js'
import { seriesName } from '../charts/series-names.js'
import { MOST_NARROW, parallelWidth } from '../charts/sweep/parallel-size.js'
import { onAxis } from '../charts/scale.js'
import { pickEvenly } from '../charts/thin.js'
import { exactText, type Reading, shortText } from '../documents/readings.js'
import { html, type Markup } from '../markup.js'
import { clipName } from './clip-name.js'
import type { Drawing, Spot } from './drawing.js'

const [LEFT, RIGHT, TOP, INSIDE, FOOT] = [12, 58, 44, 220, 34]
/** Units below an axis at which lines without a value pass. */
const BELOW = 22
const MOST_NAMES = 7

function spaceOf(chart: ParallelChart): number {
  return (parallelWidth(chart) - LEFT - RIGHT) / Math.max(1, chart.axes.length - 1)
}

function across(chart: ParallelChart, index: number): number {
  return LEFT + spaceOf(chart) * index
}

/** The height of a value on its axis. */
function heightOf({ scale, domain: [low, high] }: ParallelAxis, value: Reading): number {
  if (value === null) return TOP + INSIDE + BELOW
  const position = onAxis({ scale: scale === 'log' ? 'log' : 'linear' }, value)
  return TOP + INSIDE - (INSIDE * (position - low)) / (high - low || 1)
}

function linePathOf(chart: ParallelChart, { values }: ParallelLine): string {
  const points = chart.axes.map(
    (axis, i) => `${across(chart, i).toFixed(1)},${heightOf(axis, values[i] ?? null).toFixed(1)}`,
  )
  return `M${points.join('L')}`
}

function linesMarkup(chart: ParallelChart, name: string, lines: readonly ParallelLine[]): Markup {
  return html`<g class="${name}"><path d="${lines.map((line) => linePathOf(chart, line)).join('')}" /></g>`
}

/** Ends of a scale of numbers, or names. */
function marksOf(axis: ParallelAxis): { readonly value: number; readonly text: string }[] {
  const { names, scale, domain } = axis
  if (names !== undefined) return pickEvenly([...names.entries()], MOST_NAMES).map(([value, text]) => ({ value, text }))
  return domain.map((position) => {
    const value = scale === 'log' ? 10 ** position : position
    return { value, text: String(Number(value.toPrecision(3))) }
  })
}

/** A path, or the end of it that there is room for. */
function fitted(label: string, most: number): string {
  return clipName(label.length <= most ? label : label.slice(label.lastIndexOf('.') + 1), most)
}

function axisMarkup(chart: ParallelChart, axis: ParallelAxis, index: number): Markup {
  const x = across(chart, index)
  // Neighbours take turns in two rows: names are wider than what is between axes.
  const [space, width] = [spaceOf(chart), parallelWidth(chart)]
  const row = index % 2 === 0 ? 10 : 26
  const room = Math.max(3, Math.min(12, Math.floor(space / 8)))
  const least = { start: space, middle: 2 * space, end: space + RIGHT }
  const anchor = index === 0 ? 'start' : index === chart.axes.length - 1 ? 'end' : 'middle'
  const nameAt = anchor === 'end' ? width - 3 : anchor === 'start' ? 3 : x
  const marks = marksOf(axis).map(
    ({ value, text }) =>
      html`<text x="${(x + 5).toFixed(1)}" y="${heightOf(axis, value).toFixed(1)}" dy="0.3em" text-anchor="start"
        >${clipName(text, room)}</text
      >`,
  )
  const none =
    axis.isPartial &&
    html`<text x="${(x + 5).toFixed(1)}" y="${TOP + INSIDE + BELOW}" dy="0.3em" text-anchor="start"
      >${index === chart.axes.length - 1 ? 'diverged' : 'not set'}</text
    >`
  return html`<g class="axis"><path d="M${x.toFixed(1)},${TOP}V${TOP + INSIDE}" />${marks}${none}</g>
    <text class="label" x="${nameAt.toFixed(1)}" y="${row}" dy="0.3em" text-anchor="${anchor}"
      >${fitted(axis.label, Math.floor(least[anchor] / 7.5))}</text
    >`
}

function valueText({ names }: ParallelAxis, value: Reading): string {
  if (value === null) return 'none'
  return names === undefined ? exactText(value) : (names[value] ?? '')
}

function spotsOf(section: SectionData, chart: ParallelChart, line: ParallelLine): Spot[] {
  const judged = line.values.at(-1) ?? null
  const head = `place ${line.rank + 1}, ${seriesName(section, line)}`
  return chart.axes.map((axis, i) => {
    const value = line.values[i] ?? null
    const lines = [
      head,
      `${axis.label} ${valueText(axis, value)}`,
      `${chart.axes.at(-1)?.label} ${judged === null ? 'diverged' : shortText('decimal', judged)}`,
    ]
    return { x: across(chart, i), y: heightOf(axis, value), track: line.rank, lines }
  })
}

/** The drawing. */
export function drawParallel(section: SectionData, chart: ParallelChart): Drawing {
  const [best, others] = [chart.lines.slice(0, chart.best), chart.lines.slice(chart.best)]
  return {
    geometry: { width: parallelWidth(chart), height: TOP + INSIDE + FOOT },
    inside: () =>
      html`<g class="parallel${chart.axes.length > MOST_NARROW ? ' many' : ''}"
        >${others.length > 0 && linesMarkup(chart, 'others', others)}${linesMarkup(chart, 'best', best)}${chart.axes.map((axis, i) => axisMarkup(chart, axis, i))}</g
      >`,
    spots: () => chart.lines.flatMap((line) => spotsOf(section, chart, line)),
    caption: '',
  }
}
