/** SVG elements, made and found. */

const NAMESPACE = 'http://www.w3.org/2000/svg'

type Attributes = Readonly<Record<string, string | number>>

/** Sets attributes; returns the element. */
export function withAttributes<E extends Element>(element: E, attributes: Attributes): E {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value))
  return element
}

/** An SVG element with attributes. */
export function shape<K extends keyof SVGElementTagNameMap>(name: K, attributes: Attributes): SVGElementTagNameMap[K] {
  return withAttributes(document.createElementNS(NAMESPACE, name), attributes)
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
