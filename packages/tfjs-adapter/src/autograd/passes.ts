/**
 * The parts of a program that TensorFlow.js differentiates: for every noted loss one pass, made of the nodes between the
 * noted inputs and the loss. All of it is known from the program; running a pass is `differentiate.ts`.
 */
import type { ProgramNode, TensorType, ValueId } from '@isograd/core/ir'
import { differentiableOpOf } from './operations.js'

/** Something that a loss is differentiated with respect to. */
export interface GradientRequest {
  readonly wrt: ValueId
  readonly type: TensorType
  /** The id of TensorFlow.js's gradient, new to the program. */
  readonly makes: ValueId
}

/** The same, with its place in the pass. */
export interface Target extends GradientRequest {
  /** Computed before the pass, or by it; or nothing leads from it to the loss, so that the gradient is zero. */
  readonly role: 'given' | 'inside' | 'unreached'
}

/** A node of a pass, on the tape or beside it. */
export interface PassNode {
  readonly node: ProgramNode
  readonly isDifferentiated: boolean
}

/** One loss and its gradients. */
export interface Pass {
  readonly loss: ValueId
  readonly targets: readonly Target[]
  /** Nodes that depend on a target, and the loss on them, in order. */
  readonly nodes: readonly PassNode[]
  /** Values from outside that the nodes read. */
  readonly reads: readonly ValueId[]
}

/** The nodes of `nodes` that `ids` depend on, in order, looking no further than what is `known`. */
export function ancestors(
  nodes: readonly ProgramNode[],
  ids: Iterable<ValueId>,
  known: ReadonlySet<ValueId> = new Set(),
): ProgramNode[] {
  const wanted = new Set(ids)
  const found = nodes.toReversed().filter(({ id, inputs }) => {
    if (!wanted.has(id) || known.has(id)) return false
    for (const input of inputs) wanted.add(input)
    return true
  })
  return found.toReversed()
}

/** Values from which operations with a derivative lead to the loss. */
function leadingTo(loss: ValueId, forward: readonly ProgramNode[]): ReadonlySet<ValueId> {
  const leading = new Set([loss])
  for (const node of forward.toReversed()) {
    if (!leading.has(node.id) || differentiableOpOf(node) === undefined) continue
    for (const input of node.inputs) leading.add(input)
  }
  return leading
}

/** Nodes that depend on any of `sources`. */
function dependents(forward: readonly ProgramNode[], sources: ReadonlySet<ValueId>): ProgramNode[] {
  const reached = new Set(sources)
  return forward.filter(({ id, inputs }) => {
    const isReached = inputs.some((input) => reached.has(input))
    if (isReached) reached.add(id)
    return isReached
  })
}

/** The nodes, each with a mark if it is on the tape: if it has a derivative, and depends on a source through nodes on the tape. */
function marked(nodes: readonly ProgramNode[], sources: ReadonlySet<ValueId>): PassNode[] {
  const active = new Set(sources)
  return nodes.map((node) => {
    const isDifferentiated = differentiableOpOf(node) !== undefined && node.inputs.some((input) => active.has(input))
    if (isDifferentiated) active.add(node.id)
    return { node, isDifferentiated }
  })
}

/** The pass of one loss. */
export function passOf(program: readonly ProgramNode[], loss: ValueId, requests: readonly GradientRequest[]): Pass {
  const forward = ancestors(program, [loss])
  const leading = leadingTo(loss, forward)
  const differentiable = requests.filter(({ wrt, type }) => type.dtype === 'float32' && leading.has(wrt))
  const sources = new Set(differentiable.map(({ wrt }) => wrt))
  const nodes = marked(dependents(forward, sources), sources)
  const inside = new Set(nodes.map(({ node }) => node.id))
  const roleOf = (wrt: ValueId): Target['role'] => {
    if (!sources.has(wrt)) return 'unreached'
    return inside.has(wrt) ? 'inside' : 'given'
  }
  const read = [...sources, ...nodes.flatMap(({ node }) => node.inputs)]
  return {
    loss,
    targets: requests.map((target) => ({ ...target, role: roleOf(target.wrt) })),
    nodes,
    reads: [...new Set(read)].filter((id) => !inside.has(id)),
  }
}
