/**
 * Adam with Nesterov's momentum, as torch.optim.NAdam or keras.optimizers.Nadam, which is the same with psi = 1.
 *
 *   mu_t = b1 (1 - 0.96^(t psi) / 2),   M_t = mu_1 ... mu_t
 *   m <- b1 m + (1 - b1) g,   v <- b2 v + (1 - b2) g^2,   vhat = v / (1 - b2^t)
 *   p <- p - lr (mu_(t+1) m / (1 - M_(t+1)) + (1 - mu_t) g / (1 - M_t)) / (sqrt(vhat) + eps)
 *
 * psi is `momentumDecay`. PyTorch adds weightDecay p to the gradient, or with `decoupled` takes lr weightDecay p from the
 * parameter before the step, which Keras always does. Dozat, ICLR workshop 2016.
 */
import * as z from 'zod/mini'
import type { SettingsOf } from '../../registry/settings.js'
import { type MomentRates, moments, momentSettings } from './adam-step.js'
import { byFormulation } from './formulation.js'
import { named, optimizer, type UpdateContext, type UpdateResult } from './optimizer.js'
import { nonNegative } from './settings.js'
import { decayed, decoupledRates } from './terms.js'

const torchSettings = {
  ...momentSettings({ learningRate: 0.002, epsilon: 1e-8 }),
  weightDecay: z._default(nonNegative, 0),
  momentumDecay: z._default(nonNegative, 0.004),
  decoupled: z._default(z.boolean(), false),
}

type Settings = SettingsOf<typeof torchSettings>
type Decay = Pick<Settings, 'weightDecay'>

/** A product below this is 0 beside 1 in float64, so that no more factors need be multiplied. */
const NEGLIGIBLE = 2 ** -60

function momentumAt({ beta1, momentumDecay }: Settings, t: number): number {
  return beta1 * (1 - 0.5 * 0.96 ** (t * momentumDecay))
}

function momentumProduct(settings: Settings, t: number): number {
  let product = 1
  for (let k = 1; k <= t && product > NEGLIGIBLE; k++) product *= momentumAt(settings, k)
  return product
}

/** Numerator and denominator are multiplied by sqrt(1 - b2^t), as in Adam. */
function scalars(settings: Settings, t: number): Record<string, number> {
  const { learningRate, beta2, epsilon } = settings
  const [now, next] = [momentumAt(settings, t), momentumAt(settings, t + 1)]
  const product = momentumProduct(settings, t)
  const root2 = Math.sqrt(1 - beta2 ** t)
  return {
    gradientStep: (learningRate * (1 - now) * root2) / (1 - product),
    momentumStep: (learningRate * next * root2) / (1 - product * next),
    epsilon: epsilon * root2,
  }
}

function update(context: UpdateContext<MomentRates & Decay>, isDecoupled: boolean): UpdateResult {
  const { b, scalars: ofStep, settings } = context
  const { gradient, start } = decayed(context, settings.weightDecay, isDecoupled)
  const { m, v } = moments(context, gradient)
  const along = b.add(b.mul(gradient, named(ofStep, 'gradientStep')), b.mul(m, named(ofStep, 'momentumStep')))
  const step = b.div(along, b.add(b.sqrt(v), named(ofStep, 'epsilon')))
  return { parameter: b.sub(start, step), state: { m, v } }
}

const state = () => ({ m: 0, v: 0 })

const torch = optimizer({
  runs: 'program',
  settings: torchSettings,
  state,
  scalars,
  rates: decoupledRates,
  update: (context) => update(context, context.settings.decoupled),
})

const kerasOnly = { momentumDecay: 1, decoupled: true } as const

const keras = optimizer({
  runs: 'program',
  settings: {
    ...momentSettings({ epsilon: 1e-7 }),
    weightDecay: z._default(nonNegative, 0),
  },
  state,
  scalars: (settings, t) => scalars({ ...settings, ...kerasOnly }, t),
  rates: decoupledRates,
  update: (context) => update(context, kerasOnly.decoupled),
})

/** `{ "type": "nadam" }` */
export const nadam = byFormulation({ torch, keras })
