/** Lines of text in columns: tables, headings, wrapped paragraphs. No line is wider than the look allows. */
import { type Format, type Look, paint, symbols } from '../look.js'

/** A cell; a format colours it without changing its width. */
export type Cell = string | { readonly text: string; readonly format: Format }

/** A column of a table. */
export interface Column {
  readonly title: string
  readonly align?: 'left' | 'right'
}

const GAP = 3

function textOf(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell.text
}

/** At most `width` characters, an ellipsis standing for what is cut. */
export function clip(look: Look, text: string, width: number): string {
  const { ellipsis } = symbols(look)
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - ellipsis.length))}${ellipsis}`
}

function pad(text: string, width: number, align: Column['align']): string {
  return align === 'right' ? text.padStart(width) : text.padEnd(width)
}

/** Widths of columns; the first gives way when the line would be too long. */
function columnWidths(look: Look, columns: readonly Column[], rows: readonly (readonly Cell[])[], indent: number) {
  const natural = columns.map(({ title }, i) =>
    Math.max(title.length, ...rows.map((row) => textOf(row[i] ?? '').length)),
  )
  const total = indent + natural.reduce((sum, width) => sum + width, 0) + GAP * (columns.length - 1)
  const [first = 0, ...others] = natural
  return [Math.max(8, first - Math.max(0, total - look.width)), ...others]
}

/** A table with a dim header; `indent` spaces stand before every line. */
export function table(
  look: Look,
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  indent = 2,
): string[] {
  const widths = columnWidths(look, columns, rows, indent)
  const line = (cells: readonly Cell[], header: boolean): string => {
    const parts = columns.map(({ align }, i) => {
      const cell = cells[i] ?? ''
      const width = widths[i] ?? 0
      const text = pad(clip(look, textOf(cell), width), width, align)
      const padded = i === columns.length - 1 ? text.trimEnd() : text
      if (header) return paint(look, 'dim', padded)
      return typeof cell === 'string' ? padded : paint(look, cell.format, padded)
    })
    return `${' '.repeat(indent)}${parts.join(' '.repeat(GAP))}`.trimEnd()
  }
  const titles = columns.map(({ title }) => title)
  return [
    ...(titles.every((title) => title === '') ? [] : [line(titles, true)]),
    ...rows.map((row) => line(row, false)),
  ]
}

/** A heading that spans the width: `── relu ─────`. */
export function heading(look: Look, title: string): string {
  const { rule } = symbols(look)
  const shown = clip(look, title, look.width - 8)
  const tail = rule.repeat(Math.max(2, look.width - shown.length - 4))
  return `${paint(look, 'dim', rule.repeat(2))} ${paint(look, 'bold', shown)} ${paint(look, 'dim', tail)}`
}

/** Text broken between words, `indent` spaces before every line but the first. */
export function wrap(look: Look, text: string, indent: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > look.width - indent) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line].map((each, i) => (i === 0 ? each : `${' '.repeat(indent)}${each}`))
}

/** Labelled paragraphs: labels dim, text wrapped beside them. */
export function labelled(look: Look, entries: readonly (readonly [label: string, text: string])[]): string[] {
  const width = Math.max(...entries.map(([label]) => label.length)) + 3
  return entries.flatMap(([label, text]) => {
    const [first = '', ...rest] = wrap(look, text, width)
    return [`${paint(look, 'dim', label.padEnd(width))}${first}`, ...rest]
  })
}
