/**
 * Training steps on a compiled plan. Where the optimizer is part of the program, a stretch is one scan. Where it runs on the
 * host, it asks for loss and gradient at places of its own choosing: the backend only ever scans the gradients program, one
 * step of it for each answer, and parameters are rounded to the training precision wherever the backend sees them.
 */
import { internalError } from '../errors.js'
import type { Parameter } from '../model/layers/layer.js'
import type { HostOptimizer, LossAndGradient } from '../optimize/optimizers/optimizer.js'
import type { CompiledPlan } from '../plan/compiled.js'
import { pick } from '../plan/inputs.js'
import { names } from '../plan/names.js'
import type { Stretch } from '../plan/plan.js'
import { judgingMetrics } from '../plan/observations.js'
import { elementCount, type FloatDType, type Tensor, tensor, type TensorMap, totalElements } from '../tensor.js'
import { metricBySteps } from './metrics.js'

/** The results of some steps. */
export interface StepsResult {
  readonly carry: TensorMap
  /** Of every step, before its update. */
  readonly losses: readonly number[]
  /** The metric that judges on each step's batch, before its update; empty when not asked for. */
  readonly metric: readonly number[]
  readonly batch: number
  /** The part of each batch in a mean over several: its samples, or the sum of their weights. */
  readonly weights: readonly number[]
  /** The penalty on the parameters, before each update; absent where nothing is regularized. */
  readonly penalties?: readonly number[]
}

/** A tensor that a program must have given. */
function given(tensors: TensorMap, name: string): Tensor {
  const found = tensors[name]
  if (found === undefined) throw internalError(`a program gave no "${name}"`)
  return found
}

/** Tensors of the parameters one after the other, in float64. */
function flatten(
  parameters: readonly Parameter[],
  tensors: TensorMap,
  name: (parameter: string) => string,
): Float64Array {
  const flat = new Float64Array(totalElements(parameters))
  let offset = 0
  for (const parameter of parameters) {
    flat.set(given(tensors, name(parameter.name)).data, offset)
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

/** One step of an optimizer on the host; layer states are carried on from each evaluation to the next. */
async function hostStep(compiled: CompiledPlan, optimizer: HostOptimizer, carry: TensorMap, stretch: Stretch) {
  const { plan } = compiled
  const { parameters, states } = plan.model
  const { precision } = plan.arm
  let [state, firstYs] = [pick(carry, states), undefined as TensorMap | undefined]
  const evaluate = async (flat: Float64Array): Promise<LossAndGradient> => {
    const result = await compiled.scan('gradients', { ...unflatten(parameters, flat, precision), ...state }, stretch)
    state = pick(result.carry, states)
    firstYs ??= result.ys
    const loss = [...given(result.ys, names.loss).data, ...(penaltiesOf(result.ys) ?? [])]
    return { loss: loss.reduce((sum, part) => sum + part, 0), gradient: flatten(parameters, result.ys, names.gradient) }
  }
  const flat = flatten(parameters, carry, (name) => name)
  const done = await optimizer.step(evaluate, carry, flat, plan.hostSettings(stretch))
  return {
    carry: { ...unflatten(parameters, done.parameters, precision), ...state, ...done.state },
    // What it minimises is the loss with the penalty; what is told of the step is the loss alone.
    loss: firstYs?.[names.penalty] === undefined ? done.loss : Number(given(firstYs, names.loss).data[0]),
    ys: firstYs ?? {},
  }
}

async function hostSteps(
  compiled: CompiledPlan,
  optimizer: HostOptimizer,
  carry: TensorMap,
  stretch: Stretch,
): Promise<StepsResult> {
  const { plan } = compiled
  const [losses, metric, weights, penalties]: [number[], number[], number[], number[]] = [[], [], [], []]
  let current = carry
  for (let step = stretch.first; step < stretch.first + stretch.count; step++) {
    const one = { ...stretch, first: step, count: 1 }
    // oxlint-disable-next-line no-await-in-loop -- each step starts where the one before it ended
    const result = await hostStep(compiled, optimizer, current, one)
    losses.push(result.loss)
    metric.push(...stepMetric(compiled, result.ys, one))
    penalties.push(...(penaltiesOf(result.ys) ?? []))
    weights.push(...batchWeights(compiled, result.ys, one))
    current = result.carry
  }
  const more = penalties.length > 0 ? { penalties } : {}
  return { carry: current, losses, metric, weights, ...more, batch: plan.batchOf(stretch) }
}

function stepMetric({ plan }: CompiledPlan, ys: TensorMap, stretch: Stretch): number[] {
  if (!plan.arm.probes.trainMetric) return []
  return metricBySteps(plan, judgingMetrics(plan.task), ys, plan.rows(stretch))
}

function penaltiesOf(ys: TensorMap): number[] | undefined {
  const penalties = ys[names.penalty]
  return penalties && Array.from(penalties.data)
}

function batchWeights({ plan }: CompiledPlan, ys: TensorMap, stretch: Stretch): number[] {
  const weights = ys[names.weight]
  if (weights !== undefined) return Array.from(weights.data)
  const batch = plan.batchOf(stretch)
  return Array.from({ length: stretch.count }, () => batch)
}

/** Trains the steps of a stretch from `carry`. */
export async function trainSteps(compiled: CompiledPlan, carry: TensorMap, stretch: Stretch): Promise<StepsResult> {
  const { plan } = compiled
  if (plan.optimizer.runs === 'host') return hostSteps(compiled, plan.optimizer, carry, stretch)
  const result = await compiled.scan('train', carry, stretch)
  const penalties = penaltiesOf(result.ys)
  return {
    carry: result.carry,
    losses: Array.from(given(result.ys, names.loss).data),
    metric: stepMetric(compiled, result.ys, stretch),
    weights: batchWeights(compiled, result.ys, stretch),
    ...(penalties && { penalties }),
    batch: plan.batchOf(stretch),
  }
}
