/** A slider over the probed steps, and the button that plays through them. */
import type { LineChart, RidgeChart } from '../charts/page-data.js'
import { frameNumber, frameText } from '../charts/series-names.js'
import { frameOf, type ViewState } from '../charts/view-state.js'

const MILLISECONDS = 120

/** The controls of one chart. */
export class SliderControl {
  readonly #chart: LineChart | RidgeChart
  readonly #input: HTMLInputElement
  readonly #button: HTMLButtonElement | null
  readonly #output: HTMLElement | null
  readonly #change: (frame: number) => void
  #timer: number | undefined

  constructor(root: Element, chart: LineChart | RidgeChart, input: HTMLInputElement, change: (frame: number) => void) {
    this.#chart = chart
    this.#input = input
    this.#change = change
    this.#button = root.querySelector(`[data-play="${chart.id}"]`)
    this.#output = root.querySelector(`[data-frame-text="${chart.id}"]`)
    input.addEventListener('input', () => {
      this.#stop()
      change(input.valueAsNumber)
    })
    this.#button?.addEventListener('click', () => (this.#timer === undefined ? this.#play() : this.#stop()))
  }

  /** Shows the frame that the state says. */
  show(state: ViewState): void {
    const frame = frameOf(this.#chart, state)
    this.#input.value = String(frame)
    this.#input.setAttribute('aria-valuetext', frameText(this.#chart, frame))
    if (this.#output !== null) this.#output.textContent = frameNumber(this.#chart, frame).toLocaleString('en-US')
  }

  #play(): void {
    let frame = this.#input.valueAsNumber + 1
    if (frame >= this.#chart.steps.length) frame = 0
    this.#label('\u23f8', 'Pause')
    this.#timer = window.setInterval(() => {
      this.#change(frame)
      frame++
      if (frame >= this.#chart.steps.length) this.#stop()
    }, MILLISECONDS)
  }

  #stop(): void {
    window.clearInterval(this.#timer)
    this.#timer = undefined
    this.#label('\u25b6', 'Play through the steps')
  }

  #label(sign: string, label: string): void {
    if (this.#button === null) return
    this.#button.textContent = sign
    this.#button.setAttribute('aria-label', label)
  }
}
