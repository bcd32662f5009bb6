/**
 * Slices that are taken from one value along one axis without overlap, as a packed carry is taken apart, become one
 * Split: starting an operator costs more than copying a few numbers, and a deep narrow network has dozens of slices.
 */
import { type NodeOf, type Program, type ValueId, valueTypes } from '@isograd/core/ir'

/** A value that is split: along which axis, into pieces of which lengths, and which slice each of them is. */
export interface Split {
  readonly source: ValueId
  readonly axis: number
  readonly pieces: readonly { readonly length: number; readonly slice: NodeOf<'slice'> | undefined }[]
}

type Slice = NodeOf<'slice'>

function isSlice(node: Program['nodes'][number]): node is Slice {
  return node.op === 'slice'
}

function sourceOf({ inputs }: Slice): ValueId {
  return inputs[0] as ValueId
}

/** The slices in order with what lies between them; undefined where two overlap. */
function piecesOf(slices: readonly Slice[], length: number): Split['pieces'] | undefined {
  const pieces: { length: number; slice: Slice | undefined }[] = []
  let at = 0
  for (const slice of slices.toSorted((a, b) => a.attributes.start - b.attributes.start)) {
    const { start, stop } = slice.attributes
    if (start < at) return undefined
    if (start > at) pieces.push({ length: start - at, slice: undefined })
    pieces.push({ length: stop - start, slice })
    at = stop
  }
  if (at < length) pieces.push({ length: length - at, slice: undefined })
  return pieces
}

/** The split that makes each slice, by the slice's id; slices that stand alone have none. */
export function splitsOf(program: Program): ReadonlyMap<ValueId, Split> {
  const types = valueTypes(program)
  const groups = new Map<string, Slice[]>()
  for (const node of program.nodes.filter(isSlice)) {
    const key = `${sourceOf(node)} ${node.attributes.axis}`
    groups.set(key, [...(groups.get(key) ?? []), node])
  }
  const splits = new Map<ValueId, Split>()
  for (const slices of groups.values()) {
    const [first] = slices
    if (first === undefined || slices.length < 2) continue
    const { axis } = first.attributes
    const length = types.get(sourceOf(first))?.shape[axis]
    const pieces = typeof length === 'number' ? piecesOf(slices, length) : undefined
    if (pieces === undefined) continue
    for (const { id } of slices) splits.set(id, { source: sourceOf(first), axis, pieces })
  }
  return splits
}
