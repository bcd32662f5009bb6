/**
 * The directory of `--out`: `<preset>-<arm>-<backend>-seed<seed>/` with `record.json` and `weights.safetensors` for each,
 * and `runs.json` for all. A run that is already there is replaced, file by file and each at once, so that an earlier
 * run's files stay whole until a later one's are. Other files are left alone.
 */
import { mkdirSync, rmSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { encodeSafetensors, InputError, type RunRecord, stringifyDocument, type TensorMap } from '@isograd/core'
import { runFiles, writeAtomically } from '@isograd/core/node'
import { makeDirectory, removeEmpty, tryDirectory } from '../disk/make-directory.js'
import { messageOf } from '../errors/failure.js'

/** The file that says which process trained which steps, for a run that several trained. */
export const STRETCHES = 'stretches.json'

function fail(directory: string, reason: string, cause: unknown): never {
  throw new InputError('isograd', `--out: ${directory}: ${reason}; name a directory that can be written`, { cause })
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : ''
  if (code === 'EEXIST' || code === 'ENOTDIR') return 'expected a directory, got a file'
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return 'no permission to write there'
  return `cannot be created: ${messageOf(error)}`
}

/** Makes the directory; returns the outermost one that did not exist before. */
function create(directory: string): string | undefined {
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

/** The tensors of a finished run that are written. */
export interface RunTensors {
  readonly chosen: TensorMap
  /** The parameters themselves, where `chosen` has their average. */
  readonly trained?: TensorMap
}

/** Writes one run to its own directory. The weights come first: where there is a record there are its weights. */
export function writeRun(directory: string, record: RunRecord, { chosen, trained }: RunTensors): void {
  const { preset, arm, backend, seed } = record
  const metadata = { format: 'isograd', preset, arm, backend, seed: String(seed), dense_weight: '[inputs, outputs]' }
  mkdirSync(directory, { recursive: true })
  // Left by an earlier run in this directory.
  for (const file of [STRETCHES, runFiles.trained]) rmSync(join(directory, file), { force: true })
  if (trained !== undefined) writeAtomically(join(directory, runFiles.trained), encodeSafetensors(trained, metadata))
  writeAtomically(join(directory, runFiles.weights), encodeSafetensors(chosen, metadata))
  writeAtomically(join(directory, runFiles.record), stringifyDocument(record))
}

/** A directory that can be written: made sure of before anything is trained. */
export class RunDirectory {
  readonly path: string
  readonly #firstCreated: string | undefined
  #saved = 0
  #used = false

  /** @throws InputError when the directory cannot be created or written, or is a file. */
  constructor(path: string) {
    if (path.trim() === '') throw new InputError('isograd', '--out: expected a directory, got ""')
    this.path = path
    this.#firstCreated = create(resolve(path))
  }

  /** Runs that are on the disk. */
  get saved(): number {
    return this.#saved
  }

  /** The directory of a run, by `runName`. */
  pathOf(name: string): string {
    return join(this.path, name)
  }

  /** Writes one run. */
  saveRun(record: RunRecord, tensors: RunTensors): void {
    const directory = join(resolve(this.path), runName(record))
    this.#write(() => writeRun(directory, record, tensors))
    this.#saved++
    this.#used = true
  }

  /** Writes the document of all runs, or another one beside it. */
  saveDocument(text: string, name = 'runs.json'): void {
    this.#write(() => writeAtomically(join(resolve(this.path), name), text))
    this.#used = true
  }

  #write(write: () => void): void {
    try {
      write()
    } catch (error) {
      fail(this.path, `cannot be written: ${messageOf(error)}`, error)
    }
  }

  /** Takes back directories made by this object that have stayed empty. */
  removeIfUnused(): void {
    if (!this.#used) removeEmpty(resolve(this.path), this.#firstCreated)
  }
}
