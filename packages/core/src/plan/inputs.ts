/**
 * The tensors that go into lowered programs: the carry before the first step, and what is new in every step. All of it
 * is a function of the experiment and the number of the step, so that a resumed run meets the same tensors.
 */
import type { ArmSpec } from '../experiment/schema.js'
import type { Mask } from '../model/layers/layer.js'
import { initialParameters, type Model } from '../model/model.js'
import { initialLbfgsState, lbfgsTensors } from '../optimize/optimizers/lbfgs/state.js'
import { optimizerOf } from '../optimize/optimizers/optimizer.js'
import { RandomStream } from '../random/stream.js'
import { elementCount, type Tensor, tensor, type TensorMap } from '../tensor.js'
import { names } from './names.js'
import { needsClosure } from './optimizers/index.js'

/** The carry before the first step: initial parameters, layer states and optimizer state. */
export function initialCarry(arm: ArmSpec, model: Model): TensorMap {
  const filled = (shape: readonly number[], value: number): Tensor =>
    tensor(arm.precision, shape, new Float64Array(elementCount(shape)).fill(value))
  const carry: Record<string, Tensor> = { ...initialParameters(model, arm.seed, arm.precision) }
  for (const { name, shape, initial } of model.states) carry[name] = filled(shape, initial)
  if (needsClosure(arm.optimizer)) return { ...carry, ...lbfgsTensors(initialLbfgsState) }
  const state = optimizerOf(arm.optimizer).state(arm.optimizer)
  for (const { name, shape } of model.parameters) {
    for (const [key, start] of Object.entries(state)) carry[names.state(name, key)] = filled(shape, start)
  }
  return carry
}

/** The part of a training carry that gradients and evaluation take: parameters and layer states. */
export function modelCarry(model: Model, carry: TensorMap): TensorMap {
  return Object.fromEntries(
    [...model.parameters, ...model.states].flatMap(({ name }) => {
      const value = carry[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

/** The optimizer's scalars of steps `first` .. `first + count - 1`, counted from 0, stacked for a scan. */
export function stepScalars(arm: ArmSpec, first: number, count: number): TensorMap {
  const { scalars } = optimizerOf(arm.optimizer)
  const steps = Array.from({ length: count }, (_, i) => scalars(arm.optimizer, first + i + 1))
  return Object.fromEntries(
    Object.keys(scalars(arm.optimizer, 1)).map((name) => [
      names.scalar(name),
      tensor(
        arm.precision,
        [count],
        steps.map((step) => step[name] ?? Number.NaN),
      ),
    ]),
  )
}

const LEVELS = 0x10000

/** Writes 1 with probability 1 - rate (to 16 bits) and 0 otherwise, two elements from each random word. */
function drawMask(out: Uint8Array, rate: number, stream: RandomStream): void {
  const threshold = Math.round(rate * LEVELS)
  for (let i = 0; i < out.length; i += 2) {
    const word = stream.word()
    out[i] = (word & 0xffff) >= threshold ? 1 : 0
    if (i + 1 < out.length) out[i + 1] = word >>> 16 >= threshold ? 1 : 0
  }
}

/** The masks of steps `first` .. `first + count - 1`: a random stream for each (seed, step, mask). */
export function stepMasks(
  arm: ArmSpec,
  masks: readonly Mask[],
  steps: { readonly first: number; readonly count: number; readonly batch: number },
): TensorMap {
  return Object.fromEntries(
    masks.map(({ name, shape, rate }, which) => {
      const size = steps.batch * elementCount(shape)
      const data = new Uint8Array(steps.count * size)
      for (let i = 0; i < steps.count; i++) {
        const stream = new RandomStream(arm.seed, 'dropout', (steps.first + i) * masks.length + which)
        drawMask(data.subarray(i * size, (i + 1) * size), rate, stream)
      }
      return [name, tensor('uint8', [steps.count, steps.batch, ...shape], data)]
    }),
  )
}
