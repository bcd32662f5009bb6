/** Small pieces that the page's sections share: numbers with their digits, tables, cards, verdicts. */
import type { Spread } from '@isograd/core/compare'
import { exactText, type NumberStyle, shortText } from '../documents/readings.js'
import { html, type Markup, type Part } from '../markup.js'

/** A number with its digits as the record has them behind those that are shown. */
export function number(style: NumberStyle, value: number | undefined): Part {
  if (value === undefined) return '\u2013'
  return html`<data value="${exactText(value)}">${shortText(style, value)}</data>`
}

/** A mean over seeds with the least and the greatest; of one seed with its standard error, where that is known. */
export function spreadMarkup(
  style: NumberStyle,
  { mean, min, max, seeds, error = Number.NaN }: Spread & { readonly seeds: number; readonly error?: number },
): Markup {
  const [least, greatest, wide] = [min, max, error].map((value) => shortText(style, value))
  const beside = seeds > 1 ? `${least} to ${greatest}` : Number.isFinite(error) && `\u00b1 ${wide}`
  return html`${number(style, mean)}${beside !== false && html` <small>${beside}</small>`}`
}

function styled(name: string): Part {
  return name !== '' && html`class="${name}"`
}

/** The head of a column; over numbers it stands as they do. */
export function columnHead(text: string, numeric: boolean): Markup {
  return html`<th scope="col" ${styled(numeric ? 'n' : '')}>${text}</th>`
}

/** A table that scrolls by itself; the first column heads the rows, and `numeric` ones are aligned at their ends. */
export function scrollTable(
  label: string,
  columns: readonly (readonly [title: string, style: string])[],
  rows: readonly Part[][],
): Markup {
  const cell = (part: Part, i: number): Markup =>
    i === 0 ? html`<th scope="row">${part}</th>` : html`<td ${styled(columns[i]?.[1] ?? '')}>${part}</td>`
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0">
    <table>
      <thead>
        <tr>
          ${columns.map(([title, style]) => columnHead(title, style === 'n'))}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (parts) =>
            html`<tr>
              ${parts.map(cell)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`
}

/** A card under a heading. */
export function card(id: string, title: Part, inside: Part, width: 'wide' | '' = ''): Markup {
  return html`<article class="card${width && ' wide'}" id="${id}" aria-labelledby="${id}-title">
    <header><h3 id="${id}-title">${title}</h3></header>
    ${inside}
  </article>`
}

/** A word in the colour of its meaning; the word alone says it too. */
export function badge(text: string, tone: string): Markup {
  return tone === '' ? html`${text}` : html`<span class="badge ${tone}">${text}</span>`
}

const tones: Readonly<Record<string, string>> = { agree: 'good', disagree: 'bad', inconclusive: 'open' }

/** A verdict of agreement as a badge; a document may hold any other word. */
export function verdictBadge(verdict: string): Markup {
  return badge(verdict, Object.hasOwn(tones, verdict) ? (tones[verdict] ?? '') : '')
}
