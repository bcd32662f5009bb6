/**
 * The tensors that go into lowered programs: the carry before the first step, and what is new in every step. All of it
 * is a function of the experiment and the number of the step, so that a resumed run meets the same tensors.
 */
import type { Mask } from '../model/layers/layer.js'
import { initialParameters, type Model } from '../model/model.js'
import { drawMask } from '../random/mask.js'
import { RandomStream } from '../random/stream.js'
import { elementCount, type Tensor, tensor, type TensorMap } from '../tensor.js'
import { accumulates } from './accumulation.js'
import { initialState } from '../model/layers/layer.js'
import { names } from './names.js'
import type { ProgramSource } from './passes.js'

/** The carry before the first step: initial parameters, layer states and optimizer state. */
export function initialCarry({ arm, model, optimizer, groups }: Omit<ProgramSource, 'task'>): TensorMap {
  const filled = (shape: readonly number[], value: number): Tensor =>
    tensor(arm.precision, shape, new Float64Array(elementCount(shape)).fill(value))
  const carry: Record<string, Tensor> = { ...initialParameters(model, arm.seed, arm.precision) }
  for (const state of model.states) carry[state.name] = tensor(arm.precision, state.shape, initialState(state))
  if (optimizer.runs === 'host') return { ...carry, ...optimizer.initial() }
  for (const { name, shape } of model.parameters) {
    const group = groups.find(({ parameters, frozen }) => !frozen && parameters.includes(name))
    if (group === undefined) continue
    const state = optimizer.state(group.settings, { shape })
    for (const [key, start] of Object.entries(state)) carry[names.state(name, key)] = filled(shape, start)
    if (accumulates(arm)) carry[names.accumulated(name)] = filled(shape, 0)
  }
  return carry
}

/** The tensors with these names; those that are not there are left out. */
export function pick(tensors: TensorMap, wanted: readonly { readonly name: string }[]): TensorMap {
  return Object.fromEntries(
    wanted.flatMap(({ name }) => {
      const value = tensors[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

/** The part of a training carry that gradients and evaluation take: parameters and layer states. */
export function modelCarry({ parameters, states }: Model, carry: TensorMap): TensorMap {
  return pick(carry, [...parameters, ...states])
}

/** The masks of steps `first` .. `first + count - 1`: a random stream for each (seed, step, mask). */
export function stepMasks(
  seed: number,
  masks: readonly Mask[],
  steps: { readonly first: number; readonly count: number; readonly batch: number },
): TensorMap {
  return Object.fromEntries(
    masks.map(({ name, shape, rate }, which) => {
      const size = steps.batch * elementCount(shape)
      const data = new Uint8Array(steps.count * size)
      for (let i = 0; i < steps.count; i++) {
        const stream = new RandomStream(seed, 'masks', (steps.first + i) * masks.length + which)
        drawMask(data.subarray(i * size, (i + 1) * size), rate, stream)
      }
      return [name, tensor('uint8', [steps.count, steps.batch, ...shape], data)]
    }),
  )
}
