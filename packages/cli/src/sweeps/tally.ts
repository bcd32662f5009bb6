/** The state of each trial of a sweep in one rung, from the lines of its results: done, failed, to be tried again. */
import type { SweepPlan, Trial } from '@isograd/core/sweep'
import type { Difference, SetAside } from '../documents/sweep-document.js'
import type { DoneEntry, Entry } from '../documents/sweep-lines.js'

/** Times that a trial may throw, or end its process by itself, before it is set aside. */
export const MOST_FAILURES = 2
/** Times that its process may be ended from outside, as for want of memory. */
export const MOST_KILLS = 10

interface Attempts {
  failures: number
  kills: number
  reason: string
}

/** True for an end that comes from outside a process. */
export function isKill(how: string): boolean {
  return /^SIG(?:KILL|TERM|INT|HUP)$|^unknown$/.test(how)
}

/** True for a result that tells the settings of its trial; what is drawn and compared is taken from it. */
function isOf({ settings, arm, seed, backend }: DoneEntry, trial: Trial): boolean {
  const isSame = arm === trial.arm && seed === trial.seed && backend === trial.backend
  return isSame && JSON.stringify(settings) === JSON.stringify(trial.settings)
}

/** The state of every trial of a rung. */
export class Tally {
  readonly #plan: SweepPlan
  readonly #has: (index: number) => boolean
  readonly #done: Uint8Array
  readonly #hashes = new Map<string, string>()
  readonly #attempts = new Map<number, Attempts>()
  readonly #setAside = new Map<number, SetAside>()
  readonly differences: Difference[] = []
  /** Trials that count. */
  readonly count: number
  done = 0
  /** Trainings that were done once more. */
  repeated = 0

  /** @param has true for trials that count; unless given, all do. */
  constructor(plan: SweepPlan, has: (index: number) => boolean = () => true) {
    this.#plan = plan
    this.#has = has
    this.#done = new Uint8Array(plan.count)
    this.count = 0
    for (let index = 0; index < plan.count; index++) if (this.has(index)) this.count++
  }

  get setAside(): readonly SetAside[] {
    return [...this.#setAside.values()].filter(({ trial }) => this.#done[trial] === 0)
  }

  get left(): number {
    return this.count - this.done - this.setAside.length
  }

  /** True for a trial that counts. */
  has(index: number): boolean {
    return this.#has(index)
  }

  /** True where nothing is left to do for a trial. */
  isSettled(index: number): boolean {
    return this.#done[index] === 1 || this.#setAside.has(index)
  }

  /** True for a trial of which a try has failed, or was ended. */
  isTried(index: number): boolean {
    return this.#attempts.has(index)
  }

  /** Takes a line in; one of another sweep counts for nothing. Returns true for a line about a trial of this one. */
  add(line: Entry): boolean {
    if (line.trial >= this.#plan.count || !this.has(line.trial)) return false
    const trial = this.#plan.trial(line.trial)
    if (line.id !== trial.id || (line.outcome === 'done' && !isOf(line, trial))) return false
    if (line.outcome === 'done') this.#addDone(line)
    else if (line.outcome === 'again') this.#addAgain(line)
    else this.#addFailed(line)
    return true
  }

  #addDone({ trial, id, on, hash }: Extract<Entry, { outcome: 'done' }>): void {
    if (this.#done[trial] === 1) this.repeated++
    else this.done++
    this.#done[trial] = 1
    // Another machine, or another version of a runtime, may round otherwise.
    const key = `${trial} ${on}`
    const before = this.#hashes.get(key)
    if (before === undefined) this.#hashes.set(key, hash)
    else if (before !== hash) this.differences.push({ trial, id, hashes: [before, hash] })
  }

  #addAgain({ trial }: Entry): void {
    this.#attempts.delete(trial)
    this.#setAside.delete(trial)
  }

  #addFailed(entry: Exclude<Entry, { outcome: 'done' | 'again' }>): void {
    const { trial, id } = entry
    const attempts = this.#attempts.get(trial) ?? { failures: 0, kills: 0, reason: '' }
    this.#attempts.set(trial, attempts)
    if (entry.outcome === 'died' && isKill(entry.how)) attempts.kills++
    else attempts.failures++
    attempts.reason = entry.outcome === 'died' ? `its process was ended: ${entry.how}` : entry.message
    if (attempts.failures < MOST_FAILURES && attempts.kills < MOST_KILLS) return
    const { settings, arm, seed, backend } = this.#plan.trial(trial)
    this.#setAside.set(trial, { trial, id, settings, arm, seed, backend, reason: attempts.reason })
  }
}
