/**
 * What is looked at around a probed step: the gradients of its batch before the update, how far the update moved the
 * weights, and histograms where an experiment asks for them. Nothing here changes what is trained.
 */
import { histogramOf } from '../numerics/histogram.js'
import { l2Distance, l2Norm } from '../numerics/norms.js'
import { modelCarry, stepScalars } from '../plan/inputs.js'
import { names } from '../plan/names.js'
import type { Session } from '../plan/session.js'
import type { Tensor, TensorMap } from '../tensor.js'
import { needsClosure } from '../train/optimizers/index.js'
import type { GradientsEvent, HistogramsEvent, LayerGradientNorm, UpdatesEvent } from './events.js'
import { stepInputs } from './steps.js'

function layerNorms({ model }: Session, norm: (parameter: string) => number): LayerGradientNorm[] {
  return model.allLayers
    .filter((layer) => layer.parameters.length > 0)
    .map(({ name, parameters }) => {
      const bias = parameters.find(({ role }) => role === 'bias')
      const weight = norm(`${name}.weight`)
      return bias === undefined ? { name, weight } : { name, weight, bias: norm(bias.name) }
    })
}

function histogramsOf({ model }: Session, step: number, carry: TensorMap, ys: TensorMap): HistogramsEvent {
  const parameters = model.parameters.map(({ name }) => name)
  const activations = model.allLayers.flatMap(({ name, spec }) => (spec.type === 'activation' ? [name] : []))
  return {
    type: 'histograms',
    step,
    weights: parameters.map((name) => histogramOf(name, carry[name]?.data ?? [])),
    gradients: parameters.map((name) => histogramOf(name, ys[names.gradient(name)]?.data ?? [])),
    preActivations: activations.map((name) => histogramOf(name, ys[names.preActivation(name)]?.data ?? [])),
  }
}

/** Whether a probed step shows its update only by the carry that it leaves: a closure's update is no program. */
export function showsUpdateInCarry({ arm }: Session): boolean {
  return needsClosure(arm.optimizer)
}

/** What the program of a probe says of one step. */
async function scanProbe(session: Session, carry: TensorMap, order: Int32Array, at: ProbedStep): Promise<TensorMap> {
  const inputs = stepInputs(session, order, { ...at, count: 1 })
  if (showsUpdateInCarry(session)) {
    const executable = await session.executable('gradients')
    return (await executable.scan(modelCarry(session.model, carry), inputs)).ys
  }
  const executable = await session.executable('probe')
  const held = Object.entries(carry).map(([name, one]) => [name, { ...one, shape: [1, ...one.shape] }])
  const xs = { ...inputs, ...stepScalars(session.arm, at.globalFirst, 1), ...Object.fromEntries(held) }
  return (await executable.scan({}, xs)).ys
}

/** Where a probed step stands in its epoch and in the run. */
interface ProbedStep {
  readonly first: number
  readonly globalFirst: number
}

/**
 * Gradient norms by layer for one step's batch, at the parameters in `carry`; how far the step's update moves the weights,
 * but for an optimizer that shows it in the carry alone; and histograms where they are wanted.
 */
export async function probeStep(
  session: Session,
  carry: TensorMap,
  order: Int32Array,
  at: ProbedStep,
): Promise<(GradientsEvent | HistogramsEvent | UpdatesEvent)[]> {
  const ys = await scanProbe(session, carry, order, at)
  const step = at.globalFirst
  const layers = layerNorms(session, (parameter) => l2Norm(ys[names.gradient(parameter)]?.data ?? [Number.NaN]))
  const histograms = session.arm.probes.histograms ? [histogramsOf(session, step, carry, ys)] : []
  const updates = showsUpdateInCarry(session)
    ? []
    : [updateRatios(session, step, carry, (name) => ys[names.updated(name)])]
  return [{ type: 'gradients', step, layers }, ...histograms, ...updates]
}

/** How far a step moves the weights of each layer from those in `carry` to those that it leaves. */
export function updateRatios(
  { model }: Session,
  step: number,
  carry: TensorMap,
  after: (weight: string) => Tensor | undefined,
): UpdatesEvent {
  const weights = model.parameters.filter(({ role }) => role === 'weight')
  return {
    type: 'updates',
    step,
    layers: weights.map(({ name, layer }) => {
      const [from, to] = [carry[name]?.data ?? [Number.NaN], after(name)?.data ?? [Number.NaN]]
      return { name: layer, weight: l2Distance(from, to) / l2Norm(from) }
    }),
  }
}
