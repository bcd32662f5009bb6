/**
 * A step as a function of arrays, which jax-js traces and compiles. An array is used up by whoever reads it last; before that
 * its readers get references.
 */
import { internalError } from '@isograd/core/backend'
import {
  concreteShape,
  type Program,
  type ProgramNode,
  type TensorType,
  type ValueId,
  valueTypes,
} from '@isograd/core/ir'
import { loweringOf } from './lowerings/index.js'
import type { Jax, JaxArray } from './runtime.js'

/** A function of the arrays of some values to those of others. */
export interface StepSource {
  readonly jax: Jax
  /** True for jax-js's own functions where others are more exact. */
  readonly isNative: boolean
  readonly program: Program
  /** Values that are given, in the order of the arguments. */
  readonly given: readonly ValueId[]
  /** Values that are wanted, in the order of the results. */
  readonly wanted: readonly ValueId[]
}

/** Counts of the reads of each value by nodes that lead to the results. */
function readsOf({ program, given, wanted }: StepSource): ReadonlyMap<ValueId, number> {
  const reads = new Map<ValueId, number>()
  const read = (id: ValueId): unknown => {
    const before = reads.get(id)
    return reads.set(id, before === undefined ? 1 : before + 1)
  }
  for (const id of wanted) read(id)
  for (const { id, inputs } of program.nodes.toReversed())
    if (reads.has(id) && !given.includes(id)) inputs.forEach(read)
  return reads
}

/** The arrays of a step, each with the reads that are left. */
class Arrays {
  readonly #left: Map<ValueId, number>
  readonly #arrays = new Map<ValueId, JaxArray>()

  constructor(reads: ReadonlyMap<ValueId, number>) {
    this.#left = new Map(reads)
  }

  put(id: ValueId, array: JaxArray): void {
    if (this.#left.has(id)) this.#arrays.set(id, array)
    else array.dispose()
  }

  take(id: ValueId): JaxArray {
    const [array, left] = [this.#arrays.get(id), this.#left.get(id)]
    if (array === undefined || left === undefined) throw internalError(`value %${id} is read before it is computed`)
    this.#left.set(id, left - 1)
    return left > 1 ? array.ref : array
  }
}

function compute(
  { jax, isNative }: StepSource,
  node: ProgramNode,
  types: ReadonlyMap<ValueId, TensorType>,
  arrays: Arrays,
  batch: number,
): JaxArray {
  return loweringOf(
    node.op,
    isNative,
  )({
    jax,
    inputs: node.inputs.map((id) => arrays.take(id)),
    types: node.inputs.map((id) => types.get(id) ?? node.type),
    attributes: node.attributes,
    dtype: node.type.dtype,
    shape: concreteShape(node.type.shape, batch),
  })
}

/** The function, for batches of so many rows. */
export function stepOf(source: StepSource, batch: number): (...given: JaxArray[]) => JaxArray[] {
  const { program, given, wanted } = source
  const [reads, types] = [readsOf(source), valueTypes(program)]
  const nodes = program.nodes.filter(({ id }) => reads.has(id) && !given.includes(id))
  return (...values) => {
    const arrays = new Arrays(reads)
    for (const [i, id] of given.entries()) arrays.put(id, values[i] as JaxArray)
    for (const node of nodes) arrays.put(node.id, compute(source, node, types, arrays, batch))
    return wanted.map((id) => arrays.take(id))
  }
}
