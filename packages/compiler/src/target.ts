/** A target: something that makes loop programs runnable. Each has a folder of its own. */
import type { Tensor, TensorMap, TensorStorage } from '@isograd/core/backend'
import type { LoopProgram } from './loops/loops.js'
import type { MemoryPlan } from './memory/plan.js'

/** Elements of a tensor. */
export type Elements = TensorStorage[Tensor['dtype']]

/** Compiled code with its memory. Calls come one at a time. */
export interface Instance {
  /** Operations without code of their own: those that no kernel computes, and all kernels where kernels are interpreted. */
  readonly interpreted: number
  /** The bytes of the arena, valid until the next call of anything. */
  arena(): Uint8Array
  /**
   * Runs steps `from` to `to - 1`.
   * @param xs the stacked tensors of all steps, in the order of the program's xs; only read.
   * @param ys the stacked tensors of all steps; those of the steps at hand are written.
   * @param threads those that share each step; one where it is left out. Bits do not depend on it.
   * The head of the arena is cleared first, and tells faults afterwards: the step at which they were met is finished with row
   * 0 in their place, and is the last.
   */
  run(xs: readonly Elements[], ys: readonly Elements[], from: number, to: number, threads?: number): void
  dispose(): void
}

/** A maker of runnable programs. */
export interface Target {
  readonly name: string
  /** Threads that may share a step. */
  readonly threads: number
  /** Makes a program runnable; its constants, in the order of the program's, are only read. */
  load(program: LoopProgram, plan: MemoryPlan, constants: readonly Elements[]): Promise<Instance>
  /** Bytes that it holds beside what its callers hold. */
  bytes(): number
  dispose(): void
}

export type { Tensor, TensorMap }
