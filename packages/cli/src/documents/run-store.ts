/**
 * The directory of one run while it is trained under checkpoints: this process has its lock, and a checkpoint is in it
 * from the first moment on. The form of the files, and that they are whole at any moment, is core's business.
 */
import { join } from 'node:path'
import { type ArmSpec, type Checkpoint, InputError, parseRecord, type Registry, type RunRecord } from '@isograd/core'
import type { Dataset } from '@isograd/core/data'
import { differences, formatPath } from '@isograd/core/compare'
import {
  hasCheckpoint,
  lockRun,
  readCheckpoint,
  removeCheckpoint,
  tidyCheckpoints,
  removeParts,
  type RunLock,
  writeCheckpoint,
} from '@isograd/core/node'
import { makeOwnDirectory, refuseDirectories, refuseLink } from '../disk/make-directory.js'
import { readText } from '../disk/read-json.js'
import { messageOf } from '../errors/failure.js'
import { printable } from '../text/terminal-style.js'
import { hasResumeSettings, removeResumeSettings, type ResumeSettings, writeResumeSettings } from './resume-settings.js'

function fail(path: string, message: string, cause?: unknown): never {
  throw new InputError('isograd', `${path}: ${message}`, { cause })
}

/** @throws InputError: the error as it is, or for one of the file system. */
function unwritable(path: string, error: unknown): never {
  if (error instanceof InputError) throw error
  return fail(path, `cannot be written: ${messageOf(error)}`, error)
}

/** The position of a checkpoint in its run. */
function positionOf({ state }: Checkpoint): string {
  return state === undefined ? 'the start' : `epoch ${state.epoch + 1}, step ${state.stepInEpoch}`
}

/** A run's directory, held by this process. */
export class RunStore {
  readonly path: string
  readonly settings: ResumeSettings
  readonly #lock: RunLock
  readonly #note: (text: string) => void

  private constructor(path: string, settings: ResumeSettings, lock: RunLock, note: (text: string) => void) {
    this.path = path
    this.settings = settings
    this.#lock = lock
    this.#note = note
  }

  /**
   * Takes a directory for a new run, and makes it where it is not there. Comes after `checkRunPlace`.
   * @throws InputError when another process has it, it holds an unfinished run, or it cannot be written.
   */
  static async begin(path: string, settings: ResumeSettings, note: (text: string) => void): Promise<RunStore> {
    try {
      makeOwnDirectory(path)
      const store = new RunStore(path, settings, await lockRun(path), note)
      if (await hasCheckpoint(path)) {
        store.close()
        throw unfinished(path, [])
      }
      writeResumeSettings(path, settings)
      return store
    } catch (error) {
      return unwritable(path, error)
    }
  }

  /**
   * Takes the directory of an unfinished run.
   * @throws InputError when another process has it, or its files are missing or damaged.
   */
  static async reopen(
    path: string,
    registry: Registry,
    settings: ResumeSettings,
    note: (text: string) => void,
  ): Promise<{ readonly store: RunStore; readonly from: Checkpoint }> {
    const lock = await lockRun(path).catch((error: unknown) => unwritable(path, error))
    try {
      const from = await readCheckpoint(path, registry)
      if (from === undefined) return fail(path, 'there is no checkpoint')
      return { store: new RunStore(path, settings, lock, note), from }
    } catch (error) {
      lock.release()
      throw error
    }
  }

  /**
   * Keeps a checkpoint. Where the disk refuses one on the way, the one before stands and training goes on.
   * @throws InputError when not even the first can be kept.
   */
  async save(checkpoint: Checkpoint): Promise<void> {
    this.check()
    try {
      await writeCheckpoint(this.path, checkpoint)
    } catch (error) {
      if (checkpoint.state === undefined) fail(this.path, `no checkpoint can be written: ${messageOf(error)}`, error)
      const what = `the checkpoint of ${positionOf(checkpoint)} could not be written to ${this.path}: ${messageOf(error)}`
      this.#note(`warning: ${what}\n  the one before it stands; training goes on`)
    }
  }

