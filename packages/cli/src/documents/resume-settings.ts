/**
 * `resume.json`: the command line with which a run began, so that `isograd resume` need not ask again, and finds
 * out when the experiment has changed since. It is there as long as the run is unfinished.
 */
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { InputError, stringifyDocument } from '@isograd/core'
import { writeAtomically } from '@isograd/core/node'
import { isFields, readJson } from '../disk/read-json.js'

const SCHEMA = 'isograd.resume/1'
const FILE = 'resume.json'

/** The source of an experiment. */
export interface ExperimentSource {
  /** Name of a preset, or the absolute path of a file. */
  readonly word: string
  /** The changes of the command line. */
  readonly overrides: Readonly<Record<string, unknown>>
}

/** The settings that a run goes on with unless others are given. */
export interface ResumeSettings {
  /** The backend as it was asked for, and the directory that this was asked from. */
  readonly backend: string
  readonly cwd: string
  readonly threads?: number
  /** An absolute path. */
  readonly dataDir?: string
  /** Steps between two checkpoints. */
  readonly every: number
  readonly experiment: ExperimentSource
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 0
}

function isSource(value: unknown): value is ExperimentSource {
  return isFields(value) && typeof value['word'] === 'string' && isFields(value['overrides'])
}

/** The settings in a parsed document; undefined when it is something else. */
function settingsIn(value: unknown): ResumeSettings | undefined {
  if (!isFields(value) || value['schema'] !== SCHEMA) return undefined
  const { backend, cwd, threads, dataDir, every, experiment } = value
  if (typeof backend !== 'string' || typeof cwd !== 'string' || !isCount(every) || !isSource(experiment)) {
    return undefined
  }
  if ((threads !== undefined && !isCount(threads)) || (dataDir !== undefined && typeof dataDir !== 'string')) {
    return undefined
  }
  const optional = { ...(threads === undefined ? {} : { threads }), ...(dataDir === undefined ? {} : { dataDir }) }
  return { backend, cwd, every, experiment, ...optional }
}

/** Reads the settings of an unfinished run. @throws InputError when they are missing, damaged or foreign. */
export function readResumeSettings(directory: string): ResumeSettings {
  const path = join(directory, FILE)
  const settings = settingsIn(readJson(path))
  if (settings !== undefined) return settings
  throw new InputError('isograd', `${path}: it was not written by isograd, or has been changed`)
}

/** Writes them. @throws the error of the file system. */
export function writeResumeSettings(directory: string, settings: ResumeSettings): void {
  writeAtomically(join(directory, FILE), stringifyDocument({ schema: SCHEMA, ...settings }))
}

/** Removes them. */
export function removeResumeSettings(directory: string): void {
  rmSync(join(directory, FILE), { force: true })
}

/** True where there are any. */
export function hasResumeSettings(directory: string): boolean {
  return existsSync(join(directory, FILE))
}
