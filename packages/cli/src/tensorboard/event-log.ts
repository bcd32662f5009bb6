/**
 * Writes event files while runs go on: `DIR/<preset>-<arm>-<backend>-seed<seed>/events.out.tfevents.isograd`. A file of
 * an earlier run of that name is replaced, since TensorBoard would draw both as one curve; but that of a run which is gone
 * on with is continued, and what it had of later steps no longer counts.
 */
import { closeSync, existsSync, ftruncateSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { InputError, type RunEvent } from '@isograd/core'
import type { StartEvent } from '@isograd/core/compare'
import { makeDirectory } from '@isograd/core/node'
import { makeOwnDirectory } from '../disk/make-directory.js'
import { openToGoOn, readBytes } from '../disk/regular-file.js'
import { runName } from '../documents/run-directory.js'
import { messageOf } from '../errors/failure.js'
import { isWhole, restartRecord, summaryRecord, versionRecord, wholeLength } from './event-record.js'
import { summariesOf } from './summaries.js'
import { concatenate } from './wire.js'

/** Name of the file in a run's directory: TensorBoard goes by the part in the middle. */
export const EVENT_FILE = 'events.out.tfevents.isograd'

interface OpenFile {
  /** Undefined until there is something to write. */
  readonly descriptor: number | undefined
  readonly start: StartEvent
}

/** Opens a file to go on with; not one that a link leads to. */
function reopened(path: string): number {
  const descriptor = openToGoOn(path)
  // A record that was cut short by the end of the process would hide all after it.
  ftruncateSync(descriptor, wholeLength(readFileSync(descriptor)))
  return descriptor
}

/** Opens a new file, in the place of what is there. */
function begun(path: string): number {
  rmSync(path, { force: true })
  return openSync(path, 'ax')
}

/** The state of an event file by the checksums of its records. */
export function eventFileState(path: string): 'whole' | 'changed' {
  try {
    return isWhole(readBytes(path)) ? 'whole' : 'changed'
  } catch {
    return 'changed'
  }
}

/** Event files below a directory. */
export class EventLog {
  readonly #directory: string
  readonly #files = new Map<string, OpenFile>()

  /** @throws InputError when the directory cannot be made. */
  constructor(directory: string) {
    this.#directory = directory
    this.#attempt(() => makeDirectory(resolve(directory)))
  }

  /** Takes in an event of the run of this name; several may be under way. @throws InputError when it cannot be written. */
  event(run: string, event: RunEvent): void {
    this.#attempt(() => {
      if (event.type === 'start') this.#files.set(run, { descriptor: undefined, start: event })
      this.#write(run, event)
      if (event.type === 'end') this.#close(run)
    })
  }

  /** Closes the files of runs that did not end. */
  close(): void {
    for (const run of this.#files.keys()) this.#close(run)
  }

  #close(run: string): void {
    const file = this.#files.get(run)
    this.#files.delete(run)
    if (file?.descriptor !== undefined) closeSync(file.descriptor)
  }

  /** Opens the file of a run whose first values are of a step: a later one than the first is gone on with. */
  #open(run: string, start: StartEvent, step: number): number {
    const directory = join(resolve(this.#directory), runName({ ...start, seed: start.spec.seed }))
    makeOwnDirectory(directory)
    const path = join(directory, EVENT_FILE)
    const goesOn = step > 0 && existsSync(path)
    const descriptor = goesOn ? reopened(path) : begun(path)
    this.#files.set(run, { descriptor, start })
    const seconds = Date.now() / 1000
    const head = goesOn ? [restartRecord(seconds, step)] : [versionRecord(seconds), ...this.#first(seconds, start)]
    writeSync(descriptor, concatenate(head))
    return descriptor
  }

  #first(seconds: number, start: StartEvent): Uint8Array[] {
    return summariesOf(start, start).map(({ step, summaries }) => summaryRecord(seconds, step, summaries))
  }

  #write(run: string, event: RunEvent): void {
    const file = this.#files.get(run)
    if (file === undefined || event.type === 'start') return
    const { start } = file
    const seconds = Date.now() / 1000
    const steps = summariesOf(event, start).filter(({ summaries }) => summaries.length > 0)
    const records = steps.map(({ step, summaries }) => summaryRecord(seconds, step, summaries))
    const [first] = steps
    if (first === undefined) return
    writeSync(file.descriptor ?? this.#open(run, start, first.step), concatenate(records))
  }

  #attempt(action: () => void): void {
    try {
      action()
    } catch (error) {
      const cure = 'name a directory that can be written'
      throw new InputError('isograd', `--tensorboard: ${this.#directory}: ${messageOf(error)}; ${cure}`, {
        cause: error,
      })
    }
  }
}
