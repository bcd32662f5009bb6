/**
 * Checks every node of one step on several backends at once: each value is held against the float64 evaluation
 * of that one operation on the backend's own inputs, and, where asked, against a float64 run of the whole step.
 *
 * The float64 run goes with the backend where going alone would compare different things. Where a comparison falls on
 * the other side by rounding it takes the backend's side, since the function is not continuous there. The update starts
 * from the backend's own gradients, since Adam's first step divides each element by its own size, noise included.
 */
import type { ScanResult } from '../../backend/contract.js'
import { sliceStep } from '../../backend/scan.js'
import type { NumericTensor } from '../../ir/ops/operation.js'
import type { Program, ProgramNode, ValueId } from '../../ir/program.js'
import { sameBits } from '../../numerics/bits.js'
import { relativeError } from '../../numerics/norms.js'
import type { Tensor, TensorMap } from '../../tensor.js'
import { Float64Evaluator, type Outputs } from './float64-evaluator.js'
import { type NodeError, nodeError } from './node-error.js'
import type { ObservedValues, Observer } from './observer.js'
import type { Slice } from './slices.js'

/** One step on several backends. */
export interface NodeCheckInput {
  readonly program: Program
  readonly slices: readonly Slice[]
  readonly observers: readonly Observer[]
  readonly constants: TensorMap
  readonly carry: TensorMap
  /** One step, stacked as for a scan. */
  readonly xs: TensorMap
  readonly batch: number
  /** True to run the whole step in float64 beside the backends. */
  readonly whole: boolean
}

/** One node on one backend. */
export interface CheckedNode {
  readonly node: ProgramNode
  /** Against the operation alone, on the backend's own inputs. */
  readonly own: NodeError
  /** Relative error of the norm against the whole step in float64; 0 when that was not asked for. */
  readonly whole: number
  /** The same of an evaluation that rounds every result once: what rounding alone does to this node. */
  readonly noise: number
  /** True for a gradient that the backend computes by itself, and so is held against no operation. */
  readonly isForeign: boolean
}

/** An output that is not what its node computed. */
export interface MiswiredOutput {
  readonly role: 'carry' | 'ys'
  readonly name: string
  readonly node: ProgramNode
}

/** One backend's step. */
export interface CheckedStep {
  readonly nodes: readonly CheckedNode[]
  readonly miswired: readonly MiswiredOutput[]
  /** The outputs of the tapped program beside its taps. */
  readonly result: ScanResult
  /** The whole step in float64, beside this backend. */
  readonly exact: Outputs | undefined
}

/** One step on all backends, checked. */
export interface NodeCheckResult {
  readonly backends: readonly CheckedStep[]
  /** The whole step with every result rounded once, beside the first backend. */
  readonly rounded: Outputs | undefined
}

const unchecked: NodeError = { elements: 0, ratio: 0, drift: 0 }

/** Checks the nodes of one backend, in order, beside its float64 evaluations. */
class NodeChecker {
  readonly #byId: ReadonlyMap<ValueId, ProgramNode>
  readonly exact: Float64Evaluator | undefined
  readonly rounded: Float64Evaluator | undefined
  readonly nodes: CheckedNode[] = []
  readonly miswired: MiswiredOutput[] = []
  readonly #batch: number
  /** Gradients that no operation of the program made: the backend differentiates by itself. */
  readonly #foreign: ReadonlySet<ValueId>

  constructor(input: NodeCheckInput, byId: ReadonlyMap<ValueId, ProgramNode>, { backend }: Observer, isFirst: boolean) {
    const inputs = { ...input, x: sliceStep(input.xs, 0) }
    this.#byId = byId
    this.#batch = input.batch
    const notes = backend.info.options['gradients'] === undefined ? [] : (input.program.gradients ?? [])
    this.#foreign = new Set(notes.map(({ gradient }) => gradient))
    this.exact = input.whole ? new Float64Evaluator(input.program, inputs, 'exact') : undefined
    this.rounded = input.whole && isFirst ? new Float64Evaluator(input.program, inputs, 'rounded') : undefined
  }

