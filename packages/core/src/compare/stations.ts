/**
 * The backends of a check of steps, each with what is compiled for it. A backend that fails is left out from then on,
 * and the others go on; one that cannot return intermediate values is judged by its results alone.
 */
import type { Backend } from '../backend/contract.js'
import type { Program } from '../ir/program.js'
import type { TensorMap } from '../tensor.js'
import type { Findings } from './findings.js'
import { OperationTable, type Place } from './node-findings.js'
import { Observer } from './observer.js'
import { lookInside, type PassResult } from './pass.js'
import type { Slice } from './slices.js'
import { PlainRunner } from './step-outputs.js'
import type { TrainingCase } from './training-case.js'
import type { CheckMode } from './verdict.js'
import { isBackendFailure } from './watch.js'

/** What goes on at one backend. */
export interface Station {
  readonly backend: Backend
  readonly plain: PlainRunner
  readonly observers: Map<readonly Slice[], Observer>
  readonly table: OperationTable
  observable: boolean
  failed: boolean
}

/** One program looked into at one step. */
export interface Look {
  readonly program: Program
  readonly slices: readonly Slice[]
  readonly constants: TensorMap
  readonly carry: TensorMap
  /** One step, stacked as for a scan. */
  readonly xs: TensorMap
  readonly batch: number
  /** Whether to run the whole step in float64 beside the backends. */
  readonly whole: boolean
}

/** The stations that were looked into, and what was seen, in the same order. */
export interface Looked {
  readonly stations: readonly Station[]
  readonly pass: PassResult
}

/** All backends of one check. */
export class Stations {
  readonly #all: readonly Station[]
  readonly #armName: string
  readonly #mode: CheckMode
  readonly #findings: Findings

  constructor(backends: readonly Backend[], trainingCase: TrainingCase, mode: CheckMode, findings: Findings) {
    this.#armName = trainingCase.armName
    this.#mode = mode
    this.#findings = findings
    this.#all = backends.map((backend) => ({
      backend,
      plain: new PlainRunner(backend, trainingCase),
      observers: new Map(),
      table: new OperationTable(backend.name),
      observable: true,
      failed: false,
    }))
  }

  /** Those that have not failed. */
  get alive(): readonly Station[] {
    return this.#all.filter(({ failed }) => !failed)
  }

  /** What was gathered of operations, those of failed backends too. */
  get tables(): readonly OperationTable[] {
    return this.#all.map(({ table }) => table)
  }

  /** Where a finding about a station is. */
  place({ backend }: Station, mode: CheckMode, step: number): Place {
    return { mode, backend: backend.name, arm: this.#armName, step }
  }

  #fail(station: Station, { message }: Error): void {
    station.failed = true
    this.#findings.failures.push({ backend: station.backend.name, mode: this.#mode, arm: this.#armName, message })
  }

  /** Runs work on a station; what its backend throws is its failure, and the work has no result. */
  async on<T>(station: Station, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work()
    } catch (error) {
      if (!isBackendFailure(error)) throw error
      this.#fail(station, error)
      return undefined
    }
  }

  /** Looks into a step on all backends that can be; undefined when there is none. */
  async look(look: Look): Promise<Looked | undefined> {
    for (;;) {
      const stations = this.alive.filter(({ observable }) => observable)
      if (stations.length === 0) return undefined
      const observers = stations.map((station) => observerOf(station, look))
      try {
        // oxlint-disable-next-line no-await-in-loop -- again only after a failure, without the one that failed
        return { stations, pass: await lookInside({ ...look, observers }) }
      } catch (error) {
        this.#leaveOut(stations, error)
      }
    }
  }

  /** @throws the error itself when it is not of one of the stations. */
  #leaveOut(stations: readonly Station[], error: unknown): void {
    const source = isBackendFailure(error) && 'source' in error ? error.source : undefined
    const culprit = stations.find(({ backend }) => backend.name === source)
    if (culprit === undefined || !isBackendFailure(error)) throw error
    if (error.name !== 'UnsupportedOpError') return this.#fail(culprit, error)
    culprit.observable = false
    this.#findings.add({
      severity: 'remark',
      kind: 'observation',
      ...this.place(culprit, this.#mode, 0),
      sentence: `${culprit.backend.name} cannot return intermediate values: only its results are compared (${error.message})`,
    })
  }

  /** Frees what was compiled. A backend that failed is not asked again. */
  async close(): Promise<void> {
    for (const { observers, plain } of this.alive) {
      for (const observer of observers.values()) {
        // oxlint-disable-next-line no-await-in-loop -- a backend is used one call at a time
        await observer.close()
      }
      // oxlint-disable-next-line no-await-in-loop
      await plain.close()
    }
  }
}

function observerOf({ backend, observers }: Station, { slices, constants }: Look): Observer {
  const known = observers.get(slices)
  if (known !== undefined) return known
  const observer = new Observer(backend, constants)
  observers.set(slices, observer)
  return observer
}
