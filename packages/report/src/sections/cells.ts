/** Small pieces that the page's sections share: numbers with their digits, tables, cards, verdicts. */
import type { Spread } from '@isograd/core/compare'
import { exactText, type NumberStyle, shortText } from '../documents/readings.js'
import { explained } from '../glossary.js'
import { html, type Markup, type Part } from '../markup.js'

/** A number with its digits as the record has them behind those that are shown. */
export function number(style: NumberStyle, value: number | undefined): Part {
  if (value === undefined) return '\u2013'
  return html`<data value="${exactText(value)}">${shortText(style, value)}</data>`
}

/** A mean over seeds with its sample standard deviation, the least and the greatest; of one seed with its standard error, where that is known. */
export function spreadMarkup(
  style: NumberStyle,
  {
    mean,
    sd = Number.NaN,
    min,
    max,
    seeds,
    error = Number.NaN,
  }: Spread & { readonly seeds: number; readonly error?: number },
): Markup {
  const [least, greatest, wide, spread] = [min, max, error, sd].map((value) => shortText(style, value))
  const beside =
    seeds > 1 ? `\u00b1 ${spread} (n = ${seeds}), ${least} to ${greatest}` : Number.isFinite(error) && `\u00b1 ${wide}`
  return html`${number(style, mean)}${beside !== false && html` <small>${beside}</small>`}`
}

function styled(name: string): Part {
  return name !== '' && html`class="${name}"`
}

/** The head of a column; over numbers it stands as they do. */
function columnHead(text: string, numeric: boolean): Markup {
  return html`<th scope="col" ${styled(numeric ? 'n' : '')}>${explained(text)}</th>`
}

/** Columns with the name of their style; `n` aligns numbers at their ends. */
export type Columns = readonly (readonly [title: string, style: string])[]

/** Columns of one style. */
export function columns(style: string, ...titles: readonly string[]): Columns {
  return titles.map((title) => [title, style])
}

/** A table that scrolls by itself, around its bodies. */
export function scrolling(label: string, heads: Columns, bodies: Part, name = ''): Markup {
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0">
    <table ${styled(name)}>
      <thead>
        <tr>
          ${heads.map(([title, style]) => columnHead(title, style === 'n'))}
        </tr>
      </thead>
      ${bodies}
    </table>
  </div>`
}

/** A table of rows that scrolls by itself; the first column heads the rows. */
export function scrollTable(label: string, heads: Columns, rows: readonly Part[][]): Markup {
  const cell = (part: Part, i: number): Markup =>
    i === 0 ? html`<th scope="row">${part}</th>` : html`<td ${styled(heads[i]?.[1] ?? '')}>${part}</td>`
  const body = rows.map(
    (parts) =>
      html`<tr>
        ${parts.map(cell)}
      </tr>`,
  )
  return scrolling(
    label,
    heads,
    html`<tbody>
      ${body}
    </tbody>`,
  )
}

/** The words that say what a card shows; terms in them are explained. */
export function about(...texts: readonly Part[]): Markup {
  return html`<p class="about">${texts.map((text) => (typeof text === 'string' ? explained(text) : text))}</p>`
}

/** A card under a heading. */
export function card(id: string, title: Part, inside: Part, width: 'wide' | '' = ''): Markup {
  return html`<article class="card${width && ' wide'}" id="${id}" aria-labelledby="${id}-title">
    <header><h3 id="${id}-title">${title}</h3></header>
    ${inside}
  </article>`
}

/** A word in the colour of its meaning; the word alone says it too. */
export function badge(text: Part, tone: string): Markup {
  return tone === '' ? html`${text}` : html`<span class="badge ${tone}">${text}</span>`
}

const tones: Readonly<Record<string, string>> = {
  agree: 'good',
  disagree: 'bad',
  diverged: 'bad',
  inconclusive: 'open',
}

/** A verdict of agreement as a badge; a document may hold any other word. */
export function verdictBadge(verdict: string): Markup {
  return badge(explained(verdict), Object.hasOwn(tones, verdict) ? (tones[verdict] ?? '') : '')
}
