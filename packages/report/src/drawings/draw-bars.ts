/** Draws horizontal bars, one a series, each with its name above it and its number at its end. */
import type { Bar, BarChart, SectionData } from '../charts/page-data.js'
import { armClass, seriesName } from '../charts/series-names.js'
import { seriesShown, type ViewState } from '../charts/view-state.js'
import { exactText, shortText } from '../documents/readings.js'
import { html, type Markup } from '../markup.js'
import { clipName } from './clip-name.js'
import { type Drawing, seriesClass } from './drawing.js'

const ROW = 40
const LONGEST_NAME = 48
const [LEFT, TOP, WIDTH] = [8, 4, 342]
const FOOT = 24

/** Bars of what is not a number have no length. */
function lengthOf({ value }: Bar): number {
  return Number.isFinite(value) ? value : 0
}

/** The drawing of a chart of bars; those of series that are off are dimmed. */
export function drawBars(section: SectionData, { style, label, bars }: BarChart, state: ViewState): Drawing {
  const longest = Math.max(...bars.map(lengthOf), Number.MIN_VALUE)
  const endOf = (bar: Bar): number => LEFT + (WIDTH * lengthOf(bar)) / longest
  const draw = (bar: Bar, row: number): Markup => {
    const { series, value } = bar
    const dim = seriesShown(section, state, series) ? '' : ' dim'
    const [top, end] = [TOP + ROW * row, endOf(bar)]
    const text = Number.isFinite(value) ? shortText(style, value) : '-'
    return html`<g class="${seriesClass(section, 'bar', series)}${dim}"
        ><rect x="${LEFT}" y="${top + 18}" width="${(end - LEFT).toFixed(1)}" height="14"
      /></g>
      <g class="label s${series}${dim}" text-anchor="start"
        ><text x="${LEFT}" y="${top + 8}" dy="0.3em">${clipName(seriesName(section, { series }), LONGEST_NAME)}</text
        ><text x="${(end + 6).toFixed(1)}" y="${top + 25}" dy="0.3em">${text}</text></g
      >`
  }
  const foot = TOP + ROW * bars.length
  return {
    geometry: { width: 420, height: foot + FOOT },
    inside: () =>
      html`${bars.map(draw)}<g class="base"><path d="M${LEFT},${TOP}V${foot}" /></g
        ><text x="${LEFT + WIDTH}" y="${foot + FOOT / 2}" text-anchor="end" dy="0.3em">${label} →</text>`,
    spots: () =>
      bars.flatMap((bar, row) => {
        const { series, value } = bar
        if (!seriesShown(section, state, series)) return []
        const lines = [seriesName(section, { series }), `${exactText(value)} ${label}`]
        return [{ x: endOf(bar), y: TOP + ROW * row + 27, track: 0, lines, colour: armClass(section, series) }]
      }),
    caption: '',
  }
}
