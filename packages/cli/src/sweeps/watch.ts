/** A sweep as the command sees it that waits for its workers, or that looks from outside: what is done, what runs, what failed. */
import { join } from 'node:path'
import { Claims, claimsIn, tidyClaims } from '@isograd/core/node'
import type { SweepPlan } from '@isograd/core/sweep'
import type { Shard, SweepProgress } from '../documents/sweep-document.js'
import type { DoneEntry, Line } from '../documents/sweep-lines.js'
import { Pace } from './pace.js'
import { Results } from './results.js'
import { Rounds } from './rounds.js'
import { CLAIMS } from './trial-queue.js'

function keyOf({ rung = 0, trial }: DoneEntry): string {
  return `${rung} ${trial}`
}

/** Watches the directory of a sweep. */
export class SweepWatch {
  readonly #directory: string
  readonly #plan: SweepPlan
  readonly #results: Results
  readonly #rounds: Rounds
  readonly #entries = new Map<string, DoneEntry>()
  readonly #environments: Record<string, unknown> = {}
  readonly #pace = new Pace()
  #last: SweepProgress | undefined
  /** Trials that workers of a queue are at, who claim nothing here. */
  elsewhere = 0

  constructor(directory: string, plan: SweepPlan, shard: Shard | undefined) {
    this.#directory = directory
    this.#plan = plan
    this.#results = new Results(directory)
    this.#rounds = new Rounds(plan, shard)
  }

  /** Results of trials that are done, of every rung, in the order of the trials. */
  get entries(): readonly DoneEntry[] {
    return [...this.#entries.values()].toSorted((a, b) => a.trial - b.trial)
  }

  /** Takes in what has come, and says where the sweep stands. */
  look(): SweepProgress {
    for (const line of this.#results.allNews()) this.#take(line)
    const { trials, done, left, setAside: failures, repeated, differences } = this.#rounds.counts
    const claimed = claimsIn(join(this.#directory, CLAIMS)).filter(({ isAlive }) => isAlive)
    const running = claimed.length + this.elsewhere
    const perSecond = this.#pace.perSecond(claimed, this.#results.silence) + this.#pace.perSecondOf(this.elsewhere)
    const rate = perSecond > 0 ? { perSecond, secondsLeft: left / perSecond } : {}
    const { damaged } = this.#results
    const counts = { trials, done, running, failed: failures.length, left, repeated, damaged, ...rate }
    this.#last = { ...counts, failures, differences, environments: this.#environments }
    return this.#last
  }

  /** The counts that were seen last. */
  get last(): SweepProgress {
    return this.#last ?? this.look()
  }

  #take(line: Line): void {
    if (line.outcome === 'environment') this.#environments[line.on] = line.environment
    if (!this.#rounds.add(line) || line.outcome !== 'done') return
    if (!this.#entries.has(keyOf(line))) this.#entries.set(keyOf(line), line)
    this.#pace.took(line.seconds)
  }

  /**
   * Gives free what an ended worker of this command has claimed; `how` is how it ended, which counts against the trial unless
   * it is undefined.
   * Returns true where it had claimed one.
   */
  freeClaims(pid: number | undefined, how: string | undefined): boolean {
    const own = claimsIn(join(this.#directory, CLAIMS)).filter((claim) => claim.pid === pid && !claim.isAlive)
    const claims = new Claims(join(this.#directory, CLAIMS))
    try {
      this.look()
      for (const { name } of own) {
        const trial = Number(name)
        if (!claims.takeOver(name)) continue
        const { current } = this.#rounds
        if (how !== undefined && current.has(trial) && !current.isSettled(trial))
          this.#add(trial, { outcome: 'died', how })
        claims.release(name)
      }
    } finally {
      claims.close()
    }
    return own.length > 0
  }

  #add(trial: number, what: { outcome: 'died'; how: string } | { outcome: 'again' }): void {
    this.#results.add({ trial, id: this.#plan.trial(trial).id, on: 'command', ...this.#rounds.mark, ...what })
  }

  /** Has the trials tried again that were set aside, in a sweep with rungs those of the last. */
  retry(): void {
    for (const { trial } of this.#rounds.current.setAside) this.#add(trial, { outcome: 'again' })
  }

  close(): void {
    this.#results.close()
  }

  /** Removes what killed processes have left. */
  tidy(): void {
    tidyClaims(join(this.#directory, CLAIMS))
  }
}
