/** JSON, an object for each sample: one a line (JSON lines), or all of them in one list. */
import { describeValue } from '../check-dataset.js'
import type { RawColumn, RawTable } from '../raw.js'
import { orMissing, rawColumn } from '../raw-arrays.js'
import { type DataSource, extensionOf, failIn, format } from './format.js'
import { utf8Text } from '../../text/utf8.js'
import { thrownText } from '../../text/visible.js'

type Sample = Readonly<Record<string, unknown>>

/** A sample and its place in the file. */
interface PlacedSample {
  readonly sample: Sample
  readonly place: string
}

function asSample(file: string, place: string, value: unknown): PlacedSample {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { sample: value as Sample, place }
  return failIn(file, `${place}: expected an object, got ${Array.isArray(value) ? 'a list' : JSON.stringify(value)}`)
}

function parse(file: string, place: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    return failIn(file, `${place}: expected JSON: ${thrownText(error)}`, error)
  }
}

async function* linesOf(source: DataSource): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let rest = ''
  try {
    for await (const chunk of source.chunks()) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split(/\r?\n/)
      rest = lines.pop() ?? ''
      yield* lines
    }
    yield rest + decoder.decode()
  } catch (error) {
    if (error instanceof TypeError) failIn(source.file, 'expected text in UTF-8, got other bytes', error)
    throw error
  }
}

async function samplesOf(source: DataSource): Promise<PlacedSample[]> {
  const { file, head } = source
  if (/^\s*\[/.test(new TextDecoder().decode(head))) {
    const text = utf8Text(await source.bytes(), (problem) => failIn(file, problem))
    const list = parse(file, 'the file', text)
    return (list as unknown[]).map((value, i) => asSample(file, `item ${i}`, value))
  }
  const samples: PlacedSample[] = []
  let line = 0
  for await (const text of linesOf(source)) {
    line++
    if (text.trim() !== '') samples.push(asSample(file, `line ${line}`, parse(file, `line ${line}`, text)))
  }
  return samples
}

/** Levels of lists in a value: no field has an array of more dimensions. */
const MOST_LEVELS = 16

/** The shape of a number or of lists of numbers. @param fail refuses what is neither. */
function shapeOf(value: unknown, fail: (problem: string) => never, level = 0): string {
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) return ''
  if (typeof value === 'number') return fail('expected a number that float64 holds, got a larger one')
  if (!Array.isArray(value)) return fail(`expected numbers, text or lists of numbers, got ${describeValue(value)}`)
  if (level === MOST_LEVELS) return fail(`expected at most ${MOST_LEVELS} levels of lists, got more`)
  const [first = '', ...others] = new Set(value.map((each) => shapeOf(each, fail, level + 1)))
  return others.length === 0 ? `[${value.length}]${first}` : fail('expected lists of one length within a list')
}

function inWords(shape: string): string {
  return shape === '' ? 'a number' : `lists of the shape ${shape}`
}

function requireOneShape(values: readonly unknown[], failAt: (sample: number, problem: string) => never): void {
  let known: string | undefined
  for (const [i, value] of values.entries()) {
    if (value === null) continue
    const shape = shapeOf(value, (problem) => failAt(i, problem))
    known ??= shape
    if (shape !== known)
      failAt(i, `expected ${inWords(known)}, as in the first sample that has it, got ${inWords(shape)}`)
  }
  const missing = known === undefined || known === '' ? -1 : values.indexOf(null)
  if (missing >= 0) failAt(missing, 'expected a list of numbers as in other samples, got nothing')
}

/** The values of a field; what is null or not there is missing. */
function columnOf(file: string, name: string, samples: readonly PlacedSample[]): RawColumn {
  const failAt = (i: number, problem: string): never => failIn(file, `${samples[i]?.place}, "${name}": ${problem}`)
  const values = samples.map(({ sample }) => (Object.hasOwn(sample, name) ? sample[name] : null))
  const isText = values.some((value) => typeof value === 'string')
  const odd = isText ? values.findIndex((value) => value !== null && typeof value !== 'string') : -1
  if (odd >= 0) failAt(odd, `expected text as in other samples, got ${describeValue(values[odd])}`)
  if (!isText) requireOneShape(values, failAt)
  return rawColumn(`${file}, "${name}"`, isText ? values : values.map(orMissing))
}

/** `"format": "jsonLines"` */
export const jsonLines = format({
  about: 'JSON, an object for each sample: one a line (.jsonl, .ndjson), or a list of them (.json)',
  matches: ({ file, names }) => names === undefined && ['.jsonl', '.ndjson', '.json'].includes(extensionOf(file)),
  read: async (source) => {
    const { file } = source
    const samples = await samplesOf(source)
    if (samples.length === 0) failIn(file, 'the file is empty; expected an object for each sample')
    const names = new Set(samples.flatMap(({ sample }) => Object.keys(sample)))
    const columns = [...names].map((name) => [name, columnOf(file, name, samples)] as const)
    const train: RawTable = {
      count: samples.length,
      columns: Object.fromEntries(columns),
      file,
      placeOf: (row) => String(samples[row]?.place),
    }
    return { train }
  },
})
