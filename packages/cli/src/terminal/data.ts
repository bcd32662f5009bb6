/** The description of a file of data for people. */
import type { DataDocument } from '../documents/data-document.js'
import { table, wrap } from '../text/layout.js'
import { formatCount } from '../text/numbers.js'
import { paint, printable, type TerminalStyle } from '../text/terminal-style.js'

type Column = DataDocument['columns'][number]

const MOST_CATEGORIES = 5

function shortNumber(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(5)))
}

function contentText({ type, range, categories = [], distinct }: Column): string {
  const shown = categories
    .slice(0, MOST_CATEGORIES)
    .map(({ name, count }) => `${printable(name)} (${formatCount(count)})`)
  const rest = (distinct ?? categories.length) - shown.length
  const counted = shown.length === 0 ? '' : `${shown.join(', ')}${rest > 0 ? ` and ${formatCount(rest)} more` : ''}`
  if (type === 'text') return counted
  if (range === undefined) return 'nothing but missing values'
  const numbers = `${shortNumber(range.least)} to ${shortNumber(range.most)}, mean ${shortNumber(range.mean)}`
  return counted === '' ? numbers : `${shortNumber(range.least)} to ${shortNumber(range.most)}: ${counted}`
}

/** A value as YAML reads it: a text is plain where nothing in it means something else. */
function scalar(value: unknown): string {
  const isPlain =
    typeof value === 'string' &&
    /^[A-Za-z_./][\w ./-]*$/.test(value) &&
    !/^(?:true|false|null|yes|no|on|off)$/i.test(value)
  return isPlain ? value : JSON.stringify(value)
}

function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`
  if (typeof value !== 'object' || value === null) return scalar(value)
  return `{ ${Object.entries(value)
    .map(([key, each]) => `${scalar(key)}: ${flow(each)}`)
    .join(', ')} }`
}

function block(value: Readonly<Record<string, unknown>>, indent: string): string[] {
  return Object.entries(value).flatMap(([key, each]) => {
    const isDeep = key === 'fields' || key === 'data'
    if (!isDeep) return [`${indent}${scalar(key)}: ${flow(each)}`]
    return [`${indent}${scalar(key)}:`, ...block(each as Record<string, unknown>, `${indent}  `)]
  })
}

/** Columns that no training in finite numbers can read; none where all can be. */
function infiniteNote(columns: readonly Column[]): string[] {
  const found = columns.flatMap(({ name, infinite }) =>
    infinite === undefined ? [] : [`${name} (${formatCount(infinite)})`],
  )
  if (found.length === 0) return []
  return [`infinite values: ${found.join(', ')}. Replace them, or leave these columns out`]
}

/** The lines of the report. */
export function dataReport(
  style: TerminalStyle,
  { path, format, samples, columns, experiment }: DataDocument,
): string[] {
  const counts = Object.entries(samples).map(
    ([split, count]) => `${formatCount(count)} ${split === 'train' ? 'training' : split}`,
  )
  const count = Object.values(samples)
  const text = count.length === 1 ? `${formatCount(Number(count[0]))} samples` : `${counts.join(', ')} samples`
  const rows = columns.map((column) => [
    printable(column.name),
    `${column.type}${column.shape.length === 0 ? '' : `[${column.shape.join(', ')}]`}`,
    column.missing === 0 ? '' : formatCount(column.missing),
    contentText(column),
  ])
  const titles = [
    { title: 'column' },
    { title: 'type' },
    { title: 'missing', align: 'right' },
    { title: 'values' },
  ] as const
  const { data, task } = experiment
  return [
    `${paint(style, 'bold', printable(path))}: ${format}, ${text}`,
    '',
    ...table(style, titles, rows),
    ...infiniteNote(columns).flatMap((note) => ['', ...wrap(style, printable(note), 2)]),
    '',
    paint(style, 'dim', 'in an experiment file:'),
    '',
    ...block({ data, task }, ''),
  ]
}
