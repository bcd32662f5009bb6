/**
 * The directory of one run while it is trained under checkpoints: this process has its lock, a checkpoint is in it from
 * the first moment on, and `resume.json` remembers what the command line said and `isograd resume` should not ask
 * again. What the files hold, and that they are whole at any moment, is core's business.
 */
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Checkpoint, InputError, stringifyRecord, type Stretch } from '@isograd/core'
import {
  hasCheckpoint,
  lockRun,
  readCheckpoint,
  removeCheckpoint,
  replaceFile,
  type RunLock,
  writeCheckpoint,
} from '@isograd/core/node'
import { messageOf } from '../failure.js'

const SCHEMA = 'isograd.resume/1'
const FILE = 'resume.json'

/** What a run goes on with unless told otherwise. */
export interface ResumeSettings {
  /** The backend as it was asked for, and the directory that this was asked from. */
  readonly backend: string
  readonly cwd: string
  readonly threads?: number
  /** An absolute path. */
  readonly dataDir?: string
  /** Steps between two checkpoints. */
  readonly every: number
}

function fail(path: string, message: string, cause?: unknown): never {
  throw new InputError('isograd', `${path}: ${message}`, { cause })
}

function isOptional<T>(value: unknown, isOf: (value: unknown) => value is T): value is T | undefined {
  return value === undefined || isOf(value)
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 0
}

async function readSettings(directory: string): Promise<ResumeSettings> {
  const path = join(directory, FILE)
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    return fail(path, `cannot be read: ${messageOf(error)}`, error)
  })
  let value: Partial<Record<string, unknown>> | null
  try {
    value = JSON.parse(text) as typeof value
  } catch (cause) {
    return fail(path, 'damaged: expected JSON, got something else', cause)
  }
  const { schema, backend, cwd, threads, dataDir, every } = value ?? {}
  const isWhole = schema === SCHEMA && isText(backend) && isText(cwd) && isCount(every)
  if (isWhole && isOptional(threads, isCount) && isOptional(dataDir, isText)) {
    const optional = { ...(threads === undefined ? {} : { threads }), ...(dataDir === undefined ? {} : { dataDir }) }
    return { backend, cwd, every, ...optional }
  }
  return fail(path, 'it was not written by isograd, or has been changed')
}

/** What can be said of a checkpoint's place in the run. */
function placeOf({ state }: Checkpoint): string {
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
   * Takes a directory for a new run, and makes it where it is not there.
   * @throws InputError when another process has it, it holds an unfinished run, or it cannot be written.
   */
  static async begin(path: string, settings: ResumeSettings, note: (text: string) => void): Promise<RunStore> {
    try {
      mkdirSync(path, { recursive: true })
      const lock = await lockRun(path)
      const store = new RunStore(path, settings, lock, note)
      if (await hasCheckpoint(path)) {
        store.close()
        throw unfinished(path)
      }
      await replaceFile(join(path, FILE), `${JSON.stringify({ schema: SCHEMA, ...settings }, undefined, 2)}\n`)
      return store
    } catch (error) {
      if (error instanceof InputError) throw error
      return fail(path, `cannot be written: ${messageOf(error)}`, error)
    }
  }

  /**
   * Takes the directory of an unfinished run; `settle` makes of the settings it had those to go on with.
   * @throws InputError when another process has it, or its files are missing or damaged.
   */
  static async reopen(
    path: string,
    note: (text: string) => void,
    settle: (before: ResumeSettings) => ResumeSettings,
  ): Promise<{ readonly store: RunStore; readonly checkpoint: Checkpoint }> {
    const lock = await lockRun(path)
    try {
      const checkpoint = await readCheckpoint(path)
      if (checkpoint === undefined) return fail(path, 'there is no checkpoint')
      const settings = settle(await readSettings(path))
      return { store: new RunStore(path, settings, lock, note), checkpoint }
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
    try {
      await writeCheckpoint(this.path, checkpoint)
    } catch (error) {
      if (checkpoint.state === undefined) fail(this.path, `no checkpoint can be written: ${messageOf(error)}`, error)
      const what = `the checkpoint of ${placeOf(checkpoint)} could not be written to ${this.path}: ${messageOf(error)}`
      this.#note(`warning: ${what}\n  the one before it stands; training goes on`)
    }
  }

  /**
   * The run is on the disk: what was there to go on with is no longer needed. Where more than one process trained it,
   * `stretches.json` tells which steps each did.
   */
  async finish(stretches: readonly Stretch[]): Promise<void> {
    if (stretches.length > 1) await replaceFile(join(this.path, 'stretches.json'), stringifyRecord(stretches))
    await removeCheckpoint(this.path)
    rmSync(join(this.path, FILE), { force: true })
  }

  /** Gives the directory free. */
  close(): void {
    this.#lock.release()
  }
}

/** What is said when a new run would take the place of one that can be gone on with. */
function unfinished(path: string): InputError {
  const cure = `go on with it (isograd resume ${path}), or remove the directory`
  return new InputError('isograd', `${path}: it holds an unfinished run; ${cure}`)
}

/** @throws InputError when a directory holds an unfinished run. */
export async function checkNoUnfinishedRun(path: string): Promise<void> {
  if (await hasCheckpoint(path)) throw unfinished(path)
}

/** Whether a run was stopped in the moment between taking its directory and keeping its first checkpoint. */
export async function isBarelyBegun(path: string): Promise<boolean> {
  return existsSync(join(path, FILE)) && !(await hasCheckpoint(path))
}
