/** Reads values from a drawing: the nearest to the pointer, or one after the other with the arrow keys. */
import type { ViewState } from '../charts/view-state.js'
import type { Spot } from '../drawings/drawing.js'
import { html } from '../markup.js'
import type { DrawingView } from './chart-view.js'
import { pointIn, pointOnPage, shape } from './svg-shapes.js'
import { hideTip, showTip } from './tip.js'

const announcer = document.getElementById('announce')

function showSpot(svg: SVGSVGElement, { x, y, lines, colour = '' }: Spot): void {
  const [left, top] = pointOnPage(svg, [x, y])
  const text = lines.map((line) => html`<bdi>${line}</bdi>`.text).join('')
  showTip(text, colour, { left, top: top - 12, bottom: top + 12, isCentred: true })
}

function nearest(spots: readonly Spot[], [x, y]: readonly [number, number]): Spot | undefined {
  let best: Spot | undefined
  let least = Number.POSITIVE_INFINITY
  for (const spot of spots) {
    const distance = (spot.x - x) ** 2 + (spot.y - y) ** 2
    if (distance < least) [best, least] = [spot, distance]
  }
  return best
}

/** Moves along a line with left and right, to the nearest value of the next line with up and down. */
function moved(spots: readonly Spot[], from: Spot, key: string): Spot | undefined {
  const track = spots.filter((spot) => spot.track === from.track)
  const index = track.findIndex(({ x, y }) => x === from.x && y === from.y)
  if (key === 'ArrowRight') return track[Math.min(track.length - 1, index + 1)]
  if (key === 'ArrowLeft') return track[Math.max(0, index - 1)]
  if (key === 'Home') return track[0]
  if (key === 'End') return track.at(-1)
  const tracks = [...new Set(spots.map((spot) => spot.track))]
  const next = tracks[tracks.indexOf(from.track) + (key === 'ArrowUp' ? -1 : 1)]
  const candidates = spots.filter((spot) => spot.track === next)
  return candidates.toSorted((a, b) => Math.abs(a.x - from.x) - Math.abs(b.x - from.x))[0] ?? from
}

const keys = new Set(['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End'])

/** Makes a drawing readable. */
export class Reader {
  readonly #drawing: DrawingView
  readonly #state: () => ViewState
  #spot: Spot | undefined

  constructor(drawing: DrawingView, state: () => ViewState) {
    this.#drawing = drawing
    this.#state = state
    const surface = drawing.svg.closest<HTMLElement>('.chart') ?? document.body
    surface.addEventListener('pointermove', (event) => this.#point(event))
    surface.addEventListener('pointerdown', (event) => this.#point(event))
    surface.addEventListener('pointerleave', () => this.clear())
    surface.addEventListener('blur', () => this.clear())
    surface.addEventListener('keydown', (event) => this.#key(event))
  }

  /** Forgets the value that is shown. */
  clear(): void {
    this.#spot = undefined
    this.#drawing.svg.querySelector('.cursor')?.remove()
    hideTip()
  }

  #spots(): readonly Spot[] {
    return this.#drawing.in(this.#state()).spots()
  }

  #point(event: PointerEvent): void {
    const { svg } = this.#drawing
    const spot = nearest(this.#spots(), pointIn(svg, event))
    if (spot !== undefined) this.#show(spot)
  }

  #key(event: KeyboardEvent): void {
    if (event.key === 'Escape') this.clear()
    if (!keys.has(event.key)) return
    event.preventDefault()
    const spots = this.#spots()
    const spot = this.#spot === undefined ? spots[0] : moved(spots, this.#spot, event.key)
    if (spot === undefined) return
    this.#show(spot)
    if (announcer !== null) announcer.textContent = spot.lines.join(': ')
  }

  #show(spot: Spot): void {
    const { svg } = this.#drawing
    this.#spot = spot
    svg.querySelector('.cursor')?.remove()
    svg.append(shape('circle', { class: 'cursor', cx: spot.x, cy: spot.y, r: 6 }))
    showSpot(svg, spot)
  }
}
