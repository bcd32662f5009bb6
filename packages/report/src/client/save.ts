/** Saves a chart: its drawing as SVG or PNG, with a title and a key so that it stands alone, or its numbers as CSV. */
import { csvOf, wholeTable } from '../charts/chart-table.js'
import type { SectionData } from '../charts/page-data.js'
import { frameText, hasFrames, seriesName } from '../charts/series-names.js'
import { frameOf, shownLines, type ViewState } from '../charts/view-state.js'
import type { ChartView } from './chart-view.js'
import { type ColourScale, standAlone, type KeyEntry } from './stand-alone.js'

/** Points of a picture for each unit of a drawing. */
const RESOLUTION = 2

function fileName({ preset }: SectionData, { chart }: ChartView, extension: string): string {
  const plain = `${preset}-${chart.id.replace(/^experiment\d+-/, '')}`.replace(/[^A-Za-z0-9._-]+/g, '_').slice(0, 100)
  return `${plain}.${extension}`
}

function download(content: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(content)
  link.download = name
  link.click()
  // The download has its own hold on the content once it has begun.
  window.setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}

function keyOf({ chart, drawings }: ChartView, section: SectionData, state: ViewState): KeyEntry[] {
  const [drawing] = drawings
  if (chart.kind !== 'lines' || drawing === undefined) return []
  return shownLines(section, chart, state).map((line) => ({
    name: seriesName(section, line),
    sample: drawing.svg.querySelector(`.line.s${line.series}`),
  }))
}

/** The colours of a map, which mean numbers. */
function scaleOf({ element }: ChartView): ColourScale | undefined {
  const colours = element.querySelector<SVGSVGElement>('.key svg')
  if (colours === null) return undefined
  return { colours, ends: [...element.querySelectorAll('.key [data-end]')].map((end) => end.textContent) }
}

function titleOf({ chart }: ChartView, section: SectionData, state: ViewState): string {
  const step = hasFrames(chart) ? `, ${frameText(chart, frameOf(chart, state))}` : ''
  return `${section.preset}: ${chart.title}${step}`
}

async function pictureOf(svg: string): Promise<Blob | null> {
  const image = new Image()
  image.src = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }))
  await image.decode()
  const canvas = document.createElement('canvas')
  canvas.width = image.naturalWidth * RESOLUTION
  canvas.height = image.naturalHeight * RESOLUTION
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height)
  URL.revokeObjectURL(image.src)
  return new Promise((resolve) => canvas.toBlob(resolve, 'image/png'))
}

/** Saves a chart as `svg`, `png` or `csv`. */
export async function saveChart(
  format: string,
  view: ChartView,
  section: SectionData,
  state: ViewState,
): Promise<void> {
  const name = fileName(section, view, format)
  if (format === 'csv') {
    download(new Blob([csvOf(wholeTable(section, view.chart))], { type: 'text/csv' }), name)
    return
  }
  const panels = view.drawings.map((drawing) => ({ svg: drawing.svg, caption: drawing.in(state).caption }))
  const title = titleOf(view, section, state)
  const svg = standAlone(panels, { title, key: keyOf(view, section, state), scale: scaleOf(view) })
  const content = format === 'png' ? await pictureOf(svg) : new Blob([svg], { type: 'image/svg+xml' })
  if (content !== null) download(content, name)
}
