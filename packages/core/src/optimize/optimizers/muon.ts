/**
 * Muon: of the momentum of a matrix only its directions count, its singular values are made nearly equal.
 *
 *   torch:  m <- mu m + (1 - mu) g,   d = (1 - mu) g + mu m with nesterov, else m,   X = d / max(|d|, eps)
 *   keras:  m <- mu m + g,            d = g + mu m          with nesterov, else m,   X = d / (|d| + eps)
 *   five times:  A = X X^T,   X <- 3.4445 X + (-4.775 A + 2.0315 A A) X
 *   p <- p - lr weightDecay p,   p <- p - lr s X
 *
 * s = sqrt(max(1, outputs / inputs)) with `scale: "original"` (PyTorch's default), 0.2 sqrt(max(outputs, inputs)) with
 * `"matchRms"` (Keras's), 1 with `"none"`. |d| is the 2-norm of all elements; the decay is decoupled. PyTorch computes X in
 * bfloat16; here it is of the training precision.
 *
 * A parameter that is no matrix is updated by AdamW of the same formulation, with `fallback` and the learning rate times
 * `fallback.learningRateRatio`. PyTorch has no such parameters (its Muon refuses them and its documentation names AdamW
 * for them); Keras has this fallback.
 *
 * Jordan et al., kellerjordan.github.io/posts/muon (2024); Liu et al., arXiv 2502.16982 (2025); torch.optim.Muon;
 * keras.optimizers.Muon.
 */
import { movingAverage } from '../../ir/moving-average.js'
import * as z from 'zod/mini'
import type { Builder, Value } from '../../ir/builder.js'
import { adamScalars, adamState, adamStep } from './adam-step.js'
import { byFormulation } from './formulation.js'
import { named, optimizer, type UpdateContext, type UpdateResult } from './optimizer.js'
import { decay, nonNegative, positive } from './settings.js'
import { decoupledRates, shrunk, square, times } from './terms.js'
import { described } from '../../registry/described.js'

type Formulation = 'torch' | 'keras'

interface Fallback {
  readonly learningRateRatio: number
  readonly beta1: number
  readonly beta2: number
  readonly epsilon: number
  readonly weightDecay: number
}

interface Settings {
  readonly learningRate: number
  readonly momentum: number
  readonly nesterov: boolean
  readonly scale: 'original' | 'matchRms' | 'none'
  readonly epsilon: number
  readonly weightDecay: number
  readonly fallback: Fallback
}

type Context = UpdateContext<Settings>

const [LINEAR, CUBIC, QUINTIC] = [3.4445, -4.775, 2.0315] as const
const NEWTON_SCHULZ_STEPS = 5

function sidesOf(shape: readonly unknown[]): readonly [inputs: number, outputs: number] {
  return [Number(shape[0]), Number(shape[1])]
}

/** X after the steps; products are made of the shorter side. */
function orthogonalized(b: Builder, matrix: Value): Value {
  const [rows, columns] = sidesOf(matrix.type.shape)
  const isTall = rows > columns
  let x = matrix
  for (let step = 0; step < NEWTON_SCHULZ_STEPS; step++) {
    const gram = b.matmul(x, x, isTall, !isTall)
    const factor = b.add(times(b, gram, CUBIC), times(b, b.matmul(gram, gram), QUINTIC))
    const rest = isTall ? b.matmul(x, factor) : b.matmul(factor, x)
    x = b.add(times(b, x, LINEAR), rest)
  }
  return x
}

/** m and d of the formulation. */
const momenta = {
  torch: ({ b, settings: { momentum, nesterov }, gradient, state }: Context) => {
    const m = movingAverage(b, named(state, 'momentum'), gradient, momentum)
    return { m, direction: nesterov ? movingAverage(b, m, gradient, momentum) : m }
  },
  keras: ({ b, settings: { momentum, nesterov }, gradient, state }: Context) => {
    const m = b.add(times(b, named(state, 'momentum'), momentum), gradient)
    return { m, direction: nesterov ? b.add(gradient, times(b, m, momentum)) : m }
  },
} as const

