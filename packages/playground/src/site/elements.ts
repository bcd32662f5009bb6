/** Elements of the page: found, and made. What comes from an experiment or an address becomes text, never markup. */

/** The element of an id. @throws Error where the page has none: a fault of the page. */
export function byId<E extends HTMLElement>(id: string, kind: new () => E): E {
  const found = document.querySelector(`#${id}`)
  if (found instanceof kind) return found
  throw new Error(`internal: the page has no ${kind.name} #${id}`)
}

/** A new element with properties and content. */
export function make<K extends keyof HTMLElementTagNameMap>(
  name: K,
  properties: Partial<HTMLElementTagNameMap[K]> = {},
  ...content: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = Object.assign(document.createElement(name), properties)
  element.append(...content)
  return element
}

/** An SVG document as an element; it is read as XML, in which nothing can be a script of the page. */
export function drawing(svg: string): Element {
  const { documentElement } = new DOMParser().parseFromString(svg, 'image/svg+xml')
  return document.importNode(documentElement, true)
}

/** Lets the reader keep a text as a file. */
export function save(name: string, text: string, type: string): void {
  const address = URL.createObjectURL(new Blob([text], { type }))
  make('a', { href: address, download: name }).click()
  setTimeout(() => URL.revokeObjectURL(address), 60_000)
}
