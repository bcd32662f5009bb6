/**
 * A drawing as a file of its own: what the page's style sheet gives it becomes attributes, a title and a key of its
 * lines are added, and it gets the page's ground. Several drawings come side by side.
 */
import { shape } from './svg-shapes.js'

/** A line of the key. */
export interface KeyEntry {
  readonly name: string
  /** An element that is styled as the line is. */
  readonly sample: Element | null
}

const properties = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-width',
  'stroke-opacity',
  'stroke-dasharray',
  'stroke-linecap',
  'opacity',
  'font-size',
  'font-weight',
  'font-family',
  'text-anchor',
  'shape-rendering',
]

function copyStyle(from: Element, to: Element): void {
  const style = getComputedStyle(from)
  for (const property of properties) {
    const value = style.getPropertyValue(property)
    if (value !== '') to.setAttribute(property, value)
  }
  to.removeAttribute('class')
}

function isGone(element: Element): boolean {
  return element.classList.contains('off') || element.classList.contains('cursor') || element.classList.contains('now')
}

/** A copy that looks the same without the style sheet; what is switched off is left out. */
function styledCopy(element: Element): Element {
  const copy = element.cloneNode(false) as Element
  copyStyle(element, copy)
  for (const child of element.childNodes) {
    if (!(child instanceof Element)) copy.append(child.cloneNode())
    else if (!isGone(child)) copy.append(styledCopy(child))
  }
  return copy
}

const [HEAD, ROW, GAP, MOST_ENTRIES] = [34, 18, 12, 24]

function label(text: string, attributes: Readonly<Record<string, string | number>>): SVGTextElement {
  const element = shape('text', { 'font-family': 'system-ui, sans-serif', 'text-anchor': 'start', ...attributes })
  element.textContent = text
  return element
}

function keyRow({ name, sample }: KeyEntry, y: number, ink: string): Element[] {
  const line = shape('line', { x1: GAP, x2: GAP + 28, y1: y - 4, y2: y - 4 })
  if (sample !== null) copyStyle(sample, line)
  return [line, label(name, { x: GAP + 38, y, 'font-size': 12, fill: ink })]
}

/** The text of an SVG file. */
export function standAlone(drawings: readonly SVGSVGElement[], title: string, key: readonly KeyEntry[]): string {
  const page = getComputedStyle(document.body)
  const sizes = drawings.map((svg) => svg.viewBox.baseVal)
  const width = sizes.reduce((sum, size) => sum + size.width, 0)
  const tallest = Math.max(0, ...sizes.map(({ height }) => height))
  const entries = key.slice(0, MOST_ENTRIES)
  const height = HEAD + tallest + (entries.length === 0 ? 0 : GAP + ROW * entries.length)
  const whole = shape('svg', { viewBox: `0 0 ${width} ${height}`, width, height })
  const heading = shape('title', {})
  heading.textContent = title
  whole.append(heading, shape('rect', { width, height, fill: page.backgroundColor }))
  whole.append(label(title, { x: GAP, y: 22, 'font-size': 14, 'font-weight': 600, fill: page.color }))
  let x = 0
  drawings.forEach((svg, i) => {
    const copy = styledCopy(svg)
    const { width: w = 0, height: h = 0 } = sizes[i] ?? {}
    for (const [name, value] of Object.entries({ x, y: HEAD, width: w, height: h }))
      copy.setAttribute(name, String(value))
    x += w
    whole.append(copy)
  })
  entries.forEach((entry, i) => whole.append(...keyRow(entry, HEAD + tallest + ROW * (i + 1), page.color)))
  return new XMLSerializer().serializeToString(whole)
}
