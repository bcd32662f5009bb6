/**
 * Writes event files while runs go on: `DIR/<preset>-<arm>-<backend>-seed<seed>/events.out.tfevents.isograd`. A file of
 * an earlier run of that name is replaced, since TensorBoard would draw both as one curve.
 */
import { closeSync, openSync, writeSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { InputError, type RunEvent } from '@isograd/core'
import type { StartEvent } from '@isograd/core/compare'
import { makeDirectory } from '../disk/make-directory.js'
import { runName } from '../documents/run-directory.js'
import { messageOf } from '../errors/failure.js'
import { summaryRecord, versionRecord } from './event-record.js'
import { summariesOf } from './summaries.js'
import { concatenate } from './wire.js'

/** Name of the file in a run's directory: TensorBoard goes by the part in the middle. */
export const EVENT_FILE = 'events.out.tfevents.isograd'

interface OpenFile {
  readonly descriptor: number
  readonly start: StartEvent
}

/** Event files below a directory. */
export class EventLog {
  readonly #directory: string
  readonly #files = new Map<string, OpenFile>()

  /** @throws InputError when the directory cannot be made. */
  constructor(directory: string) {
    if (directory.trim() === '') throw new InputError('isograd', '--tensorboard: expected a directory, got ""')
    this.#directory = directory
    this.#attempt(() => makeDirectory(resolve(directory)))
  }

  /** Takes in an event of the run of this name; several may be under way. @throws InputError when it cannot be written. */
  event(run: string, event: RunEvent): void {
    this.#attempt(() => {
      if (event.type === 'start') this.#open(run, event)
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
    if (file !== undefined) closeSync(file.descriptor)
  }

  #open(run: string, start: StartEvent): void {
    this.#close(run)
    const directory = join(resolve(this.#directory), runName({ ...start, seed: start.spec.seed }))
    makeDirectory(directory)
    const file = { descriptor: openSync(join(directory, EVENT_FILE), 'w'), start }
    this.#files.set(run, file)
    writeSync(file.descriptor, versionRecord(Date.now() / 1000))
  }

  #write(run: string, event: RunEvent): void {
    const file = this.#files.get(run)
    if (file === undefined) return
    const { descriptor, start } = file
    const seconds = Date.now() / 1000
    const steps = summariesOf(event, start).filter(({ summaries }) => summaries.length > 0)
    const records = steps.map(({ step, summaries }) => summaryRecord(seconds, step, summaries))
    if (records.length > 0) writeSync(descriptor, concatenate(records))
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
