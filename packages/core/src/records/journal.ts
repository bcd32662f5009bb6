/**
 * Gathers the events of a run, one that goes on from a checkpoint included, and makes of them what is kept: the record
 * at the end, checkpoints on the way.
 */
import { InputError } from '../errors.js'
import type { EndEvent, RunEvent, StartEvent } from '../run/events.js'
import type { RunState } from '../run/state.js'
import { version } from '../version.js'
import type { DataMark, HistoryEvent, TrainedPart } from './checkpoint-form.js'
import type { Checkpoint } from './checkpoint.js'
import { recordOf, type RunRecord } from './record.js'

/** The entries of a journal. */
export class Journal {
  readonly #data: DataMark
  readonly #from: Checkpoint | undefined
  readonly #history: HistoryEvent[]
  #start: StartEvent | undefined
  #end: EndEvent | undefined

  /** @param data what the run trains on. @param from the checkpoint that it goes on from. */
  constructor(data: DataMark, from?: Checkpoint) {
    this.#data = data
    this.#from = from
    this.#history = [...(from?.events ?? [])]
  }

  /** Takes in an event; checkpoint events are not part of the history. */
  add(event: RunEvent): void {
    if (event.type === 'start') this.#start = event
    else if (event.type === 'end') this.#end = event
    else if (event.type !== 'checkpoint') this.#history.push(event)
  }

  /** The checkpoint of a state that the run has just yielded; without one, that of a run that is about to start. */
  checkpoint(state?: RunState): Checkpoint {
    const start = this.#started()
    return {
      armName: start.arm,
      arm: start.spec,
      modules: start.modules,
      data: this.#data,
      stretches: this.stretches(),
      events: [...this.#history],
      state,
    }
  }

  /** The parts that were trained by one process each. One that trained no step is left out. */
  stretches(): readonly TrainedPart[] {
    const { backend, backendInfo, stepsPerEpoch } = this.#started()
    const { state, stretches = [] } = this.#from ?? {}
    const firstStep = state === undefined ? 0 : state.epoch * stepsPerEpoch + state.stepInEpoch
    const before = stretches.filter((stretch) => stretch.firstStep < firstStep)
    return [...before, { firstStep, backend, backendInfo, version }]
  }

  /** The record of the finished run. @throws InputError when it is not finished. */
  record(): RunRecord {
    return recordOf([this.#started(), ...this.#history, this.#ended()])
  }

  /**
   * The record of what there is: of a run that was left or aborted, all until then, with the reason `stopped` and the figures
   * of its last epoch; NaN where no epoch has ended. @throws InputError when the run has not started.
   */
  recordSoFar(): RunRecord {
    const start = this.#started()
    const epochs = this.#history.filter((event) => event.type === 'epoch')
    const trained = this.#history.filter((event) => event.type === 'steps')
    const none = { value: Number.NaN, error: Number.NaN }
    const metrics = Object.fromEntries(Object.keys(start.metrics).map((key) => [key, none]))
    const end: EndEvent = this.#end ?? {
      type: 'end',
      reason: 'stopped',
      seconds: trained.reduce((sum, { seconds }) => sum + seconds, 0),
      carry: {},
      chosenEpoch: epochs.length - 1,
      chosen: {},
      finals: epochs.at(-1)?.evaluations ?? { [start.judgedOn]: { loss: Number.NaN, metrics } },
    }
    return recordOf([start, ...this.#history, end])
  }

  /** The end of the run. @throws InputError when it is not finished. */
  get end(): EndEvent {
    return this.#ended()
  }

  #started(): StartEvent {
    if (this.#start !== undefined) return this.#start
    throw new InputError('core', 'journal: the run has not started')
  }

  #ended(): EndEvent {
    if (this.#end !== undefined) return this.#end
    throw new InputError('core', 'journal: the run has not ended')
  }
}
