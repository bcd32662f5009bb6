/** JSON, an object for each sample: one a line (JSON lines), or all of them in one list. */
import type { RawColumn, RawTable } from '../raw.js'
import { orMissing, rawColumn } from '../raw-arrays.js'
import { type DataSource, extensionOf, failIn, format } from './format.js'

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
    return failIn(file, `${place}: expected JSON: ${error instanceof Error ? error.message : String(error)}`, error)
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
    const list = parse(file, 'the file', new TextDecoder().decode(await source.bytes()))
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

/** The values of a field; what is null or not there is missing. */
function columnOf(file: string, name: string, samples: readonly PlacedSample[]): RawColumn {
  const values = samples.map(({ sample }) => sample[name] ?? null)
  const isText = values.some((value) => typeof value === 'string')
  const odd = isText ? values.findIndex((value) => value !== null && typeof value !== 'string') : -1
  if (odd >= 0) {
    const got = JSON.stringify(values[odd])
    failIn(file, `${samples[odd]?.place}, "${name}": expected text as in other samples, got ${got}`)
  }
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
