/** A chart of lines as an SVG file of its own, with its title and a key: the page's drawing with the rules that it needs. */
import { armColours } from '../charts/colours.js'
import type { LineChart, SectionData } from '../charts/page-data.js'
import { itemAt } from '../charts/series-names.js'
import { initialView } from '../charts/view-state.js'
import { unique } from '../documents/fields.js'
import { html } from '../markup.js'
import { drawLines } from './draw-lines.js'

const [HEAD, ROW, KEY] = [24, 16, 26] as const

/** Colours by the class of an arm, on a light ground and on a dark one. */
function colours(count: number, ground: 'light' | 'dark'): string {
  return armColours(count)
    .map((colour, i) => `.a${i}{color:${colour[ground]}}`)
    .join('')
}

function rules(arms: number): string {
  const light = '.ground{fill:#fff}text{fill:#333}.grid,.base,.axis path{stroke:#ccc}'
  const dark = '.ground{fill:#101318}text{fill:#ccc}.grid,.base,.axis path{stroke:#444}'
  const lines =
    '.line{fill:none;stroke:currentColor;stroke-width:1.5}.line.b1{stroke-dasharray:3 3}.edges{fill:currentColor}'
  return `${light}${lines}${colours(arms, 'light')}@media(prefers-color-scheme:dark){${dark}${colours(arms, 'dark')}}`
}

/** The file's text. Lines of the first backend of a section are whole, those of the second dashed. */
export function pictureOf(section: SectionData, chart: LineChart): string {
  const { width, height } = chart.geometry
  const shown = unique(chart.lines.map(({ series }) => itemAt(section.series, series).arm))
  const foot = height + HEAD + 8
  const whole = foot + ROW * (shown.length + 1)
  const inside = drawLines(section, chart, initialView(section)).inside()
  const key = shown.map((i, row) => {
    const y = foot + ROW * row
    return html`<path class="line a${i}" d="M12,${y - 4}h${KEY}" /><text x="${KEY + 20}" y="${y}" text-anchor="start"
        >${itemAt(section.arms, i)}</text
      >`
  })
  const signs = section.backends.map((name, i) => `${i === 0 ? 'whole' : 'dashed'}: ${name}`).join(', ')
  return html`<svg
    xmlns="http://www.w3.org/2000/svg"
    viewBox="0 0 ${width} ${whole}"
    width="${width}"
    height="${whole}"
    font-family="system-ui, sans-serif"
    font-size="12"
    text-anchor="middle"
  >
    <title>${chart.title}</title>
    <style>
      ${rules(section.arms.length)}
    </style>
    <rect class="ground" width="${width}" height="${whole}" />
    <text x="12" y="17" font-weight="600" text-anchor="start">${chart.title}</text>
    <g transform="translate(0 ${HEAD})">${inside}</g>
    ${key}
    <text x="12" y="${foot + ROW * shown.length}" text-anchor="start">${signs}</text>
  </svg> `.text
}
