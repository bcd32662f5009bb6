/**
 * Adam with decoupled weight decay as torch.optim.AdamW, or as keras.optimizers.AdamW, which is Keras's Adam with a decay:
 *
 *   p <- p - lr weightDecay p,  and then the step of Adam along the gradient alone
 *
 * Loshchilov and Hutter, ICLR 2019.
 */
import * as z from 'zod/mini'
import { adamScalars, adamState, adamStep, momentSettings } from './adam-step.js'
import { byFormulation } from './formulation.js'
import { optimizer } from './optimizer.js'
import { nonNegative } from './settings.js'
import { decoupledRates, shrunk } from './terms.js'

function adamwOf(formulation: 'torch' | 'keras', defaults: { readonly epsilon: number; readonly weightDecay: number }) {
  return optimizer({
    runs: 'program',
    settings: {
      ...momentSettings(defaults),
      weightDecay: z._default(nonNegative, defaults.weightDecay),
      amsgrad: z._default(z.boolean(), false),
    },
    state: adamState,
    scalars: (settings, t) => adamScalars(formulation, settings, t),
    rates: decoupledRates,
    update: (context) => adamStep(context, shrunk(context, context.settings.weightDecay), context.gradient),
  })
}

/** `{ "type": "adamw" }` */
export const adamw = byFormulation({
  torch: adamwOf('torch', { epsilon: 1e-8, weightDecay: 0.01 }),
  keras: adamwOf('keras', { epsilon: 1e-7, weightDecay: 0.004 }),
})
