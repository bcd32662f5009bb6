/** Tables of Markdown. */

/** Text in a cell of a table: no bars, no line breaks, nothing that would be read as HTML. */
export function markdownCell(text: string): string {
  return text.replace(/[|\\]/g, '\\$&').replace(/</g, '&lt;').replace(/\s+/g, ' ')
}

function line(cells: readonly string[]): string {
  return `| ${cells.map(markdownCell).join(' | ')} |`
}

/** A table. */
export function markdownTable(columns: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [line(columns), `|${columns.map(() => ' --- ').join('|')}|`, ...rows.map(line)]
}
