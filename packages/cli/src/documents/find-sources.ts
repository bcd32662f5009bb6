/**
 * Finds and reads what runs have left: a directory that `--out` has made, one run's directory, a `runs.json` or what
 * `--json` has printed, a lone `record.json`, a `check.json`. What is read is not trusted: records are checked field by field, and of
 * an environment only text and numbers are taken.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { CHECK_SCHEMA, InputError, parseRecord, RECORD_SCHEMA, type RunRecord } from '@isograd/core'
import { messageOf } from '../../failure.js'
import type { ChainRecord } from '../../run/chain.js'
import { RUNS_SCHEMA, type RunFailure } from '../../run/document.js'
import type { Environment } from '../../run/environment.js'
import { readCheck } from './check-source.js'
import type { Source } from './source.js'

type Fields = Readonly<Record<string, unknown>>

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function fail(path: string, problem: string, cause?: unknown): never {
  throw new InputError('isograd', `${path}: ${problem}`, { cause })
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    return fail(path, `cannot be read: ${messageOf(error)}`, error)
  }
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    return fail(path, `expected JSON: ${messageOf(error)}`, error)
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : 'unknown'
}

function listOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.filter(isFields) : []
}

function readEnvironment(value: unknown): Environment | undefined {
  if (!isFields(value)) return undefined
  const { versions, commandLine } = value
  return {
    node: textOf(value['node']),
    v8: textOf(value['v8']),
    platform: textOf(value['platform']),
    arch: textOf(value['arch']),
    cpu: textOf(value['cpu']),
    cores: Number(value['cores']),
    ...(typeof value['jobs'] === 'number' ? { jobs: value['jobs'] } : {}),
    versions: isFields(versions)
      ? Object.fromEntries(Object.entries(versions).map(([name, version]) => [name, textOf(version)]))
      : {},
    commandLine: Array.isArray(commandLine) ? commandLine.map(textOf) : [],
  }
}

function readFailure(value: Fields): RunFailure {
  const [preset, arm, backend, message] = [value['preset'], value['arm'], value['backend'], value['message']].map(
    textOf,
  )
  return { preset: preset ?? '', arm: arm ?? '', backend: backend ?? '', message: message ?? '' }
}

const unitFields = ['weight', 'preActivation', 'activation', 'derivative', 'derivativeProduct', 'gradient'] as const

function readUnit(value: Fields): ChainRecord['units'][number] {
  const [weight, preActivation, activation, derivative, derivativeProduct, gradient] = unitFields.map((field) =>
    Number(value[field]),
  )
  return {
    weight: weight ?? Number.NaN,
    preActivation: preActivation ?? Number.NaN,
    activation: activation ?? Number.NaN,
    derivative: derivative ?? Number.NaN,
    derivativeProduct: derivativeProduct ?? Number.NaN,
    gradient: gradient ?? Number.NaN,
  }
}

function readChain(value: Fields): Source['chains'][number] {
  const { preset, arm, backend, precision, units } = value
  return {
    preset: textOf(preset),
    arm: textOf(arm),
    backend: textOf(backend),
    precision: precision === 'float64' ? 'float64' : 'float32',
    units: listOf(units).map(readUnit),
  }
}

function readRuns(path: string, value: unknown): RunRecord[] {
  if (!Array.isArray(value)) fail(path, 'expected a list of runs in the field "runs"')
  return value.map((run, i) => parseRecord(JSON.stringify(run), `${path}: runs[${i}]`))
}

function lone(name: string, record: RunRecord): Source {
  return { name, runs: [record], failures: [], chains: [], checks: [] }
}

function checkSource(name: string, value: Fields): Source {
  const environment = readEnvironment(value['environment'])
  const rest = { runs: [], failures: [], chains: [], checks: [readCheck(value)] }
  return { name, ...(environment === undefined ? {} : { environment }), ...rest }
}

/** How a lone record begins; only what begins otherwise has to be parsed to be told what it is. */
const recordHead = new RegExp(String.raw`^\s*\{\s*"schema"\s*:\s*"${RECORD_SCHEMA}"`)

function readFile(path: string, name: string): Source {
  const text = readText(path)
  if (recordHead.test(text)) return lone(name, parseRecord(text, path))
  const value = parseJson(path, text)
  if (isFields(value) && value['schema'] === CHECK_SCHEMA) return checkSource(name, value)
  if (!isFields(value) || value['schema'] !== RUNS_SCHEMA) return lone(name, parseRecord(text, path))
  const environment = readEnvironment(value['environment'])
  return {
    name,
    ...(environment === undefined ? {} : { environment }),
    runs: readRuns(path, value['runs']),
    failures: listOf(value['failures']).map(readFailure),
    chains: listOf(value['chains']).map(readChain),
    checks: [],
  }
}

/** The records of the runs that have a directory of their own in this one. */
function readRunDirectories(directory: string): Source[] {
  const records = readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(directory, name, 'record.json'))
    .filter((path) => existsSync(path))
  return records.toSorted().map((path) => readFile(path, path))
}

function nameOf({ preset, arm, backend, seed, precision }: RunRecord): string {
  return JSON.stringify([preset, arm, backend, seed, precision])
}

/**
 * The documents of a directory, without the runs that were replaced since, and with the records that are in none: a
 * command that was interrupted leaves those of ended runs, a later one into the same directory those of its own.
 */
function withRunDirectories(documents: readonly Source[], records: readonly Source[]): Source[] {
  const known = new Set(documents.flatMap(({ runs }) => runs.map((run) => JSON.stringify(run))))
  const later = records.filter(({ runs }) => runs.some((run) => !known.has(JSON.stringify(run))))
  const replaced = new Set(later.flatMap(({ runs }) => runs.map(nameOf)))
  const current = documents.map((source) => ({
    ...source,
    runs: source.runs.filter((run) => !replaced.has(nameOf(run))),
  }))
  return [...current, ...later]
}

function readDirectory(directory: string): Source[] {
  const documents = ['runs.json', 'record.json', 'check.json']
    .map((file) => join(directory, file))
    .filter((file) => existsSync(file))
    .map((file) => readFile(file, directory))
  const sources = withRunDirectories(documents, readRunDirectories(directory))
  if (sources.length === 0) {
    fail(directory, 'expected runs.json or record.json in it; name a directory that --out has made')
  }
  return sources
}

function readOne(path: string): Source[] {
  if (!existsSync(path)) fail(path, 'no such file or directory; name a run, a directory of runs, or a runs.json')
  return statSync(path).isDirectory() ? readDirectory(path) : [readFile(path, path)]
}

/** Reads files and directories. @throws InputError naming the one that is not a run, and why. */
export function readSources(paths: readonly string[]): Source[] {
  return paths.flatMap(readOne)
}
