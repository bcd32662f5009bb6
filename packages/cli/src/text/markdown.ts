/** Tables of Markdown. */
import { visible } from '@isograd/core/text'

/** Text in a cell of a table: no bars, no line breaks, nothing that would be read as HTML, a link or a picture. */
export function markdownCell(text: string): string {
  return visible(text.replace(/\s+/g, ' '))
    .replace(/[|\\[]/g, '\\$&')
    .replace(/</g, '&lt;')
}

function line(cells: readonly string[]): string {
  return `| ${cells.map(markdownCell).join(' | ')} |`
}

/** A table. */
export function markdownTable(columns: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [line(columns), `|${columns.map(() => ' --- ').join('|')}|`, ...rows.map(line)]
}
