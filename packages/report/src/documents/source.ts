/**
 * The sources of a page: documents that runs and checks have left, read with suspicion. Records are checked field by
 * field, and of the rest only text and numbers are taken.
 */
import { InputError, parseRecord, type RunRecord } from '@isograd/core'
import { CHECK_SCHEMA, RECORD_SCHEMA } from '@isograd/core/compare'
import { type CheckSource, readCheck } from './check-document.js'
import { type Environment, readEnvironment } from './environment.js'
import { isFields, listOf, textOrUnknown } from './fields.js'
import { RUNS_SCHEMA, type RunFailure } from './runs-document.js'

/** One document. */
export interface Source {
  /** The document's name on the page: a file or a directory. */
  readonly name: string
  /** Absent for a lone record. */
  readonly environment?: Environment
  readonly runs: readonly RunRecord[]
  readonly failures: readonly RunFailure[]
  readonly checks: readonly CheckSource[]
}

/** The beginning of a lone record; only what begins otherwise has to be parsed to be told what it is. */
const recordHead = new RegExp(String.raw`^\s*\{\s*"schema"\s*:\s*"${RECORD_SCHEMA}"`)

function lone(text: string, name: string): Source {
  return { name, runs: [parseRecord(text, name)], failures: [], checks: [] }
}

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new InputError('report', `${name}: expected JSON: ${reason}`, { cause: error })
  }
}

function readRuns(value: unknown, name: string): RunRecord[] {
  if (!Array.isArray(value)) throw new InputError('report', `${name}: expected a list of runs in the field "runs"`)
  return value.map((run, i) => parseRecord(JSON.stringify(run), `${name}: runs[${i}]`))
}

function readFailures(value: unknown): RunFailure[] {
  return listOf(value).map(({ preset, arm, backend, message }) => ({
    preset: textOrUnknown(preset),
    arm: textOrUnknown(arm),
    backend: textOrUnknown(backend),
    message: textOrUnknown(message),
  }))
}

/**
 * Reads a document of runs or of a check, or a lone record; `name` is what messages and the page call it.
 * @throws InputError naming what is wrong.
 */
export function readSource(text: string, name: string): Source {
  if (recordHead.test(text)) return lone(text, name)
  const value = parseJson(text, name)
  if (!isFields(value)) return lone(text, name)
  const head = { name, ...readEnvironment(value['environment']) }
  if (value['schema'] === CHECK_SCHEMA) return { ...head, runs: [], failures: [], checks: [readCheck(value)] }
  if (value['schema'] !== RUNS_SCHEMA) return lone(text, name)
  return { ...head, runs: readRuns(value['runs'], name), failures: readFailures(value['failures']), checks: [] }
}
