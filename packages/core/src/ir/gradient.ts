/**
 * Reverse-mode differentiation: one walk from the loss back to what it depends on, each operation's rule emitting
 * ordinary nodes of the same IR. What the rules are stands with the operations; this file only accumulates.
 */
import { ProgramError } from '../errors.js'
import { type Builder, isNode, type Scope, type Value } from './builder.js'
import { operationOf } from './ops/index.js'
import type { GradientRule } from './ops/operation.js'
import { formatType, type ProgramNode, type ValueId } from './program.js'

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

/** Adds a contribution to a value's gradient. */
function accumulate(b: Builder, gradients: Map<ValueId, Value>, id: ValueId, contribution: Value, scope: Scope): void {
  const sum = gradients.get(id)
  gradients.set(id, sum === undefined ? contribution : b.within(scope, () => b.add(sum, contribution)))
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
  const gradients = new Map<ValueId, Value>([[loss.id, b.constant(1, dtype)]])
  for (const node of nodes.toReversed()) {
    const upstream = gradients.get(node.id)
    if (upstream === undefined || !active.has(node.id) || !isNode(node)) continue
    for (const [input, id] of node.inputs.entries()) {
      if (!active.has(id)) continue
      const contribution = inputGradient(b, node, input, upstream, weights.has(id) ? stages.wrt : stages.inner)
      if (contribution === undefined) continue
      accumulate(b, gradients, id, contribution, { stage: stages.inner, layer: node.layer })
    }
  }
  return wrt.map((value) => {
    const total = gradients.get(value.id) ?? b.constant(0, value.type.dtype)
    const whole = b.broadcastTo(total, value.type.shape)
    b.noteGradient(loss, value, whole)
    return whole
  })
}
