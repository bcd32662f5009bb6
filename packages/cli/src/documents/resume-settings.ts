/**
 * `resume.json` in the directory of a run: the command line with which it began, so that `isograd resume` of that run
 * alone need not ask again, and finds out when the experiment has changed since. It is there as long as the run is
 * unfinished.
 */
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { InputError, z } from '@isograd/core'
import { type FileState, sealedState, sealedText, writeAtomically } from '@isograd/core/node'
import { readJson, readText } from '../disk/read-json.js'

const SCHEMA = 'isograd.resume/1'
/** Name of the file in the directory of an unfinished run. */
export const RESUME_FILE = 'resume.json'

/** The source of an experiment. */
export interface ExperimentSource {
  /** Name of a preset, or the absolute path of a file. */
  readonly word: string
  /** The changes of the command line. */
  readonly overrides: Readonly<Record<string, unknown>>
}

/** The settings that a run goes on with unless others are given. */
export interface ResumeSettings {
  /** The backend as it was asked for. */
  readonly backend: string
  readonly threads?: number
  /** An absolute path. */
  readonly dataDir?: string
  /** Steps between two checkpoints. */
  readonly every: number
  readonly experiment: ExperimentSource
  /** Of the paths in it and in the experiment. */
  readonly seals?: readonly string[]
}

const count = z.int().check(z.gte(1))

/** The form of a source. */
export const experimentSource: z.ZodMiniType<ExperimentSource> = z.strictObject({
  word: z.string(),
  overrides: z.record(z.string(), z.unknown()),
})

const settingsSchema: z.ZodMiniType<ResumeSettings> = z.object({
  schema: z.literal(SCHEMA),
  backend: z.string(),
  threads: z.exactOptional(count),
  dataDir: z.exactOptional(z.string()),
  every: count,
  experiment: experimentSource,
  seals: z.exactOptional(z.array(z.string())),
})

/** Reads the settings of an unfinished run. @throws InputError when they are missing, damaged or foreign. */
export function readResumeSettings(directory: string): ResumeSettings {
  const path = join(directory, RESUME_FILE)
  const parsed = settingsSchema.safeParse(readJson(path))
  if (parsed.success) return parsed.data
  throw new InputError('isograd', `${path}: it was not written by isograd, or has been changed`)
}

/** Writes them. @throws the error of the file system. */
export function writeResumeSettings(directory: string, settings: ResumeSettings): void {
  writeAtomically(join(directory, RESUME_FILE), sealedText({ schema: SCHEMA, ...settings }))
}

/** Removes them. */
export function removeResumeSettings(directory: string): void {
  rmSync(join(directory, RESUME_FILE), { force: true })
}

/** True where there are any. */
export function hasResumeSettings(directory: string): boolean {
  return existsSync(join(directory, RESUME_FILE))
}

/** The state of those in a directory, by their own digest; those of earlier versions hold none. */
export function resumeState(directory: string): Exclude<FileState, 'missing'> {
  try {
    readResumeSettings(directory)
    return sealedState(readText(join(directory, RESUME_FILE)))
  } catch {
    return 'changed'
  }
}
