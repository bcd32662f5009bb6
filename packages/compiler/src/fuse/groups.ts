/**
 * Groups of operations that are computed together: elementwise operations over the same elements, with the product or the
 * convolution whose results they take, or before the sum that takes theirs. Nothing here knows a layer or an optimizer.
 */
import { operationOf, type OpName, type ProgramNode, type ValueId } from '@isograd/core/ir'
import { sameShape } from '@isograd/core/backend'
import { knownOf, type Values } from './values.js'
import { isWhole } from './view.js'

/** The part that an operation takes in a group. `root`: one to a group, with what takes its results element by element behind it. */
type Role = 'element' | 'root' | 'sum' | 'alone'

/** Roles of the operations that are computed and not elementwise; all others are alone in their group. */
const roles: Partial<Record<OpName, Role>> = {
  // Rows are read at places of their own choice, and what is made of them is elementwise.
  gatherRows: 'element',
  matmul: 'root',
  convolve: 'root',
  reduceSum: 'sum',
  reduceMax: 'sum',
}

/** The role of a node. */
export function roleOf({ op }: ProgramNode): Role {
  return operationOf(op).isElementwise ? 'element' : (roles[op] ?? 'alone')
}

/** Nodes that one kernel computes. */
export interface Group {
  /** In order of computation. */
  readonly nodes: readonly ProgramNode[]
  /** The node that is no elementwise one; undefined where all are. */
  readonly root: ProgramNode | undefined
  /** Sizes of the elements that all elementwise nodes have. */
  readonly shape: readonly number[]
}

class Draft {
  nodes: ProgramNode[]
  shape: readonly number[]
  /** Drafts whose elements are read one by one at the same place, and those that have to be complete before. */
  near = new Set<Draft>()
  far = new Set<Draft>()
  users = new Set<Draft>()
  first: number
  last: number
  /** The node that is no elementwise one. */
  root: ProgramNode | undefined

  constructor(node: ProgramNode, shape: readonly number[], position: number) {
    this.nodes = [node]
    this.shape = shape
    this.first = position
    this.last = position
    if (roleOf(node) !== 'element') this.root = node
  }
}

/** Tells if `from` needs `to` in another way than element by element. */
function needs(from: Draft, to: Draft): boolean {
  if (from.far.has(to)) return true
  const seen = new Set<Draft>([from])
  const open = [...from.far, ...[...from.near].filter((draft) => draft !== to)]
  for (let draft = open.pop(); draft !== undefined; draft = open.pop()) {
    if (draft === to) return true
    if (seen.has(draft) || draft.last < to.first) continue
    seen.add(draft)
    open.push(...draft.near, ...draft.far)
  }
  return false
}

function replace(set: Set<Draft>, old: Draft, by: Draft): void {
  if (set.delete(old)) set.add(by)
}

/** Joins `other` to `into`. */
function join(into: Draft, other: Draft): void {
  into.nodes.push(...other.nodes)
  into.root ??= other.root
  into.first = Math.min(into.first, other.first)
  into.last = Math.max(into.last, other.last)
  for (const [set, others] of [
    [into.near, other.near],
    [into.far, other.far],
    [into.users, other.users],
  ] as const) {
    for (const draft of others) set.add(draft)
  }
  for (const user of other.users) {
    replace(user.near, other, into)
    replace(user.far, other, into)
  }
  for (const draft of [...other.near, ...other.far]) replace(draft.users, other, into)
  for (const set of [into.near, into.far, into.users]) {
    set.delete(into)
    set.delete(other)
  }
}

/** Joins two drafts where the result can be computed in one go; gives the one that is left. */
function tryJoin(a: Draft, b: Draft, roots: number): Draft | undefined {
  if (a === b || !sameShape(a.shape, b.shape)) return undefined
  if (Number(a.root !== undefined) + Number(b.root !== undefined) > roots) return undefined
  if (needs(a, b) || needs(b, a)) return undefined
  join(a, b)
  return a
}

/** The inputs of a node that are computed, each with the way it is read. */
function readsOf(values: Values, node: ProgramNode, shape: readonly number[]) {
  return node.inputs.flatMap((id, i) => {
    const source = knownOf(values.sources, id)
    if (source.kind === 'number') return []
    const { base } = source.view
    const baseShape = knownOf(values.types, base).shape
    // A gather reads rows at places of its own choice; its row numbers are read before them.
    const isNear =
      node.op !== 'gatherRows' &&
      isWhole(source.view, baseShape) &&
      sameShape(baseShape, shape) &&
      sameShape(source.view.shape, shape) &&
      (roleOf(node) === 'element' || (roleOf(node) === 'sum' && i === 0))
    return [{ base, isNear }]
  })
}

