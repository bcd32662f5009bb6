/** The parts that writers of statements share. */
import type { Buffer, Local, Statement } from '../loops/loops.js'
import type { Part } from '../loops/shares.js'
import type { Scope } from './expressions.js'
import { lanesOf, type Machine } from './machine.js'

/** Where text goes that stands before the kernel at hand. */
export interface Output {
  readonly machine: Machine
  /** Functions that kernels call, by their name: shared by all. */
  readonly functions: Map<string, string>
  /** Names of the kernel's own functions begin with it. */
  readonly kernel: string
  /** The kernel's own functions. */
  readonly own: string[]
  /** Declares the pointers to buffers. */
  readonly pointers: (buffers: readonly Buffer[]) => string[]
  /** The parts at the top of a kernel that threads share; what else there is, one thread does. */
  readonly parts: ReadonlyMap<Statement, Part>
  /** Loops and products that are dealt out. */
  readonly dealt: ReadonlySet<Statement>
  /** Writes a body. */
  readonly write: (body: readonly Statement[], scope: Scope, out: Output) => string[]
}

/** Elements that a thread gets at once: a line of the cache, and a whole number of vectors. */
export const UNIT = 16

/** The first of a thread's own iterations, and of the next thread's. @param unit iterations that stay together. */
export function sharesOf(extent: number, unit = 1): [from: string, to: string] {
  const share = (next: number): string =>
    unit === 1
      ? `SHARE(${extent}, ${next})`
      : `at_most(SHARE(${Math.ceil(extent / unit)}, ${next}) * ${unit}, ${extent})`
  return [share(0), share(1)]
}

/** Lines one step further in. */
export const indented = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`)

/** A scope within a loop. */
export const withLoop = (scope: Scope, local: Local): Scope => ({ ...scope, loops: new Set([...scope.loops, local]) })

/** A scope with a local that may have a value for each lane. */
export const withLocal = (scope: Scope, local: Local, isVector: boolean): Scope =>
  isVector ? { ...scope, varying: new Set([...scope.varying, local]) } : scope

/** A scope in which a loop's iterations are lanes. */
export const withLanes = (scope: Scope, over: Local, isWide: boolean, machine: Machine): Scope => ({
  ...withLoop(scope, over),
  over,
  lanes: lanesOf(machine, isWide),
})
