/** Small pieces that tables and lists of the page share: numbers with their digits, heads of columns, verdicts. */
import { exactText, type NumberStyle, shortText } from '../documents/readings.js'
import { html, type Markup, type Part } from '../markup.js'

/** A number with its digits as the record has them behind those that are shown. */
export function number(style: NumberStyle, value: number | undefined): Part {
  if (value === undefined) return '\u2013'
  return html`<data value="${exactText(value)}">${shortText(style, value)}</data>`
}

/** The head of a column; over numbers it stands as they do. */
export function columnHead(text: string, numeric: boolean): Markup {
  return numeric ? html`<th scope="col" class="n">${text}</th>` : html`<th scope="col">${text}</th>`
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
