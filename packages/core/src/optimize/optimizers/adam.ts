/**
 * Adam, in PyTorch's and in Keras's formulation; they differ in where epsilon stands.
 *
 *   m <- b1 m + (1 - b1) g          v <- b2 v + (1 - b2) g^2
 *   torch:  p <- p - lr mhat / (sqrt(vhat) + eps),   mhat = m / (1 - b1^t),  vhat = v / (1 - b2^t)
 *   keras:  p <- p - a_t m / (sqrt(v) + eps),        a_t = lr sqrt(1 - b2^t) / (1 - b1^t)
 *
 * Multiplying numerator and denominator of the first by sqrt(1 - b2^t) gives the second with eps sqrt(1 - b2^t) in
 * place of eps: so both are one program, and only the scalar `epsilon` of each step differs. With amsgrad the largest v
 * so far stands in place of v. Weight decay is each one's own: torch adds weightDecay p to the gradient, keras takes
 * lr weightDecay p from the parameter before the step.
 *
 * Kingma and Ba, ICLR 2015; Reddi, Kale and Kumar, ICLR 2018; torch.optim.Adam; keras.optimizers.Adam.
 */
import * as z from 'zod/mini'
import { adamScalars, adamState, adamStep } from './adam-step.js'
import { optimizer } from './optimizer.js'
import { decay, nonNegative, positive } from './settings.js'
import { decayed, decoupledRates } from './terms.js'

const formulations = ['torch', 'keras'] as const
const defaultEpsilon = { torch: 1e-8, keras: 1e-7 } as const

/** `{ "type": "adam" }`; `epsilon` defaults to 1e-8 for torch and 1e-7 for keras. */
export const adam = optimizer({
  runs: 'program',
  settings: {
    formulation: z._default(z.enum(formulations), 'torch'),
    learningRate: z._default(positive, 0.001),
    beta1: z._default(decay, 0.9),
    beta2: z._default(decay, 0.999),
    epsilon: z.optional(nonNegative),
    weightDecay: z._default(nonNegative, 0),
    amsgrad: z._default(z.boolean(), false),
  },
  state: adamState,
  scalars: ({ formulation, epsilon = defaultEpsilon[formulation], ...settings }, t) =>
    adamScalars(formulation, { ...settings, epsilon }, t),
  rates: decoupledRates,
  update: (context) => {
    const { formulation, weightDecay } = context.settings
    const { gradient, start } = decayed(context, weightDecay, formulation === 'keras')
    return adamStep(context, start, gradient)
  },
})