function scaleOf({ scale }: Pick<Settings, 'scale'>, shape: readonly unknown[]): number {
  const [inputs, outputs] = sidesOf(shape)
  if (scale === 'original') return Math.sqrt(Math.max(1, outputs / inputs))
  return scale === 'none' ? 1 : 0.2 * Math.sqrt(Math.max(outputs, inputs))
}

function updateMatrix(formulation: Formulation, context: Context): UpdateResult {
  const { b, settings, parameter, rate } = context
  const { m, direction } = momenta[formulation](context)
  const norm = b.sqrt(b.reduceSum(square(b, direction)))
  const epsilon = b.constant(settings.epsilon, norm.type.dtype)
  const x = b.div(direction, formulation === 'torch' ? b.maximum(norm, epsilon) : b.add(norm, epsilon))
  const step = times(b, orthogonalized(b, x), scaleOf(settings, parameter.type.shape))
  const start = shrunk(context, settings.weightDecay)
  return { parameter: b.sub(start, b.mul(step, rate('learningRate'))), state: { momentum: m } }
}

function updateOther(context: Context): UpdateResult {
  const { fallback } = context.settings
  const start = shrunk({ ...context, rate: () => context.rate('fallbackDecay') }, fallback.weightDecay)
  return adamStep({ ...context, settings: { ...fallback, amsgrad: false } }, start, context.gradient)
}

function fallbackRate({ learningRate, fallback }: Settings): number {
  return learningRate * fallback.learningRateRatio
}

function ratesOf(formulation: Formulation, settings: Settings): Record<string, number> {
  // Keras takes the decay by the learning rate itself, whatever the ratio.
  const rate = formulation === 'keras' ? settings.learningRate : fallbackRate(settings)
  return { ...decoupledRates(settings), fallbackDecay: rate * settings.fallback.weightDecay }
}

interface Defaults {
  readonly weightDecay: number
  readonly scale: Settings['scale']
  readonly fallback: Fallback
}

function muonOf(formulation: Formulation, { weightDecay, scale, fallback }: Defaults) {
  return optimizer({
    runs: 'program',
    settings: {
      learningRate: z._default(positive, 0.001),
      momentum: z._default(decay, 0.95),
      nesterov: z._default(z.boolean(), true),
      scale: described(
        z._default(z.enum(['original', 'matchRms', 'none']), scale),
        'How the size of an update follows from the shape of its matrix.',
      ),
      epsilon: z._default(nonNegative, 1e-7),
      weightDecay: z._default(nonNegative, weightDecay),
      fallback: z._default(
        z.strictObject({
          learningRateRatio: z._default(positive, fallback.learningRateRatio),
          beta1: z._default(decay, fallback.beta1),
          beta2: z._default(decay, fallback.beta2),
          epsilon: z._default(nonNegative, fallback.epsilon),
          weightDecay: z._default(nonNegative, fallback.weightDecay),
        }),
        fallback,
      ),
    },
    state: (_, { shape }): Record<string, number> =>
      shape.length === 2 ? { momentum: 0 } : adamState({ amsgrad: false }),
    scalars: (settings, t) =>
      adamScalars(formulation, { ...settings.fallback, learningRate: fallbackRate(settings) }, t),
    rates: (settings) => ratesOf(formulation, settings),
    update: (context) =>
      context.parameter.type.shape.length === 2 ? updateMatrix(formulation, context) : updateOther(context),
  })
}

const fallback = { learningRateRatio: 1, beta1: 0.9, beta2: 0.999 } as const

/** `{ "type": "muon" }` */
export const muon = byFormulation({
  torch: muonOf('torch', {
    weightDecay: 0.1,
    scale: 'original',
    fallback: { ...fallback, epsilon: 1e-8, weightDecay: 0.01 },
  }),
  keras: muonOf('keras', {
    weightDecay: 0.004,
    scale: 'matchRms',
    fallback: { ...fallback, epsilon: 1e-7, weightDecay: 0.004 },
  }),
})
