/** Tables of numbers, made when they are opened and kept up to date while they are open. */
import type { Table, TableCell } from '../charts/chart-table.js'
import { exactText, shortText } from '../charts/readings.js'

function text<K extends keyof HTMLElementTagNameMap>(name: K, content: string): HTMLElementTagNameMap[K] {
  const element = document.createElement(name)
  element.textContent = content
  return element
}

function headCell(content: string, scope: 'col' | 'row'): HTMLTableCellElement {
  const cell = document.createElement('th')
  cell.scope = scope
  cell.append(text('bdi', content))
  return cell
}

function bodyCell(cell: TableCell): HTMLTableCellElement {
  const element = document.createElement('td')
  if (typeof cell === 'string') element.append(text('bdi', cell))
  else {
    element.className = 'n'
    const data = text('data', shortText(cell.style, cell.value))
    data.value = exactText(cell.value)
    element.append(data)
  }
  return element
}

function rowOf([head = '', ...rest]: readonly TableCell[]): HTMLTableRowElement {
  const row = document.createElement('tr')
  row.append(headCell(typeof head === 'string' ? head : exactText(head.value), 'row'), ...rest.map(bodyCell))
  return row
}

/** A table element. */
export function tableElement({ columns, rows }: Table, caption: string): HTMLTableElement {
  const table = document.createElement('table')
  const head = table.createTHead().insertRow()
  head.append(...columns.map((column) => headCell(column, 'col')))
  table.createTBody().append(...rows.map(rowOf))
  table.prepend(text('caption', caption))
  return table
}
