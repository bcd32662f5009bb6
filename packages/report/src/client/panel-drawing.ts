/** A drawing that shows one of a few runs: which one is chosen in the page, and its axes are those of its layers. */
import type { ViewState } from '../charts/view-state.js'
import { type Drawing, findDrawing, replaceAxes, type Spot } from './chart-view.js'

/** What a chart with panels tells them. */
export interface PanelView<L> {
  /** What a panel shows. */
  line(state: ViewState, panel: number): L | undefined
  nameOf(line: L): string
  draw(svg: SVGSVGElement, line: L, state: ViewState): void
  spotsOf(line: L, state: ViewState): readonly Spot[]
}

/** One panel. */
export class PanelDrawing<L extends { readonly x: number }> implements Drawing {
  readonly #view: PanelView<L>
  readonly #panel: number
  readonly #element: Element
  /** The list of layers that its axes have. */
  #list: number | undefined

  constructor(view: PanelView<L>, element: Element, panel: number) {
    this.#view = view
    this.#element = element
    this.#panel = panel
  }

  /** The panels within an element. */
  static all<L extends { readonly x: number }>(view: PanelView<L>, within: Element): PanelDrawing<L>[] {
    return [...within.querySelectorAll('.panel')].map((element, i) => new PanelDrawing(view, element, i))
  }

  get svg(): SVGSVGElement {
    return findDrawing(this.#element)
  }

  redraw(state: ViewState): void {
    const line = this.#view.line(state, this.#panel)
    if (line === undefined) return
    if (this.#list !== undefined && this.#list !== line.x) replaceAxes(this.#element, line.x)
    this.#list = line.x
    this.#view.draw(this.svg, line, state)
  }

  spots(state: ViewState): readonly Spot[] {
    const line = this.#view.line(state, this.#panel)
    return line === undefined ? [] : this.#view.spotsOf(line, state)
  }

  caption(state: ViewState): string {
    const line = this.#view.line(state, this.#panel)
    return line === undefined ? '' : this.#view.nameOf(line)
  }
}
