/**
 * A seeded fault: something that a backend does wrong on purpose. A kind is a row of a table (`kinds/`), a record of one
 * of two mechanisms: an application of an operation gives other values (`altered-nodes.ts`), or a scan takes, hands on or
 * returns something else (`altered-scans.ts`). Nothing here knows what a check allows.
 */
import type { Backend, Executable } from '../../backend/contract.js'
import type { OpName } from '../../ir/ops/index.js'
import type { Program } from '../../ir/program.js'
import type { TrainingPlan } from '../../plan/plan.js'
import type { RandomStream } from '../../random/stream.js'

/** Name of a backend with a fault. */
export const FAULTY = 'faulty'

/** The parts that a finding must name; those that cannot be told from outside are absent. */
export interface Blame {
  readonly kind?: string
  readonly operation?: OpName
  readonly layer?: string
  readonly stage?: string
  readonly tensor?: string
}

/** A fault at its place. */
export interface Planted {
  /** The place, the size and the moment, in words. */
  readonly place: string
  /** One of these must be named. */
  readonly blamed: readonly Blame[]
  /** The backend with the fault in it; it leaves the healthy one as it is. */
  readonly backend: (healthy: Backend) => Backend
}

/** The plan and the draws that a fault is planted by. */
export interface Site {
  readonly plan: TrainingPlan
  /** The draws of place, size and moment. */
  readonly random: RandomStream
  /** A training step, and the evaluation. */
  readonly programs: readonly Program[]
  /** The most steps that a training scans at once. */
  readonly longestScan: number
}

/** A kind of fault. */
export interface FaultKind {
  /** Name of the kind. */
  readonly id: string
  /** The wrong behaviour in one line. */
  readonly about: string
  /** Draws a place; undefined where the experiment has none. */
  readonly plant: (site: Site) => Planted | undefined
}

/** The backend under the name of the faulty one, with another `compile`. */
export function withCompile(
  healthy: Backend,
  compile: (...given: Parameters<Backend['compile']>) => Promise<Executable>,
): Backend {
  return { name: FAULTY, info: healthy.info, compile, dispose: () => healthy.dispose() }
}

/** One of several, drawn; undefined where there are none. */
export function drawn<T>(random: RandomStream, from: readonly T[]): T | undefined {
  return from.length === 0 ? undefined : from[random.below(from.length)]
}

/** Length of the last axis; 1 for a scalar. */
export function columnsOf(shape: readonly number[]): number {
  const [last = 1] = shape.slice(-1)
  return last
}
