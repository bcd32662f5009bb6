/**
 * The parts of a step: nodes, each computed by its lowering, and procedures, which compute some values out of others by
 * means of their own. `plan.ts` orders them, and says when values are freed.
 */
import type { Program, ProgramNode, ProgramOutput, ValueId } from '@isograd/core/ir'
import type { Value } from '../value.js'

/** The values of a step by id. What is set belongs to the table. */
export interface ValueTable {
  get(id: ValueId): Value
  set(id: ValueId, value: Value): void
}

/** A task that no node stands for. */
export interface Procedure {
  /** For messages. */
  readonly name: string
  /** Values that it reads. */
  readonly reads: readonly ValueId[]
  /** Values that it sets, all of them in every run. */
  readonly makes: readonly ValueId[]
  /** Synchronous, and leaves nothing behind when it throws. */
  run(values: ValueTable, batch: number): void
}

/** Something to be done in a step. */
export type Task = ProgramNode | Procedure

/** Tasks in an order in which they can be done, and the values that are a step's results. */
export interface Arrangement {
  readonly tasks: readonly Task[]
  readonly outputs: Program['outputs']
}

/** Tells if a task is a node. */
export function isNode(task: Task): task is ProgramNode {
  return 'op' in task
}

/** Values that a task reads. */
export function readsOf(task: Task): readonly ValueId[] {
  return isNode(task) ? task.inputs : task.reads
}

/** Values that a task makes. */
export function makesOf(task: Task): readonly ValueId[] {
  return isNode(task) ? [task.id] : task.makes
}

/** Ids of all results. */
export function resultsOf({ carry, ys }: Program['outputs']): ValueId[] {
  const all: readonly ProgramOutput[] = [...carry, ...ys]
  return all.map(({ value }) => value)
}
