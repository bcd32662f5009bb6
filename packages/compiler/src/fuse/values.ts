/** The values of a program for one size of its batch: shapes in numbers, and what each is without computing. */
import {
  allInputs,
  concreteShape,
  type Program,
  type ProgramNode,
  type TensorType,
  type ValueId,
} from '@isograd/core/ir'
import { broadcastStrides, isContiguous, rowMajor, type View, wholeOf } from './view.js'

/** A value: a number known now, or a view of what is computed or given. */
export type Source =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'view'; readonly view: View }

/** All values of a program. */
export interface Values {
  readonly program: Program
  /** Nodes that take computing, in order. */
  readonly computed: readonly ProgramNode[]
  readonly types: ReadonlyMap<ValueId, { readonly dtype: TensorType['dtype']; readonly shape: readonly number[] }>
  readonly sources: ReadonlyMap<ValueId, Source>
  /** The base values that the program gives out. */
  readonly outputs: ReadonlySet<ValueId>
}

/** An entry by the id of a value. @throws where the program was not verified. */
export function knownOf<T>(map: ReadonlyMap<ValueId, T>, id: ValueId): T {
  const known = map.get(id)
  if (known === undefined) throw new Error(`value %${id} is read before it is computed`)
  return known
}

type Viewing = (view: View, node: ProgramNode, shape: readonly number[]) => View | undefined

/** The operations that move nothing; undefined where memory has to be moved after all. */
const viewing: Partial<Record<ProgramNode['op'], Viewing>> = {
  reshape: (view, _, shape) => (isContiguous(view) ? { ...view, shape, strides: rowMajor(shape) } : undefined),
  broadcastTo: (view, _, shape) => ({ ...view, shape, strides: broadcastStrides(view, shape) }),
  transpose: (view, node, shape) =>
    node.op === 'transpose'
      ? { ...view, shape, strides: node.attributes.permutation.map((axis) => Number(view.strides[axis])) }
      : undefined,
  slice: (view, node, shape) =>
    node.op === 'slice'
      ? { ...view, shape, offset: view.offset + node.attributes.start * Number(view.strides[node.attributes.axis]) }
      : undefined,
}

/** The source of a node that takes no computing; undefined where it has to be computed. */
function sourceOf(
  node: ProgramNode,
  shape: readonly number[],
  known: Pick<Values, 'types' | 'sources'>,
): Source | undefined {
  if (node.op === 'constant') return { kind: 'number', value: node.attributes.value }
  const [input] = node.inputs
  if (input === undefined) return undefined
  if (node.op === 'size')
    return { kind: 'number', value: Number(knownOf(known.types, input).shape[node.attributes.axis]) }
  const view = viewing[node.op]
  if (view === undefined) return undefined
  const source = knownOf(known.sources, input)
  if (source.kind === 'number') return source
  const seen = view(source.view, node, shape)
  return seen && { kind: 'view', view: seen }
}

/** The values of a program with so many rows in its batch. */
export function valuesOf(program: Program, batch: number): Values {
  const types = new Map<ValueId, { dtype: TensorType['dtype']; shape: number[] }>()
  const sources = new Map<ValueId, Source>()
  const computed: ProgramNode[] = []
  for (const { id, type } of allInputs(program)) {
    const shape = concreteShape(type.shape, batch)
    types.set(id, { dtype: type.dtype, shape })
    sources.set(id, { kind: 'view', view: wholeOf(id, shape) })
  }
  for (const node of program.nodes) {
    const shape = concreteShape(node.type.shape, batch)
    types.set(node.id, { dtype: node.type.dtype, shape })
    const source = sourceOf(node, shape, { types, sources })
    if (source === undefined) computed.push(node)
    sources.set(node.id, source ?? { kind: 'view', view: wholeOf(node.id, shape) })
  }
  const { carry, ys } = program.outputs
  const outputs = new Set([...carry, ...ys].flatMap(({ value }) => basesOf(knownOf(sources, value))))
  return { program, computed, types, sources, outputs }
}

/** The memory that a source is in: none of a number. */
export const basesOf = (source: Source): ValueId[] => (source.kind === 'view' ? [source.view.base] : [])
