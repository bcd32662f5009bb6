/**
 * Words that are explained: in the texts of the page they are links to its glossary, whose meaning stands beside them while the
 * pointer or the keyboard is on them. The glossary has the words that the page uses, and no others.
 */
import { glossary, type Term } from '@isograd/core/text'
import { html, Markup, type Part } from './markup.js'

/** Words as they are written, the longest first, with the term that each is of. */
const written = Object.entries(glossary)
  .filter(([, { isBasic = false }]) => !isBasic)
  .flatMap(([term, { also = [] }]) => [term, ...also].map((words) => [words.toLowerCase(), term] as const))
  .toSorted(([a], [b]) => b.length - a.length)

const termOf = new Map(written)

const anyTerm = new RegExp(`(?<![\\w-])(?:${written.map(([words]) => words).join('|')})(?=s?(?![\\w-]))`, 'gi')

const idOf = (term: string): string => `term-${term.replaceAll(' ', '-')}`

/** A text whose terms are links, each where it first stands. */
export function explained(text: string): Part {
  const seen = new Set<string>()
  const parts: Part[] = []
  let end = 0
  for (const { 0: words, index } of text.matchAll(anyTerm)) {
    const term = termOf.get(words.toLowerCase())
    if (term === undefined || seen.has(term)) continue
    seen.add(term)
    const id = idOf(term)
    parts.push(
      text.slice(end, index),
      html`<a class="term" href="#${id}" aria-describedby="${id}-meaning">${words}</a>`,
    )
    end = index + words.length
  }
  return [...parts, text.slice(end)]
}

const terms: ReadonlyMap<string, readonly [string, Term]> = new Map(
  Object.entries(glossary).map(([term, own]) => [idOf(term), [term, own]]),
)

/** Leaves the first link to each term of a page, and puts the glossary of those behind. */
export function withGlossary({ text }: Markup): Markup {
  const ids = new Set<string>()
  const once = text.replace(
    /<a class="term" href="#([\w-]+)"[^>]*>([^<]*)<\/a>/g,
    (link, id: string, words: string) => {
      if (ids.has(id)) return words
      ids.add(id)
      return link
    },
  )
  return html`${new Markup(once)} ${ids.size > 0 && section([...terms].filter(([id]) => ids.has(id)))}`
}

function section(entries: readonly (readonly [string, readonly [string, Term]])[]): Markup {
  return html`<section class="glossary" id="glossary" aria-labelledby="glossary-title">
    <h2 id="glossary-title">Words</h2>
    <dl>
      ${entries.map(
        ([id, [term, { meaning }]]) =>
          html`<div id="${id}">
            <dt>${term}</dt>
            <dd id="${id}-meaning">${meaning}</dd>
          </div>`,
      )}
    </dl>
  </section>`
}
