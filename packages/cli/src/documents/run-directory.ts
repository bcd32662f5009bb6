/**
 * The directory of `--out`: `<preset>-<arm>-<backend>-seed<seed>/` with `record.json` and `weights.safetensors` for each,
 * and `runs.json` for all; `command.json` says what the command is to make. A run that is already there is replaced, file by file and each at once, so that an earlier
 * run's files stay whole until a later one's are. Other files are left alone.
 */
import { existsSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { InputError, type RunRecord } from '@isograd/core'
import type { TrainedPart } from '@isograd/core/compare'
import {
  type FileDigests,
  lockRun,
  removeParts,
  replaceRecord,
  type RunLock,
  type SavedRun,
  saveRun,
  sealedText,
  sha256,
  writeAtomically,
  makeDirectory,
  removeEmpty,
} from '@isograd/core/node'
import { makeOwnDirectory, refuseDirectories, tryDirectory } from '../disk/make-directory.js'
import { bytesOf } from '../disk/read-json.js'
import { messageOf } from '../errors/failure.js'
import { type CommandPlan, PLAN_FILE, removePlan, sealFiles, writePlan } from './command-plan.js'
import { readDigests } from './digests-file.js'

/** Name of the file that says which process trained which steps, for a run that several trained; it holds its own digest. */
export const STRETCHES_FILE = 'stretches.json'

function fail(directory: string, reason: string, cause: unknown): never {
  throw new InputError('isograd', `--out: ${directory}: ${reason}; name a directory that can be written`, { cause })
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : ''
  if (code === 'EEXIST' || code === 'ENOTDIR') return 'expected a directory, got a file'
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return 'no permission to write there'
  return `cannot be created: ${messageOf(error)}`
}

/** Makes a directory that can be written; returns the outermost one that did not exist before. @throws InputError */
export function createDirectory(directory: string): string | undefined {
  try {
    const outermost = makeDirectory(directory)
    if (!statSync(directory).isDirectory()) fail(directory, 'expected a directory, got a file', undefined)
    tryDirectory(directory)
    return outermost
  } catch (error) {
    if (error instanceof InputError) throw error
    return fail(directory, reasonOf(error), error)
  }
}

/** The name of a run's directory; a third party's backend may be called anything. */
export function runName({
  preset,
  arm,
  backend,
  seed,
}: Pick<RunRecord, 'preset' | 'arm' | 'backend' | 'seed'>): string {
  return `${preset}-${arm}-${backend}-seed${seed}`.replace(/[^A-Za-z0-9._-]/g, '_')
}

/** A directory that can be written, made sure of before anything is trained, and that no other command has. */
export class RunDirectory {
  readonly path: string
  readonly #isRun: boolean
  readonly #firstCreated: string | undefined
  #lock: RunLock | undefined
  readonly #documents: Record<string, string> = {}
  #saved = 0
  #used = false
  /** The plan that was there when this command wrote its own: undefined before that, empty where there was none. */
  #planBefore: Uint8Array | '' | undefined

  private constructor(path: string, isRun: boolean) {
    if (path.trim() === '') throw new InputError('isograd', '--out: expected a directory, got ""')
    this.path = path
    this.#isRun = isRun
    this.#firstCreated = createDirectory(resolve(path))
  }

  /**
   * Makes the directory where it is not there, takes it for this process and removes what killed ones have left.
   * @param isRun true where it is the directory of a single run, which has no documents beside it and is locked by itself.
   * @throws InputError when the directory cannot be created or written, is a file, or another command has it.
   */
  static async open(path: string, isRun = false): Promise<RunDirectory> {
    const directory = new RunDirectory(path, isRun)
    try {
      refuseDirectories(path)
      readDigests(path)
      if (!isRun) directory.#lock = await lockRun(path)
      removeParts(path)
      return directory
    } catch (error) {
      directory.close()
      if (error instanceof InputError) throw error
      return fail(path, reasonOf(error), error)
    }
  }

  /** Runs that are on the disk. */
  get saved(): number {
    return this.#saved
  }

  /** True where anything of the command is there that can be gone on with. */
  get used(): boolean {
    return this.#used
  }

  /** The directory of a run. */
  pathOf(run: Parameters<typeof runName>[0]): string {
    return this.#isRun ? this.path : join(this.path, runName(run))
  }

  /** Says that a run has begun to keep checkpoints here. */
  keep(): void {
    this.#used = true
  }

  /**
   * Writes one run to its directory, and returns its record as it stands there. Where more than one process trained it, a
   * file says which steps each did; one that an earlier run has left goes.
   */
  saveRun(directory: string, run: SavedRun, stretches: readonly TrainedPart[]): RunRecord {
    return this.#write(() => {
      if (this.#isRun) makeDirectory(directory)
      else makeOwnDirectory(directory)
      removeParts(directory)
      const text = stretches.length > 1 ? sealedText({ schema: 'isograd.stretches/1', stretches }) : undefined
      const saved = saveRun(directory, run, { [STRETCHES_FILE]: text })
      this.#saved++
      return saved
    })
  }

  /** Writes the record of a run that is there once more, with what was found out since. */
  saveRecord(directory: string, record: RunRecord): void {
    this.#write(() => replaceRecord(directory, record))
  }

  /** Writes the document of all runs, or another one beside it. */
  saveDocument(text: string, name = 'runs.json'): void {
    this.#write(() => writeAtomically(join(resolve(this.path), name), text))
    this.#documents[name] = sha256(Buffer.from(text))
  }

  /** Keeps the digests of the documents, and of records by path. */
  seal(records: FileDigests = {}, changes: Partial<CommandPlan> = {}): void {
    this.#write(() => sealFiles(resolve(this.path), { ...records, ...this.#documents }, changes))
  }

  /** Writes the plan of the command; it goes with the directory where nothing came of it. */
  savePlan(plan: CommandPlan): void {
    const used = this.#used
    const path = this.#planPath
    this.#planBefore ??= existsSync(path) ? bytesOf(path) : ''
    this.#write(() => writePlan(resolve(this.path), plan))
    this.#used = used
  }

  #write<T>(write: () => T): T {
    try {
      this.#lock?.check()
      const result = write()
      this.#used = true
      return result
    } catch (error) {
      if (error instanceof InputError) throw error
      return fail(this.path, `cannot be written: ${messageOf(error)}`, error)
    }
  }

  /** Gives the directory free; a plan of which nothing came goes, and directories made by this object that have stayed empty. */
  close(): void {
    this.#lock?.release()
    if (this.#used) return
    this.#takeBackPlan()
    removeEmpty(resolve(this.path), this.#firstCreated)
  }

  #takeBackPlan(): void {
    const before = this.#planBefore
    try {
      if (before === '') removePlan(resolve(this.path))
      else if (before !== undefined) writeAtomically(this.#planPath, before)
    } catch {
      // Why nothing came of the command has been said; its plan stays, and can be gone on with.
    }
  }

  get #planPath(): string {
    return join(resolve(this.path), PLAN_FILE)
  }
}
