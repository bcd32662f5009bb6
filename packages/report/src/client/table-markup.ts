/** Tables of numbers, made when they are opened and kept up to date while they are open. */
import type { Table, TableCell } from '../charts/chart-table.js'
import { exactText, shortText } from '../documents/readings.js'
import { html, type Markup, nameMarkup } from '../markup.js'

function bodyCell(cell: TableCell): Markup {
  if (typeof cell === 'string') return html`<td>${nameMarkup(cell)}</td>`
  return html`<td class="n"><data value="${exactText(cell.value)}">${shortText(cell.style, cell.value)}</data></td>`
}

function rowMarkup([head = '', ...rest]: readonly TableCell[]): Markup {
  const name = typeof head === 'string' ? head : exactText(head.value)
  return html`<tr>
    <th scope="row">${nameMarkup(name)}</th>
    ${rest.map(bodyCell)}
  </tr>`
}

/** A table with its caption. */
export function tableMarkup({ columns, rows }: Table, caption: string): Markup {
  return html`<table>
    <caption>
      ${caption}
    </caption>
    <thead>
      <tr>
        ${columns.map((column) => html`<th scope="col">${nameMarkup(column)}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${rows.map(rowMarkup)}
    </tbody>
  </table>`
}
