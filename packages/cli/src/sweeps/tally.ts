/** What is known of each trial of a sweep, from the lines of its results: done, failed, to be tried again. */
import type { SweepPlan } from '@isograd/core/sweep'
import type { Difference, SetAside, Shard } from '../documents/sweep-document.js'
import type { Entry, Line } from '../documents/sweep-lines.js'

/** Times that a trial may throw, or end its process by itself, before it is set aside. */
const MOST_FAILURES = 2
/** Times that its process may be ended from outside, as for want of memory. */
const MOST_KILLS = 10

interface Attempts {
  failures: number
  kills: number
  reason: string
}

/** Ends that come from outside a process. */
function isKill(how: string): boolean {
  return /^SIG(?:KILL|TERM|INT|HUP)$|^unknown$/.test(how)
}

/** Neighbours differ in seed or backend: a shard has some of each. */
function isIn({ part, of }: Shard, index: number): boolean {
  return (index + Math.floor(index / of)) % of === part - 1
}

/** The state of every trial. */
export class Tally {
  readonly #plan: SweepPlan
  readonly #shard: Shard | undefined
  readonly #done: Uint8Array
  readonly #hashes = new Map<string, string>()
  readonly #attempts = new Map<number, Attempts>()
  readonly #setAside = new Map<number, SetAside>()
  readonly differences: Difference[] = []
  /** Trials of the shard. */
  readonly count: number
  done = 0
  /** Trainings that were done once more. */
  repeated = 0

  constructor(plan: SweepPlan, shard?: Shard) {
    this.#plan = plan
    this.#shard = shard
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

  /** True for a trial of the shard. */
  has(index: number): boolean {
    return this.#shard === undefined || isIn(this.#shard, index)
  }

  /** True where nothing is left to do for a trial. */
  isSettled(index: number): boolean {
    return this.#done[index] === 1 || this.#setAside.has(index)
  }

  /** Takes a line in; one of another sweep counts for nothing. Returns true for a line about a trial of this one. */
  add(line: Line): line is Entry {
    if (line.outcome === 'environment' || line.trial >= this.#plan.count || !this.has(line.trial)) return false
    if (line.id !== this.#plan.trial(line.trial).id) return false
    if (line.outcome === 'done') this.#addDone(line)
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

  #addFailed(entry: Exclude<Entry, { outcome: 'done' }>): void {
    const { trial, id } = entry
    const attempts = this.#attempts.get(trial) ?? { failures: 0, kills: 0, reason: '' }
    this.#attempts.set(trial, attempts)
    if (entry.outcome === 'died' && isKill(entry.how)) attempts.kills++
    else attempts.failures++
    attempts.reason = entry.outcome === 'died' ? `its process was ended: ${entry.how}` : entry.message
    if (attempts.failures < MOST_FAILURES && attempts.kills < MOST_KILLS) return
    this.#setAside.set(trial, { trial, id, reason: attempts.reason })
  }
}
