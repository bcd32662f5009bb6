/**
 * The numbers of a chart as a table: for the eye what is drawn now, for a file everything the page has. A cell of text
 * is data from outside and is never a formula.
 */
import type { NumberStyle, Reading } from '../documents/readings.js'
import type { BarChart, Chart, ChartOf, HeatMap, Line, LineChart, SectionData } from './page-data.js'
import type { OfRun } from './series-names.js'
import { hasPanels } from './page-data.js'
import { frameNumber, frameText, runNames, seriesName, spreadNames } from './series-names.js'
import { chosenLine } from './panel-lines.js'
import { countsTable, matrixTable } from './matrix-table.js'
import { binsTable, momentsTable } from './ridge-table.js'
import { allPointsTable, pointsTable } from './scatter-table.js'
import { allPairsTable, pairTable, parallelTable } from './sweep/sweep-tables.js'
import { type ViewState, chartOf, frameOf, shownLines } from './view-state.js'

/** A cell: text, or a number in a style; null where there is none. */
export type TableCell = string | { readonly value: Reading; readonly style: NumberStyle }

/** A table with its header; the first cells of rows head them. */
export interface Table {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly TableCell[])[]
}

function positionName(chart: LineChart, list: number, x: number): string {
  const index = chart.xs[list]?.indexOf(x) ?? -1
  return chart.names?.[list]?.[index] ?? ''
}

/** `3 dense3` where a position has one name in all lines, `3` where it has none or several. */
function rowHead(chart: LineChart, lines: readonly Line[], x: number): string {
  const names = new Set(lines.map((line) => positionName(chart, line.x, x)).filter((name) => name !== ''))
  const [name] = names
  return names.size === 1 && name !== undefined ? `${x} ${name}` : String(x)
}

function lineColumns(section: SectionData, chart: LineChart, line: Line): string[] {
  const name = seriesName(section, line)
  if (line.spread === undefined) return [name]
  const { reading, low, high } = spreadNames(chart)
  const ends = line.spread.low === undefined ? [high] : [low, high]
  return [reading, ...ends].map((each) => `${name}, ${each}`)
}

function lineCells(chart: LineChart, line: Line, frame: number, x: number): TableCell[] {
  const at = chart.xs[line.x]?.indexOf(x) ?? -1
  const cell = (value: Reading | undefined): TableCell => ({ value: value ?? null, style: chart.y.style })
  const ends = [line.spread?.low, line.spread?.high].filter((end) => end !== undefined)
  return [cell(line.frames[frame]?.[at]), ...ends.map((end) => cell(end[at]))]
}

function linesTable(section: SectionData, chart: LineChart, state: ViewState): Table {
  const lines = shownLines(section, chart, state)
  const frame = frameOf(chart, state)
  const xs = [...new Set(lines.flatMap(({ x }) => chart.xs[x] ?? []))].toSorted((a, b) => a - b)
  return {
    columns: [
      chart.names === undefined ? chart.x.label : 'layer',
      ...lines.flatMap((line) => lineColumns(section, chart, line)),
    ],
    rows: xs.map((x) => [rowHead(chart, lines, x), ...lines.flatMap((line) => lineCells(chart, line, frame, x))]),
  }
}

/** Layers by steps of a heat map's line. */
function heatTable(chart: LineChart, line: Line): Table {
  const names = chart.names?.[line.x] ?? []
  return {
    columns: ['layer', ...chart.steps.map((_, i) => frameText(chart, i))],
    rows: names.map((name, row) => [
      name,
      ...line.frames.map((frame): TableCell => ({ value: frame[row] ?? null, style: chart.y.style })),
    ]),
  }
}

function barsTable(section: SectionData, { label, style, bars }: BarChart): Table {
  return {
    columns: ['run', label],
    rows: bars.map(({ series, value }) => [seriesName(section, { series }), { value, style }]),
  }
}

/** A table with its caption. */
export interface NamedTable {
  readonly caption: string
  readonly table: Table
}

/** The content of one panel of a chart; charts without panels have one. */
type Shown<C> = (section: SectionData, chart: C, state: ViewState, panel: number) => NamedTable[]

function panelTable(section: SectionData, { title }: Chart, line: OfRun, table: Table, step = ''): NamedTable[] {
  return [{ caption: `${title}: ${seriesName(section, line)}${step}`, table }]
}

function shownRidges(section: SectionData, chart: ChartOf<'ridges'>, state: ViewState, panel: number): NamedTable[] {
  const [line, frame] = [chart.lines[chosenLine(chart, state, panel)], frameOf(chart, state)]
  if (line === undefined) return []
  return panelTable(section, chart, line, momentsTable(chart, line, frame), `, ${frameText(chart, frame)}`)
}

