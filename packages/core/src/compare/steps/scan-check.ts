/**
 * Compares many steps in one scan with the same steps in pieces: the contract asks for the same bits, so the comparison is
 * exact for every length. It climbs: single steps stand for a short scan, short scans of random lengths for a longer one,
 * and so on up to the longest that a run would make, which costs about as much as training that long twice. Then come the
 * end of the epoch with its batch that is not whole and the first steps of the next, and what was scanned at first once more. The
 * longer side has an executable of its own, which is not given single steps, so that what a scan leaves to the next shows.
 */
import type { ScanResult } from '../../backend/contract.js'
import { sliceStep } from '../../backend/scan.js'
import { wholeBatches } from '../../data/batching.js'
import { type BitDifference, bitDifferences } from '../../numerics/bits.js'
import type { TrainingPlan } from '../../plan/plan.js'
import { stepsAtOnce } from '../../plan/streaming.js'
import { RandomStream } from '../../random/stream.js'
import { MOST_STEPS, SCAN_SECONDS } from '../../run/scan-length.js'
import type { TensorMap } from '../../tensor.js'
import { findingAt, type Place } from '../findings.js'
import { layerOfState } from '../operations/node-findings.js'
import type { Finding } from '../verdict.js'
import type { KnownScan, PlainRunner } from './plain-step.js'

/** Each scan is at most so many times as long as the longest of the pieces that it is compared with. */
const GROWTH = 8

/** A run's scans take `SCAN_SECONDS`; a machine that is so many times as fast makes them as much longer. */
const FASTER = 4

/** Whole batches before the end of an epoch, and steps after it, that are scanned around it. */
const AROUND = 3

/** The programs of one backend: one that has made single steps, and one for the longer side of every comparison. */
export interface ScanRunners {
  readonly used: PlainRunner
  readonly fresh: PlainRunner
}

/** Steps `first` .. `first + count - 1` from a carry. */
interface Part {
  readonly carry: TensorMap
  readonly first: number
  readonly count: number
  /** True where steps are whole batches alone, and counted so. */
  readonly isWhole?: boolean
}

/** The first thing that a whole and its pieces say otherwise, and how much else. */
interface Found {
  readonly part: Part
  /** The step by which it shows. */
  readonly step: number
  readonly isOfCarry: boolean
  /** True where the same was scanned before and was otherwise. */
  readonly isAgain?: boolean
  readonly differences: readonly [BitDifference, ...BitDifference[]]
}

function foundIn(part: Part, step: number, isOfCarry: boolean, [first, ...more]: BitDifference[]): Found | undefined {
  return first && { part, step, isOfCarry, differences: [first, ...more] }
}

function scanOf(runner: PlainRunner, { carry, first, count, isWhole = false }: Part): Promise<ScanResult> {
  return isWhole ? runner.scanWhole(carry, first, count) : runner.scan(carry, first, count)
}

/** Scans of one backend against each other. */
class ScanChecker {
  readonly #plan: TrainingPlan
  readonly #runners: ScanRunners
  readonly #stream: RandomStream
  #secondsPerStep = Number.POSITIVE_INFINITY
  /** Steps of the longest scan from the first step on that was the same as in pieces. */
  longest = 0

  constructor(plan: TrainingPlan, runners: ScanRunners) {
    this.#plan = plan
    this.#runners = runners
    this.#stream = new RandomStream(plan.arm.seed, 'study')
  }

  async #whole(part: Part): Promise<ScanResult> {
    const began = performance.now()
    const result = await scanOf(this.#runners.fresh, part)
    this.#secondsPerStep = (performance.now() - began) / 1000 / part.count
    return result
  }

  /** The whole against pieces of at most `longest` steps. A state that differs says more than the loss that it spoils. */
  async #compare(part: Part, whole: ScanResult, longest: number): Promise<Found | undefined> {
    const { first, count } = part
    let [carry, ofStep] = [part.carry, undefined as Found | undefined]
    for (let done = 0; done < count;) {
      const size = Math.min(1 + this.#stream.below(longest), count - done)
      // oxlint-disable-next-line no-await-in-loop -- each piece starts where the one before it ended
      const piece = await scanOf(this.#runners.used, { ...part, carry, first: first + done, count: size })
      for (let i = 0; i < size && ofStep === undefined; i++) {
        const of = bitDifferences(sliceStep(whole.ys, done + i), sliceStep(piece.ys, i))
        ofStep = foundIn(part, first + done + i, false, of)
      }
      carry = piece.carry
      done += size
    }
    return foundIn(part, first + count - 1, true, bitDifferences(whole.carry, carry)) ?? ofStep
  }

  /** The same with the fewest steps that differ, by halving; a scan of `known` steps is the same as in pieces. */
  async #fewest(found: Found, known: number): Promise<Found> {
    let [fewest, same] = [found, known]
    while (fewest.part.count - same > 1) {
      const part = { ...found.part, count: Math.floor((fewest.part.count + same) / 2) }
      // oxlint-disable-next-line no-await-in-loop -- halves what is left
      const again = await this.#compare(part, await this.#whole(part), Math.max(1, known))
      if (again === undefined) same = part.count
      else fewest = again
    }
    return fewest
  }

