/**
 * HTML as values. `html` escapes whatever is put into it unless it is markup already, so that a name from a record can
 * never become an element: escaping is not something that a caller could forget.
 */
import { stringifyExactly } from '@isograd/core/compare'

/** Text that is HTML. */
export class Markup {
  readonly text: string

  /** @param text HTML; use `html` for anything that holds values from outside. */
  constructor(text: string) {
    this.text = text
  }
}

/** A value that `html` takes: markup as it is, lists joined, nothing for `undefined` and `false`, everything else as text. */
export type Part = Markup | string | number | boolean | undefined | readonly Part[]

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Control characters and lone surrogates, which HTML forbids or shows as nothing, become visible. */
function visible(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is replaced
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\ufffe\uffff]|\p{Surrogate}/gu, '\ufffd')
}

/** Text with the characters of markup as entities, fit for elements and quoted attributes. */
export function escapeText(text: string): string {
  return visible(text).replace(/[&<>"']/g, (character) => entities[character] ?? '')
}

function partText(part: Part): string {
  if (part instanceof Markup) return part.text
  if (part === undefined || part === false) return ''
  return typeof part === 'object' ? part.map(partText).join('') : escapeText(String(part))
}

/** A template of HTML; attributes must be quoted with `"`. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  // Indentation is for the source; within values, as in preformatted text, every space stays.
  return new Markup(strings.map((text, i) => text.replace(/\n\s+/g, '\n') + partText(parts[i])).join(''))
}

/** A name from outside, kept from changing the direction of what stands beside it. */
export function nameMarkup(name: string): Markup {
  return html`<bdi>${name}</bdi>`
}

/** JSON that can stand in a `script` element: nothing in it ends the element or opens a comment. */
export function jsonForScript(value: unknown): Markup {
  return new Markup(stringifyExactly(value).replace(/</g, '\\u003c'))
}
