/**
 * Trials that a command gives to its workers, one at a time to each, where the queue is elsewhere: the command has the
 * connection, and gives signs of life while a worker computes and hears nothing.
 */
import type { ChildProcess } from 'node:child_process'
import type { SweepPlan } from '@isograd/core/sweep'
import type { Entry, Line } from '../documents/sweep-lines.js'
import type { TakenTrial, TrialQueue } from './trial-queue.js'
import type { WorkersListener } from './workers.js'

/** A message of a worker to the command: it wants a trial, something came of one, or nothing did. */
export type FedMessage = { readonly ask: true } | { readonly line: Line } | { readonly back: number }

/** The answer: a trial. */
export interface FedTrial {
  readonly taken: TakenTrial
}

type Child = Pick<ChildProcess, 'pid' | 'send'>

interface Order {
  readonly taken: TakenTrial
  readonly settle: (entry: Entry | undefined) => void
}

/** The side of the command. */
export class Feed implements WorkersListener {
  readonly #plan: SweepPlan
  readonly #environment: (line: Line) => unknown
  #asking: Child[] = []
  readonly #waiting: Order[] = []
  readonly #given = new Map<number | undefined, Order>()

  /** @param environment told what workers compute with. */
  constructor(plan: SweepPlan, environment: (line: Line) => unknown) {
    this.#plan = plan
    this.#environment = environment
  }

  /** Trials that were given and of which nothing has come. */
  get open(): number {
    return this.#waiting.length + this.#given.size
  }

  /** Has a worker train a trial; undefined where it was stopped. */
  train(taken: TakenTrial): Promise<Entry | undefined> {
    return new Promise((settle) => {
      this.#waiting.push({ taken, settle })
      this.#match()
    })
  }

  /** Takes a message of a worker. */
  readonly heard = (child: Child, message: FedMessage): void => {
    if ('ask' in message) {
      this.#asking.push(child)
      this.#match()
    } else if ('back' in message) this.#settle(child.pid, undefined)
    else if (message.line.outcome === 'environment') this.#environment(message.line)
    else this.#settle(child.pid, message.line)
  }

  /** A worker was ended; `how` counts against its trial unless it is undefined. Returns true where it had one. */
  readonly ended = (pid: number | undefined, how: string | undefined): boolean => {
    this.#asking = this.#asking.filter((child) => child.pid !== pid)
    const order = this.#given.get(pid)
    if (order === undefined) return false
    const { index, mark } = order.taken
    const died = { trial: index, id: this.#plan.trial(index).id, outcome: 'died', on: 'command', ...mark } as const
    this.#settle(pid, how === undefined ? undefined : { ...died, how })
    return true
  }

  /** Gives back what no worker will train. */
  close(): void {
    for (const { settle } of [...this.#waiting.splice(0), ...this.#given.values()]) settle(undefined)
    this.#given.clear()
  }

  #settle(pid: number | undefined, entry: Entry | undefined): void {
    const order = this.#given.get(pid)
    this.#given.delete(pid)
    order?.settle(entry)
  }

  #match(): void {
    while (this.#asking.length > 0 && this.#waiting.length > 0) {
      const [child, order] = [this.#asking.shift() as Child, this.#waiting.shift() as Order]
      this.#given.set(child.pid, order)
      // One that is gone is told of by its end.
      child.send({ taken: order.taken } satisfies FedTrial, () => {})
    }
  }
}

/** The side of a worker. */
export class FedQueue implements TrialQueue {
  readonly #send: (message: FedMessage) => void
  #environment: Line | undefined
  #given: (taken: TakenTrial) => void = () => {}

  /** @param environment what this worker computes with. */
  constructor(send: (message: FedMessage) => void, environment: Line) {
    this.#send = send
    this.#environment = environment
  }

  /** Takes the trial that the command gives. */
  heard({ taken }: FedTrial): void {
    this.#given(taken)
  }

  take(signal: AbortSignal): Promise<TakenTrial> {
    return new Promise((resolve, reject) => {
      const stop = (): void => reject(signal.reason as Error)
      if (signal.aborted) return stop()
      signal.addEventListener('abort', stop, { once: true })
      this.#given = (taken) => {
        signal.removeEventListener('abort', stop)
        resolve(taken)
      }
      this.#send({ ask: true })
    })
  }

  /** Sends the environment before the first result alone: a worker that starts when the sweep has just ended leaves none behind. */
  finish(entry: Entry): void {
    if (this.#environment !== undefined) this.#send({ line: this.#environment })
    this.#environment = undefined
    this.#send({ line: entry })
  }

  giveBack(index: number): void {
    this.#send({ back: index })
  }

  close(): void {}
}
