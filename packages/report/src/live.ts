/**
 * `@isograd/report/live`: the charts of runs that are under way, for a page that draws them anew as they go on, and the words of
 * a verdict. The style sheet of the page of charts gives them their colours.
 * @packageDocumentation
 * @experimental
 */
import { finalOf, judgedFacts, type RunRecord } from '@isograd/core/compare'
import { curveChart } from './charts/curve-charts.js'
import { depthChart } from './charts/depth-charts.js'
import { regular } from './charts/geometry.js'
import type { LineChart, SectionData } from './charts/page-data.js'
import { type Section, sectionsOf } from './charts/section.js'
import { initialView, type ViewState } from './charts/view-state.js'
import { depthWords } from './charts/words.js'
import { shortText } from './documents/readings.js'
import { gradientQuantities } from './documents/run-view/layers.js'
import { judgedName, judgingMetrics, lossCurves, metricCurves, styleOf } from './documents/run-view/measures.js'
import { drawLines } from './drawings/draw-lines.js'
import { svgElement } from './drawings/drawing.js'

export { colourRules } from './charts/colours.js'
export { agreementSentence } from './sections/agreement-words.js'

/** A chart as it stands now. */
export interface LiveChart {
  /** The id that the element with its title must have. */
  readonly titleId: string
  readonly title: string
  /** An SVG document, in which names from records are text. */
  readonly svg: string
  /** The chart in words, a sentence an arm; of charts of gradients alone. */
  readonly words: readonly string[]
}

/** Positions of a line, and numbers of a chart over layers: drawn several times a second, it need not have more. */
const [POSITIONS, NUMBERS] = [80, 4000] as const

/** The charts of a section: loss, the metrics that judge, gradient norms by layer. */
function lineCharts(section: Section, records: readonly RunRecord[]): LineChart[] {
  const curves = [
    ...lossCurves(records).slice(0, 1),
    ...judgingMetrics(records).flatMap((measure) => metricCurves(records, measure).slice(0, 1)),
  ]
  const depths = gradientQuantities(records).slice(0, 1)
  return [
    ...depths.map((quantity) => depthChart(section, quantity, regular, NUMBERS)),
    ...curves.map((quantity) => curveChart(section, quantity, POSITIONS)),
  ].filter((chart) => chart !== undefined)
}

/** A chart at its last frame. */
function drawn(section: SectionData, chart: LineChart): LiveChart {
  const view = initialView(section)
  const last: ViewState = { ...view, frames: { [chart.id]: Math.max(0, chart.steps.length - 1) } }
  const titleId = `${chart.id}-title`
  const svg = svgElement(drawLines(section, chart, last), titleId).text
  const words =
    chart.judged === true
      ? depthWords(section, chart, last).map(({ name, headline, text }) => `${name}: ${headline}. ${text}`)
      : []
  const step = chart.steps.at(-1)
  const title = step === undefined ? chart.title : `${chart.title}, step ${step + 1}`
  return { titleId, title, svg: svg.replace('<svg', '<svg xmlns="http://www.w3.org/2000/svg" class="drawn"'), words }
}

/** The charts of the runs of one experiment, finished or not. @param id what the ids of its elements begin with. */
export function liveCharts(records: readonly RunRecord[], id: string): LiveChart[] {
  return sectionsOf([{ runs: records }]).flatMap((found) => {
    const section = { ...found, id }
    const charts = lineCharts(section, records)
    return charts.map((chart) => drawn({ ...section, charts, compared: [] }, chart))
  })
}

/** The figure that a finished run is judged by: `test loss 0.3530`. */
export function finalText(record: RunRecord): string {
  return `${judgedName(record)} ${shortText(styleOf(judgedFacts(record)), finalOf(record).value)}`
}