  /** The values that the update takes from the backend in the place of the float64 evaluation's. */
  #taken(node: ProgramNode, observed: ObservedValues) {
    return (id: ValueId): NumericTensor | undefined => {
      if (node.stage !== 'update') return undefined
      const from = this.#byId.get(id)
      return from === undefined || from.stage === 'update' ? undefined : observed.value(id)
    }
  }

  check(node: ProgramNode, observed: ObservedValues, noise: number): number {
    const value = observed.value(node.id)
    const isForeign = this.#foreign.has(node.id)
    const own = isForeign ? unchecked : this.#ownError(node, value, observed)
    const taken = this.#taken(node, observed)
    const exact = this.exact?.next(node, taken)
    // Most of a step's elements are the update's intermediate values: what it amounts to is read off its results, and
    // starting from the backend's own gradients it has no noise to speak of.
    const isCompared = exact !== undefined && node.stage !== 'update'
    const rounded = isCompared ? this.rounded?.next(node) : undefined
    if (exact !== undefined && !isCompared) this.rounded?.replace(node, exact)
    const whole = isCompared ? relativeError(value.data, exact.data) : 0
    const ownNoise = isCompared && rounded !== undefined ? relativeError(rounded.data, exact.data) : noise
    this.nodes.push({ node, own, whole, noise: ownNoise, isForeign })
    this.#follow(node, value, own)
    return ownNoise
  }

  #ownError(node: ProgramNode, value: Tensor, observed: ObservedValues): NodeError {
    const inputs = node.inputs.map((id) => observed.value(id))
    return nodeError(node, inputs, value, this.#batch)
  }

  /** Takes the backend's side of a decision that it made rightly. */
  #follow(node: ProgramNode, value: Tensor, own: NodeError): void {
    const { dtype } = node.type
    const isDecision = dtype === 'bool' || dtype === 'int32'
    for (const evaluator of [this.exact, this.rounded]) {
      if (isDecision && own.ratio === 0) evaluator?.replace(node, value)
      evaluator?.release(node)
    }
  }

  /** Outputs whose node is in the slice must be that node's value, bit for bit. */
  checkWires({ nodes, program }: Slice, { result, value }: ObservedValues): void {
    const inSlice = new Set(nodes.map(({ id }) => id))
    const ys = sliceStep(result.ys, 0)
    for (const [role, values] of [['carry', result.carry] as const, ['ys', ys] as const]) {
      for (const output of program.outputs[role]) {
        const node = this.#byId.get(output.value)
        const got = values[output.name]
        if (node === undefined || got === undefined || !inSlice.has(output.value)) continue
        if (!sameBits(got, value(output.value))) this.miswired.push({ role, name: output.name, node })
      }
    }
  }
}

function outputsOf(evaluator: Float64Evaluator | undefined): Outputs | undefined {
  return evaluator === undefined ? undefined : { carry: evaluator.outputs('carry'), ys: evaluator.outputs('ys') }
}

/** Checks one step. Every observer must be able to run the slices. */
export async function checkNodes(input: NodeCheckInput): Promise<NodeCheckResult> {
  const byId = new Map(input.program.nodes.map((node) => [node.id, node]))
  const checkers = input.observers.map((observer, i) => new NodeChecker(input, byId, observer, i === 0))
  const results: (ScanResult | undefined)[] = input.observers.map(() => undefined)
  for (const slice of input.slices) {
    const observed: ObservedValues[] = []
    for (const [i, observer] of input.observers.entries()) {
      // oxlint-disable-next-line no-await-in-loop -- one backend at a time: they share the cores
      const values = await observer.observe(slice, input.carry, input.xs)
      observed.push(values)
      results[i] ??= values.result
    }
    for (const node of slice.nodes) {
      let noise = 0
      for (const [i, checker] of checkers.entries()) {
        const values = observed[i]
        if (values !== undefined) noise = checker.check(node, values, noise)
      }
    }
    for (const [i, checker] of checkers.entries()) {
      const values = observed[i]
      if (values !== undefined) checker.checkWires(slice, values)
    }
  }
  return {
    backends: checkers.map(({ nodes, miswired, exact }, i) => ({
      nodes,
      miswired,
      result: results[i] ?? { carry: {}, ys: {} },
      exact: outputsOf(exact),
    })),
    rounded: outputsOf(checkers[0]?.rounded),
  }
}
