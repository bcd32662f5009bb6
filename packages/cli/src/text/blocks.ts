/** Blocks of a report: a document becomes blocks once, and these become text for a terminal or Markdown. */
import { type Column, heading, table, wrap } from './layout.js'
import { markdownCell } from './markdown.js'
import { paint, printable, type TerminalStyle } from './terminal-style.js'

/** A table of texts, the first column being names. */
export interface FigureTable {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** A column: its title, and its text in the row of an item. */
export type FigureColumn<T> = readonly [title: string, text: (item: T) => string]

/** A table with a row for each item. */
export function tableOf<T>(items: readonly T[], columns: readonly FigureColumn<T>[]): FigureTable {
  return { columns: columns.map(([title]) => title), rows: items.map((item) => columns.map(([, text]) => text(item))) }
}

/** A part of a report. One without rows, sentences or lines leaves nothing. */
export type Block =
  | { readonly heading: string }
  /** `wide`: for Markdown alone, since no terminal is wide enough. */
  | { readonly table: FigureTable; readonly wide?: boolean }
  | { readonly sentences: readonly string[]; readonly warning?: boolean }
  | { readonly drawing: (look: TerminalStyle) => readonly string[] }

/** The lines, and an empty one after them where there are any. */
function spaced(lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? lines : [...lines, '']
}

/** The text, ending with one line break. */
function textOf(lines: readonly string[]): string {
  return `${lines.join('\n').trimEnd()}\n`
}

/** Sentences within the width, the lines that go on set in. */
export function paragraphs(look: TerminalStyle, texts: readonly string[]): string[] {
  const narrow = { ...look, width: look.width - 2 }
  return texts.flatMap((text) => wrap(narrow, printable(text), 2).map((line) => `  ${line}`))
}

function terminalTable(look: TerminalStyle, { columns, rows }: FigureTable): string[] {
  const described = columns.map((title, i): Column => (i === 0 ? { title } : { title, align: 'right' }))
  return rows.length === 0 ? [] : table(look, described, rows)
}

function terminalLines(look: TerminalStyle, block: Block): readonly string[] {
  if ('heading' in block) return [heading(look, block.heading)]
  if ('drawing' in block) return block.drawing(look)
  if ('table' in block) return block.wide === true ? [] : terminalTable(look, block.table)
  const lines = paragraphs(look, block.sentences)
  return block.warning === true ? lines.map((line) => paint(look, 'yellow', line)) : lines
}

/** Blocks as text for a terminal. */
export function terminalText(look: TerminalStyle, blocks: readonly Block[]): string {
  return textOf(blocks.flatMap((block) => spaced(terminalLines(look, block))))
}

/** A table with cells padded to the widths of their columns, as formatters of Markdown leave them. */
function markdownTable({ columns, rows }: FigureTable): string[] {
  if (rows.length === 0) return []
  const cells = [columns, ...rows].map((row) => row.map(markdownCell))
  const widths = columns.map((_, i) =>
    Math.max(3, ...cells.flatMap((row) => row.slice(i, i + 1)).map(({ length }) => length)),
  )
  const line = (row: readonly string[]): string => {
    const padded = widths.map((width, i) => (i === 0 ? row[i]?.padEnd(width) : row[i]?.padStart(width)))
    return `| ${padded.join(' | ')} |`
  }
  const rule = widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
  const [head = [], ...body] = cells
  return [line(head), line(rule), ...body.map(line)]
}

const plain: TerminalStyle = { terminal: false, color: false, unicode: true, width: 80 }

function markdownLines(block: Block): readonly string[] {
  if ('heading' in block) return [`### ${markdownCell(block.heading)}`]
  if ('table' in block) return markdownTable(block.table)
  if ('sentences' in block) return block.sentences.map((text) => `- ${markdownCell(text)}`)
  return ['```text', ...block.drawing(plain), '```']
}

/** Blocks as Markdown. */
export function markdownText(blocks: readonly Block[]): string {
  return textOf(blocks.flatMap((block) => spaced(markdownLines(block))))
}