function shownHeat(section: SectionData, chart: HeatMap, state: ViewState, panel: number): NamedTable[] {
  const source = chartOf(section, 'lines', chart.source)
  const line = source?.lines[chosenLine(chart, state, panel)]
  return source === undefined || line === undefined ? [] : panelTable(section, chart, line, heatTable(source, line))
}

/** The table of the run that a panel shows. */
function shownRun<
  L extends OfRun,
  C extends Chart & { readonly lines: readonly L[]; readonly panels: readonly number[] },
>(tableOf: (chart: C, line: L) => Table): Shown<C> {
  return (section, chart, state, panel) => {
    const line = chart.lines[chosenLine(chart, state, panel)]
    return line === undefined ? [] : panelTable(section, chart, line, tableOf(chart, line))
  }
}

function lineRecords(section: SectionData, chart: LineChart, line: Line): TableCell[][] {
  const { style } = chart.y
  const head = runNames(section, line)
  return line.frames.flatMap((frame, i) =>
    frame.map((value, at): TableCell[] => [
      ...head,
      chart.steps[i] === undefined ? '' : String(frameNumber(chart, i)),
      String(chart.xs[line.x]?.[at] ?? ''),
      chart.names?.[line.x]?.[at] ?? '',
      { value, style },
      ...[line.spread?.low, line.spread?.high].map((end): TableCell =>
        end === undefined ? '' : { value: end[at] ?? null, style },
      ),
    ]),
  )
}

/** Every number of a chart of lines, one a row. */
function wholeLines(section: SectionData, source: LineChart, { kind }: Chart = source): Table {
  const position = source.names === undefined ? source.x.label : 'layer'
  return {
    columns: [
      'arm',
      'backend',
      'seed',
      kind === 'lines' && source.framed === 'trained' ? 'steps trained' : 'probed step',
      position,
      'name',
      source.y.label,
      spreadNames(source).low,
      spreadNames(source).high,
    ],
    rows: source.lines.flatMap((line) => lineRecords(section, source, line)),
  }
}

function wholeHeat(section: SectionData, chart: HeatMap): Table {
  const source = chartOf(section, 'lines', chart.source)
  return source === undefined ? { columns: [], rows: [] } : wholeLines(section, source, chart)
}

/** The tables of a chart: what it shows now, and every number of it. */
interface Tables<C> {
  readonly shown: Shown<C>
  readonly whole: (section: SectionData, chart: C) => Table
}

/** Tables by kind of chart. */
const tables: { readonly [K in Chart['kind']]: Tables<ChartOf<K>> } = {
  lines: {
    shown: (section, chart, state) => [{ caption: chart.title, table: linesTable(section, chart, state) }],
    whole: wholeLines,
  },
  bars: {
    shown: (section, chart) => [{ caption: chart.title, table: barsTable(section, chart) }],
    whole: barsTable,
  },
  heat: { shown: shownHeat, whole: wholeHeat },
  ridges: { shown: shownRidges, whole: binsTable },
  matrix: { shown: shownRun(matrixTable), whole: countsTable },
  scatter: { shown: shownRun(pointsTable), whole: allPointsTable },
  pairs: { shown: shownRun(pairTable), whole: allPairsTable },
  parallel: {
    shown: (section, chart) => [{ caption: chart.title, table: parallelTable(section, chart) }],
    whole: parallelTable,
  },
}

function tablesOf({ kind }: Chart): Tables<Chart> {
  // Kind and functions are of one entry, which the type of a union cannot say.
  return tables[kind] as Tables<Chart>
}

/** The numbers that a chart shows now: a table for each of its panels, where it has panels. */
export function shownTables(section: SectionData, chart: Chart, state: ViewState): NamedTable[] {
  const panels = hasPanels(chart) ? [...chart.panels.keys()] : [0]
  return panels.flatMap((panel) => tablesOf(chart).shown(section, chart, state, panel))
}

/** Every number of a chart, one a row. */
export function wholeTable(section: SectionData, chart: Chart): Table {
  return tablesOf(chart).whole(section, chart)
}

/** Text that a spreadsheet would take for a formula gets an apostrophe in front: names are data. */
function csvText(text: string): string {
  const plain = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(plain) ? `"${plain.replace(/"/g, '""')}"` : plain
}

function csvCell(cell: TableCell): string {
  if (typeof cell === 'string') return csvText(cell)
  return cell.value === null ? '' : String(cell.value)
}

/** The table as CSV (RFC 4180), numbers with all their digits. */
export function csvOf({ columns, rows }: Table): string {
  return [columns.map(csvText), ...rows.map((row) => row.map(csvCell))].map((row) => `${row.join(',')}\r\n`).join('')
}
