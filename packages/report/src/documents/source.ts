/**
 * The sources of a page: documents that runs, checks, sweeps and atlases have left, read with suspicion. Records are checked field by
 * field, and of the rest only text and numbers are taken.
 */
import { builtins, InputError, type Registry, type RunRecord } from '@isograd/core'
import { CHECK_SCHEMA, parseExactly, readRecord } from '@isograd/core/compare'
import { ATLAS_SCHEMA, type AtlasSource, readAtlas } from './atlas-source.js'
import { type CheckSource, readCheck } from './check-document.js'
import { readSweep, SWEEP_SCHEMA, type SweepSource } from './sweep-source.js'
import { type Environment, readEnvironment } from './environment.js'
import { isFields, listOf, pick, textOrUnknown } from './fields.js'
import { RUNS_SCHEMA, type RunFailure } from './runs-document.js'
import { thrownText } from '@isograd/core/text'

/** One document. */
export interface Source {
  /** The document's name on the page: a file or a directory. */
  readonly name: string
  /** Absent for a lone record. */
  readonly environment?: Environment
  readonly runs: readonly RunRecord[]
  readonly failures: readonly RunFailure[]
  readonly checks: readonly CheckSource[]
  /** Absent: none. */
  readonly sweeps?: readonly SweepSource[]
  readonly atlases?: readonly AtlasSource[]
}

/** Forms of documents: today's, and those before, in which what the page shows had the same place. */
const runsForms: readonly unknown[] = [RUNS_SCHEMA, 'isograd.runs/1']
const checkForms: readonly unknown[] = [CHECK_SCHEMA, 'isograd.check/1']

function parseJson(text: string, name: string): unknown {
  try {
    return parseExactly(text)
  } catch (error) {
    throw new InputError('report', `${name}: expected JSON: ${thrownText(error)}`, { cause: error })
  }
}

function readRuns(value: unknown, name: string, registry: Registry): RunRecord[] {
  if (!Array.isArray(value)) throw new InputError('report', `${name}: expected a list of runs in the field "runs"`)
  const places = new Map<string, number>()
  return value.map((run, i) => {
    const text = JSON.stringify(run)
    const first = places.get(text)
    if (first !== undefined) throw new InputError('report', `${name}: runs[${i}] is runs[${first}] again`)
    places.set(text, i)
    return readRecord(run, `${name}: runs[${i}]`, registry)
  })
}

function readFailures(value: unknown): RunFailure[] {
  return listOf(value).map((each) => pick(each, textOrUnknown, 'preset', 'arm', 'backend', 'message'))
}

/**
 * Reads a document of runs, of a check, of a sweep or of an atlas, or a lone record; `name` is what messages and the page call it. Records that were
 * made with modules need a registry that has them.
 * @throws InputError naming what is wrong.
 */
export function readSource(text: string, name: string, registry: Registry = builtins): Source {
  const value = parseJson(text, name)
  const fields = isFields(value) ? value : {}
  const nothing = { name, ...readEnvironment(fields['environment']), runs: [], failures: [], checks: [] }
  if (fields['schema'] === SWEEP_SCHEMA) return { ...nothing, sweeps: [readSweep(fields)] }
  if (fields['schema'] === ATLAS_SCHEMA) return { ...nothing, atlases: [readAtlas(fields)] }
  if (checkForms.includes(fields['schema'])) return { ...nothing, checks: [readCheck(fields)] }
  if (!runsForms.includes(fields['schema']))
    return { name, runs: [readRecord(value, name, registry)], failures: [], checks: [] }
  const [runs, failures] = [readRuns(fields['runs'], name, registry), readFailures(fields['failures'])]
  if (runs.length + failures.length === 0)
    throw new InputError('report', `${name}: there is no run in the field "runs"`)
  return { ...nothing, runs, failures }
}
