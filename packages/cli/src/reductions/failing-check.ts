/**
 * Facts on a check that failed, from what it has left: a document of `conformance` or `check`, or a run. Documents may
 * come from anyone: presets, cases and backends of ours are taken from them, and no path of a module or of data.
 */
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { InputError, presets } from '@isograd/core'
import { isFields, readJson } from '../disk/read-json.js'
import { registry as knownBackends } from '../backends/registry.js'
import { missingText } from '@isograd/core/node'

/** A check that failed. */
export interface FailingCheck {
  /** The backend at fault, if it is one of ours. */
  readonly backend?: string
  /** Ids of conformance cases; absent of a training. */
  readonly cases?: readonly string[]
  /** The path of a run, if it is one. */
  readonly run?: string
  /** The preset of a check, and what else tells its training from others. */
  readonly experiment?: string
  readonly options: Readonly<Record<string, string>>
  /** Changes of the experiment, as `--set` takes them. */
  readonly sets: readonly string[]
  readonly arms: readonly string[]
  /** Steps up to the last in which something was found. */
  readonly steps: number
  /** The operations at fault; none where it is not known which. */
  readonly operations: readonly string[]
}

type Document = Readonly<Record<string, unknown>>

function list(value: unknown): readonly Document[] {
  return Array.isArray(value) ? value.filter(isFields) : []
}

function texts(values: readonly unknown[]): string[] {
  return [...new Set(values.filter((value) => typeof value === 'string'))]
}

function ours(names: readonly string[]): { readonly backend?: string } {
  const backend = names.find((name) => Object.hasOwn(knownBackends, name))
  return backend === undefined ? {} : { backend }
}

/** The words of the command line that made a document. */
function commandLine({ environment }: Document): string[] {
  const line = isFields(environment) ? environment['commandLine'] : undefined
  return Array.isArray(line) ? line.slice(2).map(String) : []
}

/** Options of a check that change what is trained; each takes one word and names no file. */
const TAKEN = ['dataset', 'precision', 'batch-size', 'seed'] as const

/** The values of an option, as often as it was given. */
function valuesOf(words: readonly string[], name: string): string[] {
  return words.flatMap((word, at) => {
    if (word.startsWith(`--${name}=`)) return [word.slice(name.length + 3)]
    return word === `--${name}` ? words.slice(at + 1, at + 2) : []
  })
}

function optionsIn(words: readonly string[]): Record<string, string> {
  return Object.fromEntries(TAKEN.flatMap((name) => valuesOf(words, name).map((value) => [name, value])))
}

/** Changes of the experiment, but for those that could name a file. @throws InputError for such a one */
function setsIn(words: readonly string[]): string[] {
  const sets = valuesOf(words, 'set')
  // In values too, which may be whole arms; a backslash may spell such a name.
  const naming = sets.find((each) => /data|initialWeights|\\/.test(each))
  if (naming === undefined) return sets
  throw new InputError(
    'isograd',
    `reduce: the check was made with --set ${naming}, which may name a file; where you trust it, make the check again`,
  )
}

function ofConformance(document: Document): FailingCheck {
  const failed = list(document['results']).filter(({ status }) => status === 'failed')
  const cases = texts(failed.map(({ id }) => id))
  return { ...ours(commandLine(document)), cases, options: {}, sets: [], arms: [], steps: 1, operations: [] }
}

function ofCheck(document: Document): FailingCheck {
  const words = commandLine(document)
  const faults = list(document['findings']).filter(
    ({ severity, operation }) => severity === 'fault' && operation !== undefined,
  )
  const steps = faults.flatMap(({ step }) => (typeof step === 'number' ? [step + 1] : []))
  const experiment = words.find((word) => presets.some(({ name }) => name === word))
  // Where nothing was found with the version that was checked, it is the one backend that was not held against itself.
  const checked = texts(list(document['backends']).map(({ name }) => name)).filter((name) => name !== 'reference')
  const guilty = faults.length > 0 ? texts(faults.map(({ backend }) => backend)) : checked
  return {
    ...ours(guilty),
    ...(experiment !== undefined && { experiment }),
    options: optionsIn(words),
    sets: setsIn(words),
    arms: texts(faults.map(({ arm }) => arm)),
    steps: Math.max(1, ...steps),
    operations: texts(faults.map(({ operation }) => operation)),
  }
}

function ofRun({ backend }: Document, path: string): FailingCheck {
  return { ...ours(texts([backend])), run: path, options: {}, sets: [], arms: [], steps: 1, operations: [] }
}

/** By the schema of a document. */
const readers: Readonly<Record<string, (document: Document, path: string) => FailingCheck>> = {
  'isograd.conformance/1': ofConformance,
  'isograd.check/1': ofCheck,
  'isograd.check/2': ofCheck,
  'isograd.run/1': ofRun,
  'isograd.run/2': ofRun,
}

function fileOf(path: string): string {
  if (!existsSync(path)) throw new InputError('isograd', `${path}: ${missingText(path)}`)
  if (!statSync(path).isDirectory()) return path
  const found = ['check.json', 'conformance.json', 'record.json']
    .map((name) => join(path, name))
    .find((file) => existsSync(file))
  if (found !== undefined) return found
  throw new InputError(
    'isograd',
    `${path}: expected check.json, conformance.json or record.json in it, got none; of a directory of runs name one`,
  )
}

/** Reads what a check, or a run, has left. @throws InputError for a path that has nothing of the kind */
export function readFailingCheck(path: string): FailingCheck {
  const file = fileOf(path)
  const document = readJson(file)
  const schema = isFields(document) ? String(document['schema']) : ''
  const read = Object.hasOwn(readers, schema) ? readers[schema] : undefined
  if (isFields(document) && read !== undefined) return read(document, path)
  if (/^isograd\.(check|conformance|run)\//.test(schema)) {
    const known = Object.keys(readers).join(', ')
    throw new InputError('isograd', `${file}: expected one of the schemas ${known}, got ${schema}; update isograd`)
  }
  const cure = 'isograd check EXPERIMENT --out DIR leaves one, and so does isograd conformance BACKEND --json'
  throw new InputError('isograd', `${file}: expected a document of a check, of conformance or of a run; ${cure}`)
}
