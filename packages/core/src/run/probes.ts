/**
 * What is looked at around a probed step: the gradients of its batch before the update, how far the update moved the
 * weights, and histograms where an experiment asks for them. Nothing here changes what is trained.
 */
import type { TensorMap } from '../tensor.js'
import { modelCarry } from '../train/inputs.js'
import { names } from '../train/names.js'
import type { GradientsEvent, HistogramsEvent, LayerGradientNorm, UpdatesEvent } from './events.js'
import { histogramOf } from './histogram.js'
import type { Session } from './session.js'
import { stepInputs } from './steps.js'

/** L2 norm in float64; squares of float32 values cannot underflow there, however far a gradient has vanished. */
function l2Norm(values: ArrayLike<number>): number {
  let squares = 0
  for (let i = 0; i < values.length; i++) squares += (values[i] as number) ** 2
  return Math.sqrt(squares)
}

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

/** Gradient norms by layer for one step's batch, at the parameters in `carry`, and histograms where they are wanted. */
export async function probeStep(
  session: Session,
  carry: TensorMap,
  order: Int32Array,
  at: { readonly first: number; readonly globalFirst: number },
): Promise<(GradientsEvent | HistogramsEvent)[]> {
  const executable = await session.executable('gradients')
  const inputs = stepInputs(session, order, { ...at, count: 1 })
  const { ys } = await executable.scan(modelCarry(session.model, carry), inputs)
  const step = at.globalFirst
  const layers = layerNorms(session, (parameter) => l2Norm(ys[names.gradient(parameter)]?.data ?? [Number.NaN]))
  const histograms = session.arm.probes.histograms ? [histogramsOf(session, step, carry, ys)] : []
  return [{ type: 'gradients', step, layers }, ...histograms]
}

function distance(before: ArrayLike<number>, after: ArrayLike<number>): number {
  let squares = 0
  for (let i = 0; i < before.length; i++) squares += ((after[i] as number) - (before[i] as number)) ** 2
  return Math.sqrt(squares)
}

/** How far step `step`, which led from one carry to the other, moved the weights of each layer. */
export function updateRatios({ model }: Session, step: number, before: TensorMap, after: TensorMap): UpdatesEvent {
  const weights = model.allLayers.flatMap(({ name, parameters }) =>
    parameters.some((parameter) => parameter.name === `${name}.weight`) ? [name] : [],
  )
  return {
    type: 'updates',
    step,
    layers: weights.map((name) => {
      const [from, to] = [before, after].map((carry) => carry[`${name}.weight`]?.data ?? [Number.NaN])
      return { name, weight: distance(from ?? [], to ?? []) / l2Norm(from ?? []) }
    }),
  }
}
