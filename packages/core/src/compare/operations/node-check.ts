/**
 * Checks every node of one step on several backends at once: each value is held against the float64 evaluation
 * of that one operation on the backend's own inputs, and, where asked, against a float64 run of the whole step.
 *
 * The float64 run goes with the backend where going alone would compare different things. Where a comparison falls on
 * the other side by rounding it takes the backend's side, since the function is not continuous there. The update starts
 * from the backend's own gradients, since Adam's first step divides each element by its own size, noise included.
 */
import type { Backend, ScanResult } from '../../backend/contract.js'
import { sliceStep } from '../../backend/scan.js'
import type { Program, ProgramNode, ValueId } from '../../ir/program.js'
import { sameBits } from '../../numerics/bits.js'
import { relativeError } from '../../numerics/norms.js'
import type { Tensor, TensorMap } from '../../tensor.js'
import { Float64Evaluator, type Outputs } from '../../observe/float64-evaluator.js'
import { declaredPrecision } from './declared.js'
import { type NodeError, nodeError } from './node-error.js'
import type { ObservedValues, Observer } from '../../observe/observer.js'
import type { Slice } from '../../observe/slices.js'

/** One step of a program, ready to be observed. */
export interface StepInputs {
  readonly program: Program
  readonly slices: readonly Slice[]
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
  readonly steps: ReadonlyMap<Backend, CheckedStep>
  /** Where asked, the whole step beside the first backend: their distance is the noise of rounding. */
  readonly reference: ReferenceSteps | undefined
}

/** A whole step in float64, and the same with every result rounded once. */
export interface ReferenceSteps {
  readonly exact: Outputs
  readonly rounded: Outputs
}

const unchecked: NodeError = { elements: 0, ratio: 0, multiple: 0, heldTo: 'precision', overflows: false, underflow: 0 }

/** Checks the nodes of one backend, in order, beside its float64 evaluations. */
class NodeChecker {
  readonly backend: Backend
  readonly #inputs: StepInputs
  readonly #observer: Observer
  readonly #byId: ReadonlyMap<ValueId, ProgramNode>
  readonly #exact: Float64Evaluator | undefined
  readonly #rounded: Float64Evaluator | undefined
  /** Gradients that no operation of the program made: the backend differentiates by itself. */
  readonly #foreign: ReadonlySet<ValueId>
  readonly #nodes: CheckedNode[] = []
  readonly #miswired: MiswiredOutput[] = []
  #result: ScanResult | undefined
  /** The noise of each node, measured by the checker of the first backend for all of them. */
  readonly #noise: Map<ValueId, number>

  constructor(inputs: StepInputs, observer: Observer, first: NodeChecker | undefined) {
    const { program, xs, whole } = inputs
    this.#inputs = inputs
    this.#observer = observer
    this.backend = observer.backend
    this.#byId = first === undefined ? new Map(program.nodes.map((node) => [node.id, node])) : first.#byId
    this.#noise = first === undefined ? new Map() : first.#noise
    const notes = observer.backend.info.options['gradients'] === undefined ? [] : (program.gradients ?? [])
    this.#foreign = new Set(notes.map(({ gradient }) => gradient))
    const given = { ...inputs, x: sliceStep(xs, 0) }
    this.#exact = whole ? new Float64Evaluator(program, given, 'exact') : undefined
    this.#rounded = whole && first === undefined ? new Float64Evaluator(program, given, 'rounded') : undefined
  }

  /** Checks the nodes of the next slice. @throws BackendError */
  async check(slice: Slice): Promise<void> {
    const observed = await this.#observer.observe(slice, this.#inputs.carry, this.#inputs.xs)
    this.#result ??= observed.result
    for (const node of slice.nodes) this.#checkNode(node, observed)
    this.#checkOutputs(slice, observed)
  }

  #checkNode(node: ProgramNode, { value }: ObservedValues): void {
    const got = value(node.id)
    const isForeign = this.#foreign.has(node.id)
    const own = isForeign ? unchecked : this.#errorOf(node, value)
    const whole = this.#compare(node, got, value)
    this.#nodes.push({ node, own, whole, noise: this.#noise.get(node.id) ?? 0, isForeign })
    const { dtype } = node.type
    // The float64 run takes the backend's side of a decision that it made rightly.
    const isDecision = (dtype === 'bool' || dtype === 'int32') && own.ratio === 0
    for (const evaluator of [this.#exact, this.#rounded]) {
      if (isDecision) evaluator?.replace(node, got)
      evaluator?.release(node)
    }
  }

  #errorOf(node: ProgramNode, value: ObservedValues['value']): NodeError {
    const declared = declaredPrecision(this.backend)
    return nodeError(node, node.inputs.map(value), value(node.id), this.#inputs.batch, declared)
  }

  /**
   * The error of a node against the whole step in float64. Most of a step's elements are the update's intermediate
   * values: its error is read off its results, and starting from the backend's own gradients it has no noise to speak of.
   */
  #compare(node: ProgramNode, got: Tensor, value: ObservedValues['value']): number {
    const exact = this.#exact?.next(node, (id) => (this.#isTaken(node, id) ? value(id) : undefined))
    if (exact === undefined) return 0
    if (node.stage === 'update') {
      this.#rounded?.replace(node, exact)
      return 0
    }
    const rounded = this.#rounded?.next(node)
    if (rounded !== undefined) this.#noise.set(node.id, relativeError(rounded.data, exact.data))
    return relativeError(got.data, exact.data)
  }

  /** True for what the update reads of the steps before it: the float64 run takes that from the backend. */
  #isTaken(reader: ProgramNode, id: ValueId): boolean {
    const from = this.#byId.get(id)
    return reader.stage === 'update' && from !== undefined && from.stage !== 'update'
  }

  /** Outputs whose node is in the slice must be that node's value, bit for bit. */
  #checkOutputs({ nodes, program }: Slice, { result, value }: ObservedValues): void {
    const inSlice = new Set(nodes.map(({ id }) => id))
    const returned = { carry: result.carry, ys: sliceStep(result.ys, 0) }
    for (const role of ['carry', 'ys'] as const) {
      for (const output of program.outputs[role]) {
        const node = this.#byId.get(output.value)
        const got = returned[role][output.name]
        if (node === undefined || got === undefined || !inSlice.has(output.value)) continue
        if (!sameBits(got, value(output.value))) this.#miswired.push({ role, name: output.name, node })
      }
    }
  }

  get checked(): CheckedStep {
    const result = this.#result ?? { carry: {}, ys: {} }
    return { nodes: this.#nodes, miswired: this.#miswired, result, exact: this.#exact?.outputs }
  }

  get reference(): ReferenceSteps | undefined {
    return this.#exact && this.#rounded && { exact: this.#exact.outputs, rounded: this.#rounded.outputs }
  }
}

/** Checks one step. Every observer must be able to run the slices. */
export async function checkNodes(inputs: StepInputs, observers: readonly Observer[]): Promise<NodeCheckResult> {
  const checkers: NodeChecker[] = []
  for (const observer of observers) checkers.push(new NodeChecker(inputs, observer, checkers[0]))
  for (const slice of inputs.slices) {
    for (const checker of checkers) {
      // oxlint-disable-next-line no-await-in-loop -- one backend at a time: they share the cores
      await checker.check(slice)
    }
  }
  return {
    steps: new Map(checkers.map(({ backend, checked }) => [backend, checked])),
    reference: checkers[0]?.reference,
  }
}
