/** Writes the nodes of a program into a draft: each into the loop's body, or before the loop where no step changes it. */
import type { NodeOf, OpName, ValueId } from '@isograd/core/ir'
import { type Draft, entryOf, labelOf, nameOf, onesOf, shapeOf } from './draft.js'
import { lowerFusion } from '../fusion/lowering.js'
import { type AttributeValues, type GraphWriter, tensorType } from './writer.js'
import { loweringOf } from '../lowerings/index.js'
import type { Split } from '../fusion/splits.js'

/** Emits the split where the first of its slices is wanted. */
function sliceOf(graph: GraphWriter, name: string, { axis, pieces }: Split, node: NodeOf<OpName>): string {
  const label = labelOf(node)
  if (graph.produces(label)) return label
  const lengths = graph.constant(
    'int64',
    [pieces.length],
    pieces.map(({ length }) => length),
  )
  const outputs = pieces.map(({ slice }, i) => (slice === undefined ? `${label} beside ${i}` : labelOf(slice)))
  graph.node('Split', `split of ${name}`, [name, lengths], outputs, { axis })
  return label
}

/** The graph that a node is written into. */
function graphOf({ invariants, main, body }: Draft, { id }: NodeOf<OpName>): GraphWriter {
  return invariants.has(id) ? main : body
}

function lowerNode<K extends OpName>(draft: Draft, node: NodeOf<K>): string {
  const graph = graphOf(draft, node)
  const named = (id: ValueId): string => nameOf(draft, graph, id)
  const split = draft.splits.get(node.id)
  if (split !== undefined) return sliceOf(graph, named(split.source), split, node)
  const label = labelOf(node)
  const emit = (opType: string, inputs: readonly string[], attributes?: AttributeValues): string =>
    graph.emit(opType, label, inputs, attributes)
  const fusion = draft.fusions.by.get(node.id)
  if (fusion !== undefined) return lowerFusion({ dtype: node.type.dtype, nameOf: named, graph, emit }, fusion)
  return loweringOf(
    node.op,
    draft.dialect,
  )({
    node,
    inputs: node.inputs.map(named),
    types: node.inputs.map((id) => entryOf(draft.types, id)),
    graph,
    emit,
    shapeOf: (shape) => shapeOf(draft, graph, shape),
    onesOf: (shape, dtype) => onesOf(draft, shape, dtype),
    rowsAreChecked: (indices) => draft.checkedRows.has(indices),
    isOneThread: draft.isOneThread,
  })
}

/** Writes all nodes, but those that a fusion holds and scalars. */
export function writeNodes(draft: Draft): void {
  const { program, fusions, scalars, valueNames } = draft
  for (const node of program.nodes) {
    if (fusions.inside.has(node.id) || scalars.has(node.id)) continue
    const name = lowerNode(draft, node)
    valueNames.set(node.id, name)
    // A lowering may hand on what it was given, as where all that reads a broadcast does it by itself.
    const isOwn = name.startsWith(labelOf(node))
    if (isOwn) graphOf(draft, node).describe(name, tensorType(node.type.dtype, node.type.shape))
  }
}
