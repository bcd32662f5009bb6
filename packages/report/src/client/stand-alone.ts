/**
 * A drawing as a file of its own: the styles of the page's style sheet become attributes, a title and a key of its
 * lines or colours are added, and it gets the page's ground. Several drawings come side by side, each with its run.
 */
import { shape, withAttributes } from './svg-shapes.js'

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
  return element.classList.contains('cursor') || element.classList.contains('now')
}

/** A copy that looks the same without the style sheet and without marks of the moment. */
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

/** A drawing with the run that it shows, or nothing. */
export interface Panel {
  readonly svg: SVGSVGElement
  readonly caption: string
}

/** Colours from low to high, and the numbers at their ends. */
export interface ColourScale {
  readonly colours: SVGSVGElement
  readonly ends: readonly string[]
}

/** The surroundings of the drawings. */
export interface Surroundings {
  readonly title: string
  readonly key: readonly KeyEntry[]
  readonly scale: ColourScale | undefined
}

/** A drawing below its caption, at a place. */
function panelParts({ svg, caption }: Panel, x: number, y: number, ink: string): Element[] {
  const { width, height } = svg.viewBox.baseVal
  const copy = withAttributes(styledCopy(svg), { x, y: caption === '' ? y : y + ROW, width, height })
  return caption === '' ? [copy] : [label(caption, { x: x + GAP, y: y + GAP, 'font-size': 12, fill: ink }), copy]
}

/** The colours with the numbers at their ends. */
function scaleParts({ colours, ends: [low = '', high = ''] }: ColourScale, y: number, ink: string): Element[] {
  const { width, height } = colours.viewBox.baseVal
  const copy = withAttributes(styledCopy(colours), { x: 60, y: y - 11, width, height })
  const text = { y, 'font-size': 12, fill: ink }
  return [label(low, { ...text, x: 52, 'text-anchor': 'end' }), copy, label(high, { ...text, x: 68 + width })]
}

/** The text of an SVG file. */
export function standAlone(panels: readonly Panel[], { title, key, scale }: Surroundings): string {
  const { backgroundColor, color: ink } = getComputedStyle(document.body)
  const sizes = panels.map(({ svg }) => svg.viewBox.baseVal)
  const width = sizes.reduce((sum, size) => sum + size.width, 0)
  const captions = panels.some(({ caption }) => caption !== '') ? ROW : 0
  const foot = HEAD + captions + Math.max(0, ...sizes.map((size) => size.height))
  const entries = key.slice(0, MOST_ENTRIES)
  const rows = entries.length + (scale === undefined ? 0 : 1)
  const height = foot + (rows === 0 ? 0 : GAP + ROW * rows)
  const whole = shape('svg', { viewBox: `0 0 ${width} ${height}`, width, height })
  const heading = shape('title', {})
  heading.textContent = title
  whole.append(heading, shape('rect', { width, height, fill: backgroundColor }))
  whole.append(label(title, { x: GAP, y: 22, 'font-size': 14, 'font-weight': 600, fill: ink }))
  panels.forEach((panel, i) => {
    const x = sizes.slice(0, i).reduce((sum, size) => sum + size.width, 0)
    whole.append(...panelParts(panel, x, HEAD, ink))
  })
  entries.forEach((entry, i) => whole.append(...keyRow(entry, foot + ROW * (i + 1), ink)))
  if (scale !== undefined) whole.append(...scaleParts(scale, foot + ROW * rows, ink))
  return new XMLSerializer().serializeToString(whole)
}
