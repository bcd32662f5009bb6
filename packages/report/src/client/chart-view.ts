/** What every view of a chart offers its section: to be drawn again, and to tell its values. */
import type { Chart, SectionData } from '../charts/page-data.js'
import type { ViewState } from '../charts/view-state.js'

/** A value that can be pointed at, in the user units of its drawing. */
export interface Spot {
  readonly x: number
  readonly y: number
  /** Which line it is on: the arrow keys move along it. */
  readonly track: number
  /** What is said of it: `relu on onnx`, `3 dense3`, `0.0321`. */
  readonly lines: readonly string[]
  /** The class of its arm's colour; absent where colour means something else. */
  readonly colour?: string
}

/** A chart in the page. */
export interface ChartView {
  readonly chart: Chart
  readonly drawings: readonly Drawing[]
  /** Draws what the state says. */
  redraw(state: ViewState): void
  /** What its colours mean, where they mean numbers. */
  scale?(): ColourScale
}

/** Colours from low to high, and the numbers at their ends. */
export interface ColourScale {
  readonly colours: SVGSVGElement | null
  readonly ends: readonly string[]
}

/** One drawing of a chart. */
export interface Drawing {
  readonly svg: SVGSVGElement
  /** Every value that is seen now. */
  spots(state: ViewState): readonly Spot[]
  /** The run that it shows, where a chart has a drawing for each of a few. */
  caption?(state: ViewState): string
}

/** What a view is made from. */
export interface ChartPlace {
  readonly element: HTMLElement
  readonly section: SectionData
}

/** The first drawing within an element. */
export function findDrawing(element: Element): SVGSVGElement {
  const svg = element.querySelector<SVGSVGElement>('.chart svg')
  if (svg === null) throw new Error('internal: a chart has no drawing')
  return svg
}

/** Takes the axes of another list of layers, which a figure with several has in store. */
export function replaceAxes(panel: Element, list: number): void {
  const drawing = findDrawing(panel)
  const template = panel.closest('.view')?.querySelector<HTMLTemplateElement>(`template[data-axes="${list}"]`)
  const spare = template?.content.querySelector('svg')?.cloneNode(true)
  if (!(spare instanceof SVGSVGElement)) return
  spare.setAttribute('aria-labelledby', drawing.getAttribute('aria-labelledby') ?? '')
  drawing.replaceWith(spare)
}
