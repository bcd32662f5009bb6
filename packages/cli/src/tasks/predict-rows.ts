/** The task of predicting rows: of a file, of the command line, or of standard input, to CSV or JSON lines. */
import { InputError, predict, type Prediction, type Registry, stringifyDocument } from '@isograd/core'
import { bytesSource, type FinishedRun, readSamples } from '@isograd/core/node'
import { stringifyExactly } from '@isograd/core/compare'
import { withBackends } from '../backends/choose-backends.js'
import { PREDICT_ROWS_SCHEMA, type PredictRowsDocument } from '../documents/predict-document.js'
import { writeSealed } from '../documents/write-sealed.js'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import { printWritten } from '../terminal/print-result.js'
import { namedPrediction } from '../training/shown-sample.js'
import { output } from '../errors/output.js'

const MOST_BYTES = 2 ** 28

/** Rows, and where their predictions go. */
export interface RowsOptions {
  /** A file, or `-` for standard input. */
  readonly rows: string | undefined
  /** Rows of the command line: `area=120,rooms=3`. */
  readonly row: readonly string[] | undefined
  readonly to: 'csv' | 'jsonl' | undefined
  readonly out: string | undefined
  readonly backend: string
  readonly json: boolean
  readonly timeoutSeconds: number | undefined
  readonly note: (text: string) => void
}

type Head = FinishedRun['network']['task']['head']

function quoted(text: string): string {
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** Rows of the command line as a table: every row names its columns. @throws InputError */
function tableOf(rows: readonly string[]): string {
  const parsed = rows.map((row) =>
    row.split(',').map((pair): [string, string] => {
      const at = pair.indexOf('=')
      if (at > 0) return [pair.slice(0, at).trim(), pair.slice(at + 1).trim()]
      throw new InputError('isograd', `--row: expected column=value,column=value, got "${row}"`)
    }),
  )
  const names = (parsed[0] ?? []).map(([name]) => name)
  const odd = parsed.find((pairs) => pairs.map(([name]) => name).join() !== names.join())
  if (odd !== undefined) {
    const got = odd.map(([name]) => name).join()
    throw new InputError('isograd', `--row: expected the columns of the first row, ${names.join()}, got ${got}`)
  }
  return [names, ...parsed.map((pairs) => pairs.map(([, value]) => value))]
    .map((cells) => `${cells.map(quoted).join(',')}\n`)
    .join('')
}

/** Standard input may never end. @throws InputError behind so many bytes. */
async function standardInputBytes(): Promise<Buffer> {
  const pieces: Buffer[] = []
  let size = 0
  for await (const piece of process.stdin as AsyncIterable<Buffer>) {
    pieces.push(piece)
    size += piece.length
    if (size > MOST_BYTES) throw new InputError('isograd', `--rows: expected at most ${MOST_BYTES} bytes, got more`)
  }
  return Buffer.concat(pieces)
}

/** Standard input is JSON lines where it begins as such, else a table. */
async function standardInput() {
  const bytes = await standardInputBytes()
  const isJson = /^\s*\{/.test(bytes.subarray(0, 64).toString('latin1'))
  return bytesSource(isJson ? 'standard-input.jsonl' : 'standard-input.csv', bytes)
}

/** Options of CSV that say how cells lie in a file, not what they mean. */
const LAYOUT: ReadonlySet<string> = new Set(['delimiter', 'header', 'names', 'decimal', 'columns'])

/** Rows of the command line are a table of our own making, of which what cells mean is all that the training can say. */
async function samplesOf({ rows, row = [] }: RowsOptions, { network }: FinishedRun, registry: Registry) {
  if (row.length === 0) {
    return readSamples(rows === undefined || rows === '-' ? await standardInput() : rows, network, registry)
  }
  const options = Object.entries(network.arm.data.options ?? {}).filter(([name]) => !LAYOUT.has(name))
  const spec = { format: 'csv', options: Object.fromEntries(options) }
  const source = bytesSource('--row', Buffer.from(tableOf(row)))
  return readSamples(source, network, registry, spec).catch((error: unknown) => {
    if (!(error instanceof InputError)) throw error
    throw new InputError('isograd', withoutLine(error.message.replace(/^\[\w+\] /, ''), row), { cause: error })
  })
}

/** A message on a row of the command line: the line is one of our own table; of several it is told which row it is. */
function withoutLine(message: string, { length }: readonly string[]): string {
  return message.replace(/^--row[,:] line (\d+)/, (_, line) => (length === 1 ? '--row' : `--row ${Number(line) - 1}`))
}

/** A prediction as fields: the category and the probability of each, or the numbers, head by head. */
function fieldsOf({ network: { task } }: FinishedRun, told: Prediction): [string, string | number][] {
  return task.heads.flatMap((head, i) =>
    headFields(head, told.heads?.[head.name] ?? told, i === 0 ? '' : `${head.name} `),
  )
}

function headFields(head: Head, told: Prediction, mark: string): [string, string | number][] {
  const { prediction, shows, names } = namedPrediction(head, told)
  const each = prediction.values.map((value, i): [string, number] => {
    const name = names[i] ?? String(i)
    return [shows === 'numbers' ? name : `${mark}probability ${name}`, value]
  })
  if (shows !== 'categories' || prediction.category === undefined) return each
  return [[head.target?.name ?? 'category', names[prediction.category] ?? ''], ...each]
}

function csvText(rows: readonly [string, string | number][][]): string {
  const lines = [
    (rows[0] ?? []).map(([name]) => name),
    ...rows.map((fields) => fields.map(([, value]) => String(value))),
  ]
  return lines.map((cells) => `${cells.map(quoted).join(',')}\n`).join('')
}

const writers: Readonly<Record<'csv' | 'jsonl', (rows: readonly [string, string | number][][]) => string>> = {
  csv: csvText,
  jsonl: (rows) => rows.map((fields) => `${stringifyExactly(Object.fromEntries(fields))}\n`).join(''),
}

/** Predicts rows with a run. @throws InputError, BackendError */
export async function predictRows(run: FinishedRun, options: RowsOptions, registry: Registry): Promise<ExitStatus> {
  const { out, json, backend: name, timeoutSeconds, note } = options
  const samples = await samplesOf(options, run, registry)
  const choice = { names: [name], options: {}, precisions: [run.record.precision], timeoutSeconds, note }
  const predictions = await withBackends(choice, ([{ backend }]) =>
    predict(backend, { ...run.network, weights: run.weights }, samples.columns),
  )
  const to = options.to ?? (out?.endsWith('.jsonl') === true ? 'jsonl' : 'csv')
  const rowFields = predictions.map((prediction) => fieldsOf(run, prediction))
  const document: PredictRowsDocument = {
    schema: PREDICT_ROWS_SCHEMA,
    rows: rowFields.map((fields) => Object.fromEntries(fields)),
  }
  const text = out === undefined && json ? stringifyDocument(document) : writers[to](rowFields)
  if (out === undefined) {
    output.write(text)
    return exitStatus.ok
  }
  await writeSealed('--out', [{ path: out, content: text }])
  if (json) printWritten({ json }, out)
  return exitStatus.ok
}
