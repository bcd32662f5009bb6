/**
 * Losses that are a parabola near the target and a straight line beyond, of d = z - y, a mean over the outputs:
 *
 *   huber:     d^2 / 2           for |d| <= delta, else delta (|d| - delta / 2)     torch.nn.HuberLoss, Keras's Huber
 *   smoothL1:  d^2 / (2 beta)    for |d| <= beta,  else |d| - beta / 2              torch.nn.SmoothL1Loss
 *
 * The second is the first over beta. With q = min(|d|, delta) both pieces are q (|d| - q / 2), whose slope, q sign(d), has no
 * kink. Huber, Annals of Mathematical Statistics 1964.
 */
import * as z from 'zod/mini'
import type { Value } from '../../ir/builder.js'
import { type LossContext, loss, meanOf, sumOfMeans, targetOf } from './loss.js'

const bend = z._default(z.number().check(z.positive()), 1)

function emitHuber(context: LossContext<unknown>, delta: number): Value {
  const { b, output, precision } = context
  const distance = b.abs(b.sub(output, targetOf(context)))
  const near = b.minimum(distance, b.constant(delta, precision))
  return b.mul(near, b.sub(distance, b.mul(near, b.constant(0.5, precision))))
}

function huberOf(difference: number, delta: number): number {
  const near = Math.min(Math.abs(difference), delta)
  return near * (Math.abs(difference) - near / 2)
}

/** `{ "type": "huber", "delta": 1 }` */
export const huber = loss({
  suits: ['numbers'],
  settings: { delta: bend },
  emit: (context) => sumOfMeans(context, emitHuber(context, context.settings.delta)),
  value: (output, target, { delta }) => meanOf(output, target, (given, y) => huberOf(given - y, delta)),
})

/** `{ "type": "smoothL1", "beta": 1 }` */
export const smoothL1 = loss({
  suits: ['numbers'],
  settings: { beta: bend },
  emit: (context) => {
    const { b, precision, settings } = context
    return sumOfMeans(context, b.div(emitHuber(context, settings.beta), b.constant(settings.beta, precision)))
  },
  value: (output, target, { beta }) => meanOf(output, target, (given, y) => huberOf(given - y, beta) / beta),
})
