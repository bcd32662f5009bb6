/**
 * Rectified Adam as torch.optim.RAdam: while too few gradients were seen to know their variance, it is momentum alone.
 *
 *   m <- b1 m + (1 - b1) g,   v <- b2 v + (1 - b2) g^2,   mhat = m / (1 - b1^t)
 *   rho = R - 2 t b2^t / (1 - b2^t),   R = 2 / (1 - b2) - 1
 *   rho > 5:  p <- p - lr mhat r sqrt(1 - b2^t) / (sqrt(v) + eps),
 *             r = sqrt((rho - 4) (rho - 2) R / ((R - 4) (R - 2) rho))
 *   else:     p <- p - lr mhat
 *
 * weightDecay p is added to the gradient, or with `decoupled` lr weightDecay p is taken from the parameter before the step.
 * Liu et al., ICLR 2020.
 */
import * as z from 'zod/mini'
import { moments, momentSettings } from './adam-step.js'
import { named, optimizer } from './optimizer.js'
import { nonNegative } from './settings.js'
import { decayed, decoupledRates, plus } from './terms.js'

/** The rectification r sqrt(1 - b2^t); undefined while the variance is not known. */
function rectification(beta2: number, t: number): number | undefined {
  const [power, limit] = [beta2 ** t, 2 / (1 - beta2) - 1]
  const rho = limit - (2 * t * power) / (1 - power)
  if (rho <= 5) return undefined
  return Math.sqrt((((rho - 4) * (rho - 2) * limit) / ((limit - 4) * (limit - 2) * rho)) * (1 - power))
}

/** `{ "type": "radam" }` */
export const radam = optimizer({
  runs: 'program',
  settings: {
    ...momentSettings({ epsilon: 1e-8 }),
    weightDecay: z._default(nonNegative, 0),
    decoupled: z._default(z.boolean(), false),
  },
  state: () => ({ m: 0, v: 0 }),
  scalars: ({ learningRate, beta1, beta2 }, t) => {
    const rectified = rectification(beta2, t)
    const stepSize = learningRate / (1 - beta1 ** t)
    return {
      stepSize: rectified === undefined ? stepSize : stepSize * rectified,
      isRectified: rectified === undefined ? 0 : 1,
    }
  },
  rates: decoupledRates,
  update: (context) => {
    const { b, parameter, scalars } = context
    const { epsilon, weightDecay, decoupled } = context.settings
    const { gradient, start } = decayed(context, weightDecay, decoupled)
    const { m, v } = moments(context, gradient)
    const isRectified = b.equal(named(scalars, 'isRectified'), b.constant(1, parameter.type.dtype))
    const direction = b.select(isRectified, b.div(m, plus(b, b.sqrt(v), epsilon)), m)
    return { parameter: b.sub(start, b.mul(direction, named(scalars, 'stepSize'))), state: { m, v } }
  },
})
