/**
 * A program rearranged so that TensorFlow.js differentiates: passes take the place of the nodes that made the noted
 * gradients. Whatever is not part of a loss (updates, metrics, taps) reads TensorFlow.js's gradients from then on; the
 * forward part reads its own values even where one of them happens to be a gradient as well. Nodes that served only our
 * gradients are gone.
 */
import { internalError } from '@isograd/core/backend'
import {
  type GradientNote,
  type Program,
  type ProgramNode,
  type TensorType,
  type ValueId,
  valueTypes,
} from '@isograd/core/ir'
import { readsOf, resultsOf } from '../plan/task.js'
import { ancestors, type Pass, passOf, type GradientRequest } from './passes.js'

/** A pass, and the nodes of it whose values are read elsewhere. */
export interface PassTask {
  readonly pass: Pass
  readonly keeps: readonly ValueId[]
}

/** Two gradients that the program takes for one. */
export interface SharedGradient {
  readonly first: GradientRequest
  readonly second: GradientRequest
}

/** The work of a step, in order: passes and the nodes that they need, checks of shared gradients, all other nodes. */
export interface PassArrangement {
  readonly before: readonly (ProgramNode | PassTask)[]
  readonly shared: readonly SharedGradient[]
  readonly after: readonly ProgramNode[]
  readonly outputs: Program['outputs']
}

/** The notes with new ids for TensorFlow.js's gradients. */
interface Numbering {
  readonly byLoss: ReadonlyMap<ValueId, readonly GradientRequest[]>
  /** From a gradient of the program to what takes its place. */
  readonly renamed: ReadonlyMap<ValueId, GradientRequest>
  readonly shared: readonly SharedGradient[]
}

function typeAt(types: ReadonlyMap<ValueId, TensorType>, id: ValueId): TensorType {
  return types.get(id) ?? raise(id)
}

function raise(id: ValueId): never {
  throw internalError(`gradient note of %${id} passed verify`)
}

/** One `GradientRequest` for each pair of loss and value, whatever ids the program has for their gradients. */
function numberNotes(program: Program, notes: readonly GradientNote[]): Numbering {
  const types = valueTypes(program)
  const byLoss = new Map<ValueId, GradientRequest[]>()
  const renamed = new Map<ValueId, GradientRequest>()
  const shared: SharedGradient[] = []
  let next = Math.max(...types.keys()) + 1
  for (const { loss, wrt, gradient } of notes) {
    const ofLoss = byLoss.get(loss) ?? []
    byLoss.set(loss, ofLoss)
    let request = ofLoss.find((other) => other.wrt === wrt)
    if (request === undefined) {
      request = { wrt, type: typeAt(types, wrt), makes: next++ as ValueId }
      ofLoss.push(request)
    }
    const first = renamed.get(gradient)
    if (first === undefined) renamed.set(gradient, request)
    else if (first !== request) shared.push({ first, second: request })
  }
  return { byLoss, renamed, shared }
}

type Rename = (id: ValueId) => ValueId

function renamedOutputs({ carry, ys }: Program['outputs'], rename: Rename): Program['outputs'] {
  const all = (outputs: Program['outputs']['ys']) => outputs.map(({ name, value }) => ({ name, value: rename(value) }))
  return { carry: all(carry), ys: all(ys) }
}

/** The nodes, those outside the forward parts reading TensorFlow.js's gradients. */
function renamedNodes({ nodes }: Program, losses: Iterable<ValueId>, rename: Rename): ProgramNode[] {
  const forward = new Set(ancestors(nodes, losses).map(({ id }) => id))
  return nodes.map((node) => (forward.has(node.id) ? node : { ...node, inputs: node.inputs.map(rename) }))
}

/** Schedules passes, what they read before them. A value that is made twice is the first one's. */
class Schedule {
  readonly #nodes: readonly ProgramNode[]
  readonly #made = new Set<ValueId>()
  readonly tasks: (ProgramNode | { readonly pass: Pass; readonly offers: readonly ValueId[] })[] = []

  constructor(nodes: readonly ProgramNode[]) {
    this.#nodes = nodes
  }

  /** Nodes still to be computed for `ids`. */
  nodesFor(ids: Iterable<ValueId>): ProgramNode[] {
    return ancestors(this.#nodes, ids, this.#made)
  }

  pass(pass: Pass): void {
    const before = this.nodesFor(pass.reads)
    for (const { id } of before) this.#made.add(id)
    const offers = pass.nodes.map(({ node }) => node.id).filter((id) => !this.#made.has(id))
    this.tasks.push(...before, { pass, offers })
    for (const id of [...offers, ...pass.targets.map(({ makes }) => makes)]) this.#made.add(id)
  }
}

/** Arranges a verified program that has notes. */
export function arrangePasses(program: Program): PassArrangement {
  const { byLoss, renamed, shared } = numberNotes(program, program.gradients ?? [])
  const rename: Rename = (id) => renamed.get(id)?.makes ?? id
  const outputs = renamedOutputs(program.outputs, rename)
  const results = resultsOf(outputs)
  const nodes = renamedNodes(program, byLoss.keys(), rename)
  const schedule = new Schedule(nodes)
  for (const [loss, requests] of byLoss) schedule.pass(passOf(program.nodes, loss, requests))
  const after = schedule.nodesFor(results)
  const read = new Set([...results, ...after.flatMap(readsOf)])
  for (const task of schedule.tasks) for (const id of 'pass' in task ? task.pass.reads : task.inputs) read.add(id)
  const before = schedule.tasks.map((task) =>
    'pass' in task ? { pass: task.pass, keeps: task.offers.filter((id) => read.has(id)) } : task,
  )
  return { before, shared, after, outputs }
}
