/**
 * Steps of an optimizer that needs a closure: it runs on the host in float64 and asks for loss and gradient at places of
 * its own choosing. The backend only ever scans the gradients program, one step of it for each answer; neither it nor
 * its adapter knows. Parameters are rounded to the training precision wherever the backend sees them.
 */
import type { Executable } from '../backend/contract.js'
import type { Parameter } from '../model/layers/layer.js'
import { lbfgsStep } from '../optimize/optimizers/lbfgs/lbfgs.js'
import { lbfgsStateOf, lbfgsTensors } from '../optimize/optimizers/lbfgs/state.js'
import type { LossAndGradient } from '../optimize/optimizers/optimizer.js'
import { modelCarry } from '../plan/inputs.js'
import { names } from '../plan/names.js'
import type { Session } from '../plan/session.js'
import { elementCount, type FloatDType, type Tensor, tensor, type TensorMap } from '../tensor.js'
import type { LbfgsSpec } from '../train/optimizers/lbfgs.js'
import { stepInputs, type StepRange, type StepsResult } from './steps.js'

/** Tensors of the parameters one after the other, in float64. */
function flatten(
  parameters: readonly Parameter[],
  tensors: TensorMap,
  name: (parameter: string) => string,
): Float64Array {
  const total = parameters.reduce((sum, { shape }) => sum + elementCount(shape), 0)
  const flat = new Float64Array(total)
  let offset = 0
  for (const parameter of parameters) {
    flat.set(tensors[name(parameter.name)]?.data ?? [], offset)
    offset += elementCount(parameter.shape)
  }
  return flat
}

/** The inverse: tensors by parameter. */
function unflatten(parameters: readonly Parameter[], flat: Float64Array, dtype: FloatDType): Record<string, Tensor> {
  let offset = 0
  return Object.fromEntries(
    parameters.map(({ name, shape }) => {
      const start = offset
      offset += elementCount(shape)
      return [name, tensor(dtype, shape, flat.slice(start, offset))]
    }),
  )
}

/** Loss and gradients of one batch at any parameters; layer states are carried on from each look to the next. */
class BatchClosure {
  readonly #session: Session
  readonly #executable: Executable
  readonly #inputs: TensorMap
  #states: TensorMap
  correct: readonly number[] = []

  constructor(session: Session, executable: Executable, inputs: TensorMap, states: TensorMap) {
    this.#session = session
    this.#executable = executable
    this.#inputs = inputs
    this.#states = states
  }

  get states(): TensorMap {
    return this.#states
  }

  async look(flat: Float64Array): Promise<LossAndGradient> {
    const { model, arm } = this.#session
    const parameters = unflatten(model.parameters, flat, arm.precision)
    const { carry, ys } = await this.#executable.scan({ ...parameters, ...this.#states }, this.#inputs)
    this.#states = pick(carry, model.states)
    if (this.correct.length === 0) this.correct = Array.from(ys[names.correct]?.data ?? [])
    return {
      loss: ys[names.loss]?.data[0] ?? Number.NaN,
      gradient: flatten(model.parameters, ys, names.gradient),
    }
  }
}

function pick(tensors: TensorMap, wanted: readonly { readonly name: string }[]): TensorMap {
  return Object.fromEntries(
    wanted.flatMap(({ name }) => {
      const value = tensors[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

async function closureStep(session: Session, settings: LbfgsSpec, carry: TensorMap, inputs: Record<string, Tensor>) {
  const { model, arm } = session
  const start = modelCarry(model, carry)
  const closure = new BatchClosure(session, await session.executable('gradients'), inputs, pick(start, model.states))
  const flat = flatten(model.parameters, start, (name) => name)
  const result = await lbfgsStep(lbfgsStateOf(carry), flat, (at) => closure.look(at), settings)
  const parameters = unflatten(model.parameters, result.parameters, arm.precision)
  return {
    carry: { ...parameters, ...closure.states, ...lbfgsTensors(result.state) },
    loss: result.loss,
    correct: closure.correct,
  }
}

/** Trains steps of an epoch one by one; what they leave has the form of any other steps. */
export async function trainClosureSteps(
  session: Session,
  settings: LbfgsSpec,
  carry: TensorMap,
  order: Int32Array,
  range: StepRange,
): Promise<StepsResult> {
  const [losses, correct]: [number[], number[]] = [[], []]
  let [current, batch] = [carry, 0]
  for (let i = 0; i < range.count; i++) {
    const one = { first: range.first + i, globalFirst: range.globalFirst + i, count: 1 }
    const inputs = stepInputs(session, order, one)
    // oxlint-disable-next-line no-await-in-loop -- each step starts where the one before it ended
    const result = await closureStep(session, settings, current, inputs)
    losses.push(result.loss)
    correct.push(...result.correct)
    current = result.carry
    batch = inputs[names.rows]?.shape[1] ?? 0
  }
  return { carry: current, losses, correct, batch }
}