function draftsOf(values: Values): Map<ValueId, Draft> {
  const drafts = new Map<ValueId, Draft>()
  for (const [position, node] of values.computed.entries()) {
    const own = knownOf(values.types, node.id).shape
    const [input] = node.inputs
    const shape = roleOf(node) === 'sum' && input !== undefined ? knownOf(values.types, input).shape : own
    const draft = new Draft(node, shape, position)
    for (const { base, isNear } of readsOf(values, node, shape)) {
      const producer = drafts.get(base)
      if (producer === undefined) continue
      ;(isNear ? draft.near : draft.far).add(producer)
      producer.users.add(draft)
    }
    drafts.set(node.id, draft)
  }
  return drafts
}

/** Users of a draft, the latest first. */
function latestUsers(draft: Draft): Draft[] {
  return [...draft.users].filter((user) => user.near.has(draft)).toSorted((a, b) => b.last - a.last)
}

/** Joins elementwise drafts with those that take their results, from the end of the program on. */
function joinElements(values: Values, drafts: Map<ValueId, Draft>): void {
  for (const { id } of values.computed.toReversed()) {
    let draft = knownOf(drafts, id)
    if (draft.root !== undefined) continue
    for (const user of latestUsers(draft)) {
      if (user.root !== undefined) continue
      const joined = tryJoin(user, draft, 0)
      if (joined === undefined) continue
      for (const node of draft.nodes) drafts.set(node.id, joined)
      draft = joined
    }
  }
}

/** Joins products and convolutions with what takes their results. */
function joinRoots(values: Values, drafts: Map<ValueId, Draft>): void {
  for (const node of values.computed) {
    if (roleOf(node) !== 'root') continue
    const root = knownOf(drafts, node.id)
    for (const user of latestUsers(root)) {
      const { nodes } = user
      if (tryJoin(root, user, 1) !== undefined) for (const { id } of nodes) drafts.set(id, root)
    }
  }
}

/** Joins sums with the elementwise nodes that are computed for them alone. */
function joinSums(values: Values, drafts: Map<ValueId, Draft>): void {
  for (const node of values.computed) {
    if (roleOf(node) !== 'sum') continue
    const sum = knownOf(drafts, node.id)
    for (const draft of sum.near) {
      const isForIt = draft.users.size === 1 && draft.nodes.every(({ id }) => !values.outputs.has(id))
      const { nodes } = draft
      if (!isForIt || draft.root !== undefined || tryJoin(sum, draft, 1) === undefined) continue
      for (const { id } of nodes) drafts.set(id, sum)
    }
  }
}

/** Drafts in an order in which each comes after what it needs, as near to the order of their first nodes as can be. */
function ordered(drafts: ReadonlySet<Draft>): Draft[] {
  const result: Draft[] = []
  const waiting = new Map([...drafts].map((draft) => [draft, new Set([...draft.near, ...draft.far]).size]))
  const ready = [...drafts].filter((draft) => waiting.get(draft) === 0).toSorted((a, b) => b.first - a.first)
  for (let draft = ready.pop(); draft !== undefined; draft = ready.pop()) {
    result.push(draft)
    for (const user of draft.users) {
      const left = Number(waiting.get(user)) - 1
      waiting.set(user, left)
      if (left === 0) ready.splice(ready.findLastIndex((one) => one.first > user.first) + 1, 0, user)
    }
  }
  if (result.length < drafts.size) throw new Error('groups need each other')
  return result
}

/** Cuts a program into groups, in an order in which they can be computed. */
export function groupsOf(values: Values): readonly Group[] {
  const drafts = draftsOf(values)
  joinElements(values, drafts)
  joinRoots(values, drafts)
  joinSums(values, drafts)
  const position = new Map(values.computed.map(({ id }, i) => [id, i]))
  return ordered(new Set(drafts.values())).map((draft) => ({
    nodes: draft.nodes.toSorted((a, b) => Number(position.get(a.id)) - Number(position.get(b.id))),
    root: draft.root,
    shape: draft.shape,
  }))
}
