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

const anyTerm = new RegExp(`(?<![\\w-])(${written.map(([words]) => words).join('|')})(?=s?(?![\\w-]))`, 'i')

const idOf = (term: string): string => `term-${term.replaceAll(' ', '-')}`

function linkTo(words: string): Markup {
  const id = idOf(termOf.get(words.toLowerCase()) ?? words)
  return html`<a class="term" href="#${id}" aria-describedby="${id}-meaning">${words}</a>`
}

/** A text whose terms are links. */
export function explained(text: string): Part {
  // The split keeps what the parentheses match, at odd places.
  return text.split(anyTerm).map((part, i) => (i % 2 === 1 ? linkTo(part) : part))
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
