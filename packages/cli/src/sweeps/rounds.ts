/**
 * The rungs of a sweep, one after the other: where trials are ended early, a rung begins when all of the one before is settled,
 * with the best of it. Who reads the same results comes to the same.
 */
import type { SweepPlan } from '@isograd/core/sweep'
import type { Difference, SetAside, Shard } from '../documents/sweep-document.js'
import type { DoneEntry, Entry, Line } from '../documents/sweep-lines.js'
import { Tally } from './tally.js'

/** Neighbours differ in seed or backend: a shard has some of each. */
function isIn({ part, of }: Shard, index: number): boolean {
  return (index + Math.floor(index / of)) % of === part - 1
}

/** Counts over all rungs that have begun. */
export interface RoundCounts {
  /** Trainings, those of rungs to come included. */
  readonly trials: number
  readonly done: number
  readonly left: number
  readonly repeated: number
  readonly setAside: readonly SetAside[]
  readonly differences: readonly Difference[]
}

/** Where a sweep stands. */
export class Rounds {
  readonly #plan: SweepPlan
  readonly #tallies: Tally[]
  /** The judging figure of each trial of the rung, the smaller the better. */
  #scores = new Map<number, number>()
  /** Lines of rungs that have not begun: another process has seen that they may. */
  #later: Entry[] = []

  constructor(plan: SweepPlan, shard?: Shard) {
    this.#plan = plan
    this.#tallies = [new Tally(plan, shard && ((index) => isIn(shard, index)))]
  }

  /** The rung that is trained, from 0. */
  get rung(): number {
    return this.#tallies.length - 1
  }

  /** Its trials. */
  get current(): Tally {
    return this.#tallies[this.rung] as Tally
  }

  /** Of its lines: none where there is one rung alone. */
  get mark(): Pick<Entry, 'rung'> {
    return this.#plan.rungs.length > 1 ? { rung: this.rung } : {}
  }

  get counts(): RoundCounts {
    const sum = (of: (tally: Tally) => number): number => this.#tallies.reduce((total, tally) => total + of(tally), 0)
    const setAside = this.#tallies.flatMap((tally) => tally.setAside)
    const toCome = this.#plan.rungs.slice(this.#tallies.length)
    const trials = toCome.reduce((total, { candidates }) => total + candidates * this.#plan.perCandidate, 0)
    const all = trials + sum(({ count }) => count)
    const done = sum((tally) => tally.done)
    const differences = this.#tallies.flatMap((tally) => tally.differences)
    const repeated = sum((tally) => tally.repeated)
    return { trials: all, done, left: all - done - setAside.length, repeated, setAside, differences }
  }

  /** Takes a line in. Returns true for one about a trial of this sweep. */
  add(line: Line): line is Entry {
    if (line.outcome === 'environment') return false
    const isOurs = this.#add(line)
    while (this.current.left === 0 && this.rung < this.#plan.rungs.length - 1) this.#begin()
    return isOurs
  }

  #add(entry: Entry): boolean {
    const { rung = 0 } = entry
    const tally = this.#tallies[rung]
    if (tally === undefined) {
      this.#later.push(entry)
      return rung < this.#plan.rungs.length
    }
    if (entry.outcome === 'done' && rung === this.rung) this.#score(entry)
    return tally.add(entry)
  }

  /** Of results that differ, as on two machines, the same counts for all who read them. */
  #score({ trial, better, judged: { value } }: DoneEntry): void {
    const score = better === 'larger' ? -value : value
    const before = this.#scores.get(trial)
    if (before === undefined || score < before) this.#scores.set(trial, score)
  }

  /** Begins the next rung with the best candidates of this one, by their mean over seeds and backends. */
  #begin(): void {
    const { perCandidate, count } = this.#plan
    const sums = new Map<number, number>()
    for (let index = 0; index < count; index++) {
      if (!this.current.has(index)) continue
      const candidate = Math.floor(index / perCandidate)
      const score = this.#scores.get(index)
      const before = sums.get(candidate)
      sums.set(candidate, Number(score) + (before === undefined ? 0 : before))
    }
    const kept = new Set(this.#plan.survivors(this.rung + 1, sums))
    this.#scores = new Map()
    this.#tallies.push(new Tally(this.#plan, (index) => kept.has(Math.floor(index / perCandidate))))
    const later = this.#later
    this.#later = []
    for (const entry of later) this.#add(entry)
  }
}
