/** SVG elements, made and found. */

const NAMESPACE = 'http://www.w3.org/2000/svg'

/** An SVG element with attributes. */
export function shape<K extends keyof SVGElementTagNameMap>(
  name: K,
  attributes: Readonly<Record<string, string | number>>,
): SVGElementTagNameMap[K] {
  const element = document.createElementNS(NAMESPACE, name)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value))
  return element
}

/** A point of a pointer event in the user units of a drawing. */
export function pointIn(
  svg: SVGSVGElement,
  event: { readonly clientX: number; readonly clientY: number },
): [number, number] {
  const { left, top, width } = svg.getBoundingClientRect()
  const scale = svg.viewBox.baseVal.width / Math.max(1, width)
  return [(event.clientX - left) * scale, (event.clientY - top) * scale]
}

/** A point of a drawing on the page. */
export function pointOnPage(svg: SVGSVGElement, [x, y]: readonly [number, number]): [number, number] {
  const { left, top, width } = svg.getBoundingClientRect()
  const scale = width / svg.viewBox.baseVal.width
  return [left + window.scrollX + x * scale, top + window.scrollY + y * scale]
}
