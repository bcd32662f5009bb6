/** Lines of text in columns: tables, headings, wrapped paragraphs. No line is wider than the style allows. */
import { type Format, paint, symbols, type TerminalStyle } from './terminal-style.js'

/** A cell; a format colours it without changing its width. */
export type Cell = string | { readonly text: string; readonly format: Format }

/** A column of a table. */
export interface Column {
  readonly title: string
  readonly align?: 'left' | 'right'
}

const WIDE_GAP = 3
const NARROW_GAP = 2
const NARROWEST = 6

function textOf(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell.text
}

/** At most `width` characters, an ellipsis standing for what is cut. */
export function clip(style: TerminalStyle, text: string, width: number): string {
  const { ellipsis } = symbols(style)
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - ellipsis.length))}${ellipsis}`
}

function pad(text: string, width: number, align: Column['align']): string {
  return align === 'right' ? text.padStart(width) : text.padEnd(width)
}

interface MeasuredColumn {
  width: number
  /** Width of its cells and of the longest part of its title, which may stand in several lines. */
  readonly untitled: number
  /** Width of that part alone, for texts. */
  readonly least: number
  readonly isText: boolean
}

/** Parts of a title, each with what ends it: words, and keys of a path, which tell columns apart. */
function titleParts(title: string): string[] {
  return title.split(/(?<=[ .])/)
}

/** A title in as many lines as its parts need. */
function titleLines(style: TerminalStyle, title: string, width: number): string[] {
  const lines = ['']
  for (const part of titleParts(title)) {
    const joined = `${lines.at(-1)}${part}`
    if (joined.trimEnd().length <= width || joined === part) lines[lines.length - 1] = joined
    else lines.push(part)
  }
  return lines.map((line) => clip(style, line.trimEnd(), width))
}

function longest(texts: readonly string[]): number {
  return Math.max(0, ...texts.map(({ length }) => length))
}

function measureColumn({ title, align }: Column, cells: readonly string[]): MeasuredColumn {
  const part = longest(titleParts(title).map((each) => each.trimEnd()))
  const untitled = Math.max(longest(cells), part)
  return {
    width: Math.max(title.length, untitled),
    untitled,
    least: Math.max(NARROWEST, part),
    isText: align !== 'right',
  }
}

/** Narrows the widest columns, none below its least width. @returns the characters that are still too many. */
function narrow(columns: readonly MeasuredColumn[], excess: number, least: (column: MeasuredColumn) => number): number {
  for (let left = excess; left > 0; left--) {
    const [widest] = columns.filter((column) => column.width > least(column)).toSorted((a, b) => b.width - a.width)
    if (widest === undefined) return left
    widest.width--
  }
  return 0
}

interface Measures {
  readonly widths: readonly number[]
  readonly gap: number
}

/** Widths of columns. Where a line would be too long, the gaps give way first, then titles, then the widest text, and at last parts of titles. */
function measure(room: number, columns: readonly Column[], rows: readonly (readonly Cell[])[]): Measures {
  const measured = columns.map((column, i) =>
    measureColumn(
      column,
      rows.map((row) => textOf(row[i] ?? '')),
    ),
  )
  const total = (gap: number): number => measured.reduce((sum, { width }) => sum + width, gap * (columns.length - 1))
  const gap = total(WIDE_GAP) <= room ? WIDE_GAP : NARROW_GAP
  const excess = narrow(measured, total(gap) - room, ({ untitled }) => untitled)
  const rest = narrow(measured, excess, ({ isText, least, width }) => (isText ? least : width))
  narrow(measured, rest, ({ isText, width }) => (isText ? NARROWEST : width))
  return { widths: measured.map(({ width }) => width), gap }
}

/** A text within a width: broken between words, and cut where a word is too long. */
function fitted(style: TerminalStyle, text: string, width: number): string[] {
  if (text.length <= width) return [text]
  return wrap({ ...style, width }, text, 0).map((line) => clip(style, line, width))
}

/** A table with a dim header; `indent` spaces stand before every line. Texts that are too long take several lines. */
export function table(
  style: TerminalStyle,
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  indent = 2,
): string[] {
  const { widths, gap } = measure(style.width - indent, columns, rows)
  const lines = (cells: readonly Cell[], fittedTo = fitted): string[] => {
    const fit = widths.map((width, i) => fittedTo(style, textOf(cells[i] ?? ''), width))
    return Array.from({ length: Math.max(...fit.map(({ length }) => length)) }, (_, at) => {
      const parts = widths.map((width, i) => {
        const cell = cells[i] ?? ''
        const text = pad(fit[i]?.[at] ?? '', width, columns[i]?.align)
        const padded = i === widths.length - 1 ? text.trimEnd() : text
        return typeof cell === 'string' || padded.trim() === '' ? padded : paint(style, cell.format, padded)
      })
      return `${' '.repeat(indent)}${parts.join(' '.repeat(gap))}`.trimEnd()
    })
  }
  const header = columns.map(({ title }): Cell => ({ text: title, format: 'dim' }))
  return [...lines(header, titleLines), ...rows.flatMap((cells) => lines(cells))]
}

/** A heading that spans the width: `── relu ─────`. */
export function heading(style: TerminalStyle, title: string): string {
  const { rule } = symbols(style)
  const shown = clip(style, title, style.width - 8)
  const tail = rule.repeat(Math.max(2, style.width - shown.length - 4))
  return `${paint(style, 'dim', rule.repeat(2))} ${paint(style, 'bold', shown)} ${paint(style, 'dim', tail)}`
}

/** Text broken between words, `indent` spaces before every line but the first. */
export function wrap(style: Pick<TerminalStyle, 'width'>, text: string, indent: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > style.width - indent) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line].map((each, i) => (i === 0 ? each : `${' '.repeat(indent)}${each}`))
}

/** Labelled paragraphs: labels dim, text wrapped beside them. */
export function labelled(style: TerminalStyle, entries: readonly (readonly [label: string, text: string])[]): string[] {
  const width = Math.max(...entries.map(([label]) => label.length)) + 3
  return entries.flatMap(([label, text]) => {
    const [first = '', ...rest] = wrap(style, text, width)
    return [`${paint(style, 'dim', label.padEnd(width))}${first}`, ...rest]
  })
}

/** Lines made for a narrower style, with `indent` spaces before each. */
export function indented(
  style: TerminalStyle,
  indent: number,
  lines: (narrow: TerminalStyle) => readonly string[],
): string[] {
  return lines({ ...style, width: style.width - indent }).map((line) =>
    line === '' ? line : `${' '.repeat(indent)}${line}`,
  )
}

/** `1 thread`, `2 threads`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
