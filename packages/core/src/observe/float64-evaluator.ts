/**
 * Evaluates a step of a program in float64, node after node, beside a backend that runs the same step: the third
 * opinion. Only values that are still to be read are kept. The reference backend is the same evaluation behind the
 * contract; here each value can be read, and replaced, on the way.
 */
import { sliceStep } from '../backend/scan.js'
import { internalError } from '../errors.js'
import { operationOf } from '../ir/ops/index.js'
import type { NumericTensor, Operation } from '../ir/ops/operation.js'
import { concreteShape, type Program, type ProgramNode, type ProgramOutput, type ValueId } from '../ir/program.js'
import { roundTo } from '../numerics/rounding.js'
import { type FloatDType, type Tensor, tensor, type TensorMap } from '../tensor.js'

/** The inputs of one step. */
export interface EvaluatorInputs {
  readonly constants: TensorMap
  readonly carry: TensorMap
  /** Of one step, without the axis of steps. */
  readonly x: TensorMap
  readonly batch: number
}

/** Outputs of one step in float64. */
export interface Outputs {
  readonly carry: Readonly<Record<string, NumericTensor>>
  readonly ys: Readonly<Record<string, NumericTensor>>
}

/** The rounding of each result: `exact` leaves float64, `rounded` rounds once to the dtype. */
export type EvaluatorRounding = 'exact' | 'rounded'

/** The inputs of a program by id. */
export function inputValues(program: Program, { constants, carry, x }: Omit<EvaluatorInputs, 'batch'>) {
  const given = { constants, carry, xs: x }
  const values = new Map<ValueId, Tensor>()
  for (const role of ['constants', 'carry', 'xs'] as const) {
    for (const { id, name } of program.inputs[role]) {
      const value = given[role][name]
      if (value !== undefined) values.set(id, value)
    }
  }
  return values
}

/** Position of the node that reads each value last; outputs are read after all of them. */
function lastReads({ nodes, outputs }: Program): ReadonlyMap<ValueId, number> {
  const last = new Map<ValueId, number>()
  for (const [position, { inputs }] of nodes.entries()) for (const id of inputs) last.set(id, position)
  for (const { value } of [...outputs.carry, ...outputs.ys]) last.set(value, nodes.length)
  return last
}

const scratch = new Float64Array(1)
const words = new Uint32Array(scratch.buffer)

/** The number off by one roundoff up, down or not at all: noise that is a function of the number's own bits. */
function jittered(value: number): number {
  scratch[0] = value
  const mixed = Math.imul((words[0] as number) ^ Math.imul(words[1] as number, 0x85ebca6b), 0x9e3779b1)
  return value * (1 + (((mixed >>> 8) % 3) - 1) * 2 ** -53)
}

/** A step in float64. `next` is called once for every node, in order. */
export class Float64Evaluator {
  readonly #program: Program
  readonly #batch: number
  readonly #precision: EvaluatorRounding
  readonly #values = new Map<ValueId, NumericTensor>()
  readonly #lastReads: ReadonlyMap<ValueId, number>
  #position = 0

  constructor(program: Program, inputs: EvaluatorInputs, precision: EvaluatorRounding) {
    this.#program = program
    this.#batch = inputs.batch
    this.#precision = precision
    this.#lastReads = lastReads(program)
    for (const [id, value] of inputValues(program, inputs)) this.#values.set(id, value)
  }

  /** The value with an id. @throws Error when it is not there yet, or no more. */
  value(id: ValueId): NumericTensor {
    const value = this.#values.get(id)
    if (value === undefined) throw internalError(`float64 evaluator: value %${id} is not there`)
    return value
  }

  /** Computes the next node, with some of its inputs replaced if the caller says so. */
  next(node: ProgramNode, replaced: (id: ValueId) => NumericTensor | undefined = () => undefined): NumericTensor {
    const shape = concreteShape(node.type.shape, this.#batch)
    const inputs = node.inputs.map((id) => replaced(id) ?? this.value(id))
    const evaluate = operationOf(node.op).evaluate as Operation<unknown>['evaluate']
    const value = { shape, data: this.#finish(node, evaluate(inputs, node.attributes, shape)) }
    this.#values.set(node.id, value)
    return value
  }

  /** Puts a value in the place of the node's own, for all that read it later. */
  replace(node: ProgramNode, value: NumericTensor): void {
    this.#values.set(node.id, value)
  }

  /** Forgets what the node was the last to read. Call it after everything about the node is done. */
  release(node: ProgramNode): void {
    for (const id of [...node.inputs, node.id]) {
      if ((this.#lastReads.get(id) ?? -1) <= this.#position) this.#values.delete(id)
    }
    this.#position++
  }

  /** The outputs, once every node was computed. */
  get outputs(): Outputs {
    const of = (outputs: readonly ProgramOutput[]) =>
      Object.fromEntries(outputs.map(({ name, value }) => [name, this.value(value)]))
    return { carry: of(this.#program.outputs.carry), ys: of(this.#program.outputs.ys) }
  }

  #finish({ op, type: { dtype } }: ProgramNode, values: Float64Array): Float64Array {
    if (dtype !== 'float32' && dtype !== 'float64') return values
    // A constant is what its dtype holds, whoever computes with it.
    if (op === 'constant' || this.#precision === 'rounded') return roundAll(dtype, values, op === 'constant')
    return values
  }
}

function roundAll(dtype: FloatDType, values: Float64Array, isConstant: boolean): Float64Array {
  if (dtype === 'float64') return isConstant ? values : values.map(jittered)
  for (let i = 0; i < values.length; i++) values[i] = roundTo(dtype, values[i] as number)
  return values
}

/** A whole step. `replaced` gives, for a node, what it is to read in the place of some of its inputs. */
export function evaluateStep(
  step: Omit<EvaluatorInputs, 'x'> & { readonly program: Program; readonly xs: TensorMap },
  precision: EvaluatorRounding,
  replaced: (node: ProgramNode) => (id: ValueId) => NumericTensor | undefined = () => () => undefined,
): Outputs {
  const evaluator = new Float64Evaluator(step.program, { ...step, x: sliceStep(step.xs, 0) }, precision)
  for (const node of step.program.nodes) {
    evaluator.next(node, replaced(node))
    evaluator.release(node)
  }
  return evaluator.outputs
}

/** The carry that the next step starts from, from its values in float64. */
export function carryOf(values: Readonly<Record<string, NumericTensor | undefined>>, before: TensorMap): TensorMap {
  const entries = Object.entries(before).map(([name, { dtype, shape }]): [string, Tensor] => [
    name,
    tensor(dtype, shape, values[name]?.data ?? []),
  ])
  return Object.fromEntries(entries)
}
