/**
 * A model under construction: the graph around the loop, the loop's body, and where each value of the program is. It is
 * filled by `nodes.ts` and `model.ts`.
 */
import { type FloatDType, internalError } from '@isograd/core/backend'
import {
  BATCH,
  type NodeOf,
  type OpName,
  type Program,
  type ProgramInput,
  type Shape,
  type TensorType,
  type ValueId,
} from '@isograd/core/ir'
import type { Dialect } from '../lowerings/index.js'
import type { Fusions } from '../fusion/fusions.js'
import type { GraphWriter } from './writer.js'
import type { Split } from '../fusion/splits.js'

/** Name of the model's input that holds the size of the batch, as an int64 vector of one. */
export const batchName = 'batch'

/** The parts. */
export interface Draft {
  /** As given, without the carry that no step changes. */
  readonly program: Program
  /** Carry that no step changes. */
  readonly unchanged: readonly ProgramInput[]
  readonly types: ReadonlyMap<ValueId, TensorType>
  /** The model's graph: runs once a scan. */
  readonly main: GraphWriter
  /** The body of the loop: runs in every step, and sees the values of `main`. */
  readonly body: GraphWriter
  readonly valueNames: Map<ValueId, string>
  /** Scalars of the program, stored in whatever graph asks for them. */
  readonly scalars: ReadonlyMap<ValueId, NodeOf<'constant'>>
  /** Nodes that are the same in every step: they are computed in `main`. */
  readonly invariants: ReadonlySet<ValueId>
  readonly checkedRows: ReadonlySet<string>
  readonly isOneThread: boolean
  readonly splits: ReadonlyMap<ValueId, Split>
  readonly fusions: Fusions
  readonly dialect: Dialect
}

/** The entry of a value, which must be there. */
export function entryOf<V>(map: ReadonlyMap<ValueId, V>, id: ValueId): V {
  const found = map.get(id)
  if (found === undefined) throw internalError(`value %${id} is not defined`)
  return found
}

/** Name of a value in a graph. */
export function nameOf({ valueNames, scalars }: Draft, graph: GraphWriter, id: ValueId): string {
  const scalar = scalars.get(id)?.attributes
  return scalar === undefined ? entryOf(valueNames, id) : graph.constant(scalar.dtype, [], [scalar.value])
}

/** The name that a node's value is given. */
export function labelOf({ id, name }: Pick<NodeOf<OpName>, 'id' | 'name'>): string {
  return `%${id} ${name}`
}

/** The int64 vector of a shape, computed outside the loop. */
function outerShape({ main }: Draft, shape: Shape): string {
  const parts = shape.map((dimension) => (dimension === BATCH ? batchName : main.constant('int64', [1], [dimension])))
  const [only] = parts
  if (only !== undefined && parts.length === 1) return only
  const name = `shape[${shape.join(',')}]`
  return main.produces(name) ? name : main.emit('Concat', name, parts, { axis: 0 })
}

/** The int64 vector of a shape, for a node of a graph. */
export function shapeOf(draft: Draft, graph: GraphWriter, shape: Shape): string {
  const fixed = shape.filter((dimension) => dimension !== BATCH)
  const isFixed = fixed.length === shape.length
  return isFixed ? graph.constant('int64', [shape.length], fixed) : outerShape(draft, shape)
}

/** A tensor of ones, made outside the loop. */
export function onesOf(draft: Draft, shape: Shape, dtype: FloatDType): string {
  const name = `ones ${dtype}[${shape.join(',')}]`
  if (draft.main.produces(name)) return name
  return draft.main.emit('Expand', name, [draft.main.constant(dtype, [], [1]), outerShape(draft, shape)])
}
