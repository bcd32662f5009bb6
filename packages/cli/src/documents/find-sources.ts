/**
 * Finds what runs have left on the disk: a directory that `--out` has made, one run's directory, a `runs.json` or what
 * `--json` has printed, a lone `record.json`, a `check.json`.
 */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { InputError, type Registry, type RunRecord } from '@isograd/core'
import { missingText, requireUnchanged, runFiles } from '@isograd/core/node'
import { readSource, type Source } from '@isograd/report'
import { readText } from '../disk/read-json.js'
import { requireOwnRecord } from './whole-run.js'

function fail(path: string, problem: string): never {
  throw new InputError('isograd', `${path}: ${problem}`)
}

type Reader = (path: string) => Source

/** The records of the runs that have a directory of their own in this one. */
function readRunDirectories(directory: string, readFile: Reader): Source[] {
  const records = readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(directory, name, 'record.json'))
    .filter((path) => existsSync(path))
  return records.toSorted().map((path) => readFile(path))
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

function readDirectory(directory: string, readFile: Reader): Source[] {
  const documents = ['runs.json', 'record.json', 'check.json']
    .map((file) => join(directory, file))
    .filter((file) => existsSync(file))
    .map((file) => ({ ...readFile(file), name: directory }))
  const sources = withRunDirectories(documents, readRunDirectories(directory, readFile))
  if (sources.length === 0) {
    fail(directory, 'expected runs.json or record.json in it; name a directory that --out has made')
  }
  return sources
}

function readOne(path: string, readFile: Reader): Source[] {
  if (!existsSync(path)) fail(path, `${missingText(path)}; expected a run, a directory of runs, or a runs.json`)
  return statSync(path).isDirectory() ? readDirectory(path, readFile) : [readFile(path)]
}

/** A record on a disk speaks for the files beside it. @throws InputError for one that is damaged. */
function checked(file: string, source: Source): Source {
  if (basename(file) !== runFiles.record) return source
  requireOwnRecord(dirname(file))
  for (const run of source.runs) requireUnchanged(dirname(file), run)
  return source
}

/** Reads files and directories. @throws InputError naming the one that is not a run, and why. */
export function readSources(paths: readonly string[], registry: Registry): Source[] {
  return paths.flatMap((path) => readOne(path, (file) => checked(file, readSource(readText(file), file, registry))))
}
