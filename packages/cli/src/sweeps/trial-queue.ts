/**
 * The queue that workers take trials from. This one is a directory: claims of trials in `claims`, results beside it. Whoever
 * finishes a trial adds its result before giving the claim back, and whoever claims one reads the results after it: so no
 * trial that is done is begun again, whoever is killed when.
 */
import { join } from 'node:path'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { Claims } from '@isograd/core/node'
import type { SweepPlan } from '@isograd/core/sweep'
import type { Shard } from '../documents/sweep-document.js'
import type { Entry, Line } from '../documents/sweep-lines.js'
import { Results } from './results.js'
import { Rounds } from './rounds.js'

/** A trial to be trained. */
export interface TakenTrial {
  readonly index: number
  /** Epochs after which its training ends; undefined: those of the experiment. */
  readonly epochs: number | undefined
  /** The mark that its lines bear. */
  readonly mark: Pick<Entry, 'rung'>
}

/** A queue of trials. */
export interface TrialQueue {
  /** A trial for this worker; undefined where all are settled. @throws the signal's reason */
  take(signal: AbortSignal): Promise<TakenTrial | undefined>
  /** Keeps what came of a trial that was taken. @throws InputError where it cannot be kept */
  finish(entry: Entry): void
  /** Gives a trial back that nothing came of. */
  giveBack(index: number): void
  close(): void
}

/** The folder of claims in the directory of a sweep. */
export const CLAIMS = 'claims'

/** Milliseconds between two looks where all that is left is being trained by others. */
const POLL = 200

/** A queue in a directory. */
export class DirectoryQueue implements TrialQueue {
  readonly #plan: SweepPlan
  readonly #claims: Claims
  readonly #results: Results
  readonly #rounds: Rounds
  readonly #on: string
  #cursor = 0

  /** @param environment what this worker computes with, under a mark of its own; kept with the results. */
  constructor(
    directory: string,
    plan: SweepPlan,
    shard: Shard | undefined,
    environment: Extract<Line, { outcome: 'environment' }>,
  ) {
    this.#plan = plan
    this.#claims = new Claims(join(directory, CLAIMS))
    this.#results = new Results(directory)
    this.#rounds = new Rounds(plan, shard)
    this.#on = environment.on
    const isKnown = this.#refresh().some((line) => line.outcome === 'environment' && line.on === this.#on)
    if (!isKnown) this.#results.add(environment)
  }

  async take(signal: AbortSignal): Promise<TakenTrial | undefined> {
    // Trials may be so short that nothing else would ever be heard.
    await setImmediate()
    for (;;) {
      signal.throwIfAborted()
      this.#refresh()
      const index = this.#next() ?? this.#retry()
      const { rung, mark, counts } = this.#rounds
      if (index !== undefined) return { index, epochs: this.#plan.rungs[rung]?.epochs, mark }
      if (counts.left === 0) return undefined
      // oxlint-disable-next-line no-await-in-loop -- others are at work
      await setTimeout(POLL, undefined, { signal }).catch(() => {})
    }
  }

  finish(entry: Entry): void {
    this.#results.add(entry)
    this.giveBack(entry.trial)
  }

  giveBack(index: number): void {
    this.#claims.release(String(index))
  }

  close(): void {
    this.#claims.close()
    this.#results.close()
  }

  #refresh(): Line[] {
    const lines = this.#results.news()
    const { rung } = this.#rounds
    for (const line of lines) this.#rounds.add(line)
    if (this.#rounds.rung > rung) this.#cursor = 0
    return lines
  }

  /** The first that nobody has claimed or tried: what ends its worker is tried again when all others are done. */
  #next(): number | undefined {
    while (this.#cursor < this.#plan.count) {
      const index = this.#cursor++
      if (!this.#rounds.current.isTried(index) && this.#claim(index)) return index
    }
    return undefined
  }

  /** The first that was given back, has failed once, or whose worker is gone. */
  #retry(): number | undefined {
    for (let index = 0; index < this.#plan.count; index++) {
      if (this.#claim(index) || this.#takeOver(index)) return index
    }
    return undefined
  }

  #isOpen(index: number): boolean {
    const { current } = this.#rounds
    return current.has(index) && !current.isSettled(index)
  }

  #claim(index: number): boolean {
    return this.#isOpen(index) && this.#claims.take(String(index)) && this.#keepIfOpen(index)
  }

  #takeOver(index: number): boolean {
    if (!this.#isOpen(index) || !this.#claims.takeOver(String(index))) return false
    this.#refresh()
    if (this.#isOpen(index)) {
      this.#results.add({ ...this.#died(index), ...this.#rounds.mark })
    }
    return this.#keepIfOpen(index)
  }

  #died(trial: number): Entry {
    return { trial, id: this.#plan.trial(trial).id, outcome: 'died', how: 'unknown', on: this.#on }
  }

  /** Somebody may have finished it between the last look and the claim. */
  #keepIfOpen(index: number): boolean {
    this.#refresh()
    if (this.#isOpen(index)) return true
    this.giveBack(index)
    return false
  }
}
