/**
 * Reverse-mode differentiation: one walk from the loss back to what it depends on, each operation's rule emitting
 * ordinary nodes of the same IR. What the rules are stands with the operations; this file only accumulates.
 */
import { ProgramError } from '../errors.js'
import { type Builder, isNode, type Scope, type Value } from './builder.js'
import { operationOf } from './ops/index.js'
import type { GradientRule, PartGradient } from './ops/operation.js'
import { formatType, type ProgramNode, type TensorType, type ValueId } from './program.js'

/** The stages that a gradient's nodes are put in. */
export interface GradientStages {
  /** Of the gradients that are asked for. */
  readonly wrt: string
  /** Of the values on the way to them. */
  readonly inner: string
}

function openStage({ stage }: Builder): GradientStages {
  return { wrt: stage, inner: stage }
}

/** Values that depend on any of `sources` through other nodes, sources included. */
function dependents(nodes: readonly ProgramNode[], sources: readonly Value[]): Set<ValueId> {
  const reached = new Set(sources.map((source) => source.id))
  for (const node of nodes) if (node.inputs.some((input) => reached.has(input))) reached.add(node.id)
  return reached
}

/** Applies one node's rule for one input, in the layer that the node belongs to. */
function inputGradient(b: Builder, node: ProgramNode & Value, input: number, upstream: Value, stage: string) {
  const rule = operationOf(node.op).gradient as GradientRule<unknown> | 'none'
  if (rule === 'none') return undefined
  const inputs = node.inputs.map((id) => b.value(id))
  const context = { b, inputs, output: node, upstream, attributes: node.attributes }
  return b.within({ stage, layer: node.layer }, () => rule(context, input))
}

/** Gradients of parts of one value, and where their nodes belong. */
interface Parts {
  readonly parts: PartGradient[]
  readonly scope: Scope
}

/** The gradients that have reached each value: whole gradients summed up, and those of parts, which are joined when all are there. */
class Contributions {
  readonly #b: Builder
  readonly #sums = new Map<ValueId, Value>()
  readonly #parts = new Map<ValueId, Parts>()

  constructor(b: Builder, loss: Value, one: Value) {
    this.#b = b
    this.#sums.set(loss.id, one)
  }

  add(id: ValueId, contribution: Value | PartGradient, scope: Scope): void {
    if (!('part' in contribution)) return this.#addWhole(id, contribution, scope)
    const known = this.#parts.get(id)
    if (known === undefined) this.#parts.set(id, { parts: [contribution], scope })
    else known.parts.push(contribution)
  }

  #addWhole(id: ValueId, contribution: Value, scope: Scope): void {
    const sum = this.#sums.get(id)
    this.#sums.set(id, sum === undefined ? contribution : this.#b.within(scope, () => this.#b.add(sum, contribution)))
  }

  /** The gradient of a value once all that depends on it has been walked. */
  total(id: ValueId): Value | undefined {
    const waiting = this.#parts.get(id)
    if (waiting === undefined) return this.#sums.get(id)
    this.#parts.delete(id)
    const { type } = this.#b.value(id)
    for (const apart of disjoint(waiting.parts)) {
      this.#addWhole(
        id,
        this.#b.within(waiting.scope, () => joined(this.#b, apart, type)),
        waiting.scope,
      )
    }
    return this.#sums.get(id)
  }
}

function end({ part, axis, start }: PartGradient): number {
  return start + Number(part.type.shape[axis])
}

/** Parts in as few lists as it takes for those of a list to lie one behind the other along one axis. */
function disjoint(parts: readonly PartGradient[]): PartGradient[][] {
  const lists: PartGradient[][] = []
  for (const part of parts.toSorted((a, b) => a.axis - b.axis || a.start - b.start)) {
    const list = lists.find((one) => one.at(-1)?.axis === part.axis && end(one.at(-1) ?? part) <= part.start)
    if (list === undefined) lists.push([part])
    else list.push(part)
  }
  return lists
}

/** Parts that lie one behind the other, and zeros where there is none. */
function joined(b: Builder, parts: readonly PartGradient[], { dtype, shape }: TensorType): Value {
  const [{ axis } = { axis: 0 }] = parts
  const zeros = (from: number, to: number): Value[] =>
    from === to
      ? []
      : [
          b.filled(
            0,
            dtype,
            shape.map((length, i) => (i === axis ? to - from : length)),
          ),
        ]
  let at = 0
  const pieces = parts.flatMap((one) => {
    const before = zeros(at, one.start)
    at = end(one)
    return [...before, one.part]
  })
  return b.concat([...pieces, ...zeros(at, Number(shape[axis]))], axis)
}

/**
 * Gradients of a scalar with respect to values of the same builder, in the order of `wrt`.
 * A value that the loss does not depend on has a gradient of zeros. `stages` is the builder's open stage unless told.
 * @throws ProgramError when `loss` is not a floating-point scalar.
 */
export function gradient(b: Builder, loss: Value, wrt: readonly Value[], stages = openStage(b)): Value[] {
  const { dtype, shape } = loss.type
  if (shape.length > 0 || (dtype !== 'float32' && dtype !== 'float64')) {
    throw new ProgramError('core', `gradient: expected a floating-point scalar loss, got ${formatType(loss.type)}`)
  }
  const nodes = [...b.nodes]
  const active = dependents(nodes, wrt)
  const weights = new Set(wrt.map((value) => value.id))
  const gradients = new Contributions(b, loss, b.constant(1, dtype))
  for (const node of nodes.toReversed()) {
    const upstream = active.has(node.id) ? gradients.total(node.id) : undefined
    if (upstream === undefined || !isNode(node)) continue
    for (const [input, id] of node.inputs.entries()) {
      if (!active.has(id)) continue
      const contribution = inputGradient(b, node, input, upstream, weights.has(id) ? stages.wrt : stages.inner)
      if (contribution === undefined) continue
      gradients.add(id, contribution, { stage: stages.inner, layer: node.layer })
    }
  }
  return wrt.map((value) => {
    const total = gradients.total(value.id) ?? b.constant(0, value.type.dtype)
    const whole = b.broadcastTo(total, value.type.shape)
    b.noteGradient(loss, value, whole)
    return whole
  })
}