  /** Steps of the scan after one of so many: no more than a run takes at once. */
  #next(known: number, most: number): number {
    const affordable = Math.floor((FASTER * SCAN_SECONDS) / this.#secondsPerStep)
    return Math.min(most, known * GROWTH, affordable)
  }

  /** @param most the longest scan from the first step on. */
  async check(most: number): Promise<Found | undefined> {
    const start = { carry: this.#plan.stepCarry, first: 0, isWhole: wholeBatches(this.#plan.batches) > 0 }
    // Compiles, which is not to be timed.
    await this.#whole({ ...start, count: 1 })
    const opening = { ...start, count: Math.min(most, GROWTH) }
    const before = await this.#whole(opening)
    let [known, part, whole] = [0, opening, before]
    const { last } = this.#runners.used
    while (part.count > known) {
      // oxlint-disable-next-line no-await-in-loop -- each length stands on the one before it
      const found = await this.#compare(part, whole, Math.max(1, known))
      // oxlint-disable-next-line no-await-in-loop
      if (found !== undefined) return this.#fewest(found, known)
      known = part.count
      this.longest = known
      part = { ...start, count: this.#next(known, most) }
      // oxlint-disable-next-line no-await-in-loop
      if (part.count > known) whole = await this.#whole(part)
    }
    return (
      (await this.#aroundEpoch(whole.carry)) ?? this.#again([{ ...opening, result: before }, ...(last ? [last] : [])])
    )
  }

  /** The last whole batches of the epoch, the one that is not whole, and the first of the next epoch. */
  async #aroundEpoch(from: TensorMap): Promise<Found | undefined> {
    const { perEpoch, partialStep = perEpoch, steps } = this.#plan
    const end = Math.min(perEpoch + AROUND, steps)
    let carry = from
    for (let step = Math.max(0, partialStep - AROUND); step < end;) {
      const { first, count } = this.#plan.stretch(step, end - step)
      const part = { carry, first, count }
      // oxlint-disable-next-line no-await-in-loop
      const whole = await this.#whole(part)
      // oxlint-disable-next-line no-await-in-loop
      const found = await this.#compare(part, whole, 1)
      // oxlint-disable-next-line no-await-in-loop
      if (found !== undefined) return this.#fewest(found, 0)
      carry = whole.carry
      step += count
    }
    return undefined
  }

  /** Scans from before all others: they must find nothing of them. */
  async #again(scans: readonly KnownScan[]): Promise<Found | undefined> {
    for (const { result: before, ...part } of scans) {
      // oxlint-disable-next-line no-await-in-loop
      const now = await this.#whole(part)
      const last = part.first + part.count - 1
      const ofCarry = foundIn(part, last, true, bitDifferences(now.carry, before.carry))
      const found = ofCarry ?? foundIn(part, last, false, bitDifferences(now.ys, before.ys))
      if (found !== undefined) return { ...found, isAgain: true }
    }
    return undefined
  }
}

function sentenceOf(backend: string, { part, step, isOfCarry, isAgain, differences }: Found): string {
  const [{ name, a, b }, ...more] = differences
  const others = more.length === 0 ? '' : ` (and ${more.length} more)`
  const of = `"${name}"${others} ${isOfCarry ? 'after' : 'of'} step ${step} is ${a} instead of ${b}`
  const steps = part.count === 1 ? 'a scan of one step' : `${part.count} steps in one scan`
  if (isAgain === true) return `${backend}: ${steps}, once more after longer ones, gives another result: ${of}`
  const pieces = part.count === 1 ? 'on another executable' : 'in pieces'
  return `${backend}: ${steps} ${part.count === 1 ? 'is' : 'are'} not the same as ${pieces}: ${of}`
}

/** A finding on scans, if there is one, and how far they were compared. */
export interface ScanCheck {
  readonly finding: Finding | undefined
  /** Steps of the longest scan that is the same as in pieces: time, or a finding, may have ended it early. */
  readonly longest: number
}

/** Compares scans of up to `most` steps with the same steps in pieces. */
export async function checkScan(
  plan: TrainingPlan,
  runners: ScanRunners,
  most: number,
  place: Place,
): Promise<ScanCheck> {
  const checker = new ScanChecker(plan, runners)
  const found = await checker.check(most)
  const { longest } = checker
  if (found === undefined) return { finding: undefined, longest }
  const [{ name }] = found.differences
  const layer = found.isOfCarry ? layerOfState(name) : undefined
  const details = { step: found.step, stage: 'state', tensor: name, layer }
  return { finding: findingAt(place, 'scan', sentenceOf(place.backend, found), details), longest }
}

/**
 * The most steps that a run scans at once from the first on.
 * @param batchesOfRun whole batches of its epoch, where the plan has fewer of its samples.
 */
export function longestScan(plan: TrainingPlan, batchesOfRun = 0): number {
  const own = plan.stretch(0, MOST_STEPS).count
  if (wholeBatches(plan.batches) === 0) return own
  return Math.max(own, Math.min(batchesOfRun, MOST_STEPS, stepsAtOnce(plan.table('train'), plan.arm.batchSize)))
}
