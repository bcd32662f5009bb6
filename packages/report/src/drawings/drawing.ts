/**
 * Drawings as static SVG, made by Observable Plot on a DOM without a browser. What Plot leaves is tidied: colours and
 * line styles come from the page's style sheet by class, and coordinates have no more digits than an eye.
 */
import { type Markish, plot, type PlotOptions } from '@observablehq/plot'
import { parseHTML } from 'linkedom'
import type { Geometry } from '../charts/geometry.js'
import { html, Markup } from '../markup.js'
import { dotsPath } from '../charts/scale.js'

/** The little of an element that is needed here. */
interface DrawnElement {
  readonly tagName: string
  readonly attributes: Iterable<{ readonly name: string; value: string }>
  readonly children: Iterable<DrawnElement>
  readonly outerHTML: string
  innerHTML: string
  setAttribute(name: string, value: string): void
  getAttribute(name: string): string | null
  removeAttribute(name: string): void
  remove(): void
}

const { document } = parseHTML('<!doctype html><html><body></body></html>')

const coordinates = new Set(['d', 'transform', 'x', 'y', 'x1', 'x2', 'y1', 'y2', 'cx', 'cy', 'r', 'width', 'height'])

function shorten(text: string): string {
  return text.replace(/-?\d+\.\d{2,}(e-?\d+)?/g, (number) => String(Number(Number(number).toFixed(1))))
}

/** What the style sheet says of lines and dots anyway. */
const styled = new Set(['stroke-linecap', 'stroke-linejoin', 'stroke-width', 'stroke', 'fill'])

function isStyled(element: DrawnElement): boolean {
  return /^(line|dots|edges|band) /.test(element.getAttribute('class') ?? '')
}

/** One path for all dots of a line: lines of no length with round ends are a tenth of as many circles. */
function joinDots(element: DrawnElement): void {
  const places = Array.from(element.children, (dot): [number, number] => [
    Number(dot.getAttribute('cx')),
    Number(dot.getAttribute('cy')),
  ])
  if (places.length > 0) element.innerHTML = `<path d="${dotsPath(places)}"></path>`
}

/** Shortens numbers, and drops labels for elements that are a picture's insides, and what is said twice. */
function tidy(element: DrawnElement): void {
  const drop = isStyled(element) ? styled : new Set<string>()
  // The attributes are copied: one that is removed must not shift those behind it.
  for (const { name, value } of Array.from(element.attributes)) {
    if (name.startsWith('aria-') || drop.has(name)) element.removeAttribute(name)
    else if (coordinates.has(name)) element.setAttribute(name, shorten(value))
  }
  if (element.getAttribute('class')?.startsWith('dots ') === true) joinDots(element)
  for (const child of Array.from(element.children)) {
    if (child.tagName.toLowerCase() === 'style') child.remove()
    else tidy(child)
  }
}

/** What stands on a drawing beside its marks. */
export interface DrawingOptions {
  readonly geometry: Geometry
  readonly x: NonNullable<PlotOptions['x']>
  readonly y: NonNullable<PlotOptions['y']>
  readonly marks: readonly Markish[]
}

/** The drawing's inside as SVG, without the element around it. */
export function drawInside({ geometry, x, y, marks }: DrawingOptions): Markup {
  const { width, height, top, right, bottom, left } = geometry
  const drawn = plot({
    document,
    className: 'plot',
    width,
    height,
    marginTop: top,
    marginRight: right,
    marginBottom: bottom,
    marginLeft: left,
    x,
    y,
    marks: [...marks],
  }) as unknown as DrawnElement
  tidy(drawn)
  return new Markup(drawn.innerHTML)
}

/** An SVG element that scales with its column; `label` is the id of its title. */
export function svgElement(geometry: Pick<Geometry, 'width' | 'height'>, label: string, inside: Markup): Markup {
  const { width, height } = geometry
  return html`<svg
    viewBox="0 0 ${width} ${height}"
    role="img"
    aria-labelledby="${label}"
    font-family="system-ui, sans-serif"
    font-size="12"
    fill="currentColor"
    text-anchor="middle"
  >
    ${inside}
  </svg>`
}