  /** Removes the checkpoint of a run that is on the disk. @throws InputError when it cannot. */
  async finish(): Promise<void> {
    try {
      await removeCheckpoint(this.path)
      removeResumeSettings(this.path)
    } catch (error) {
      const cure = `the run is written; when it can be removed: isograd resume ${this.path}`
      fail(this.path, `its checkpoint cannot be removed: ${messageOf(error)}; ${cure}`, error)
    }
  }

  /** @throws InputError where the directory is no longer this process's. */
  check(): void {
    this.#lock.check()
  }

  /** Releases the directory. */
  close(): void {
    this.#lock.release()
  }
}

function listOf(changed: readonly string[]): string {
  return changed.map((line) => `\n  ${printable(line)}`).join('')
}

/** The error where a new run would replace one that can be gone on with. */
function unfinished(path: string, changed: readonly string[]): InputError {
  const what = changed.length === 0 ? 'an unfinished run' : 'an unfinished run of another experiment'
  const list = listOf(changed)
  const cure = `go on with that one (isograd resume ${path}), or remove the directory`
  return new InputError('isograd', `${path}: it holds ${what}${list}${list === '' ? '; ' : '\n'}${cure}`)
}

/** Data, as far as runs on them are told apart. */
type DataContent = Pick<Dataset, 'digest'>

/** Fields in which an experiment differs from the one that is there, in words; none where that is not known. */
function changesOf(before: ArmSpec | undefined, arm: ArmSpec): string[] {
  const found = before === undefined ? [] : differences(before, arm)
  return found.map((each) => `${formatPath(each.path)}: ${each.before} there, ${each.now} here`)
}

/** The other content of data of an experiment that is the same, in words; nothing where it is the same, or not known. */
function contentChange({ digest: before }: DataContent, { digest: now }: DataContent): string[] {
  if (before === undefined || now === undefined || before === now) return []
  return [`data: SHA-256 of the values ${before} there, ${now} here`]
}

/** The record of a finished run; undefined where there is none, or nobody can read it. */
function finishedRecord(path: string, registry: Registry): RunRecord | undefined {
  const file = join(path, 'record.json')
  try {
    return parseRecord(readText(file), file, registry)
  } catch {
    return undefined
  }
}

/**
 * @param goesOn true where a run that is there is gone on with.
 * @returns the warning where a new run replaces a finished one of another experiment, or of other data; undefined where it does not.
 * @throws InputError when a run's directory is a link, whose name can be known beforehand and planted, or has directories in
 * the place of files; or when a new run would
 * replace an unfinished one: where that is of another experiment, with what differs.
 */
export async function checkRunPlace(
  path: string,
  arm: ArmSpec,
  dataset: DataContent,
  registry: Registry,
  goesOn: boolean,
): Promise<string | undefined> {
  refuseLink(path)
  refuseDirectories(path)
  if (goesOn) return undefined
  if (await hasCheckpoint(path)) {
    const before = await readCheckpoint(path, registry).catch(() => undefined)
    throw unfinished(path, changesOf(before?.arm, arm))
  }
  const there = finishedRecord(path, registry)
  const changed = changesOf(there?.experiment, arm)
  const other = changed.length > 0 ? changed : contentChange(there?.dataset ?? {}, dataset)
  if (other.length === 0) return undefined
  const what = changed.length > 0 ? 'of another experiment' : 'on other data'
  return `warning: ${printable(path)}: the run ${what} that is there will be replaced${listOf(other)}`
}

/** Removes what a process that was killed has left in the directory of a finished run, unless another is at work there. */
export async function tidyRun(path: string): Promise<void> {
  try {
    const lock = await lockRun(path)
    removeParts(path)
    removeResumeSettings(path)
    await tidyCheckpoints(path)
    lock.release()
  } catch {
    // The run is whole: what stays beside it harms nothing.
  }
}

/** True where a run was stopped between taking its directory and keeping its first checkpoint. */
export async function hasNoCheckpointYet(path: string): Promise<boolean> {
  return hasResumeSettings(path) && !(await hasCheckpoint(path))
}
