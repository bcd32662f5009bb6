/**
 * Hinges: nothing is to pay beyond a margin of 1 on the right side. Of flags, with t = 2 y - 1 for a flag y of 0 or 1, a mean
 * over the outputs, as in Keras:
 *
 *   hinge:         max(1 - t z, 0)
 *   squaredHinge:  max(1 - t z, 0)^2
 *
 * Of K categories, y being the right one:
 *
 *   categoricalHinge, torch:  sum_(j != y) max(margin - z_y + z_j, 0)^power / K      torch.nn.MultiMarginLoss
 *   categoricalHinge, keras:  max(1 - z_y + max(0, max_(j != y) z_j), 0)             Keras's CategoricalHinge
 *
 * At a kink the slope is that of the flat side, 0. Crammer and Singer, JMLR 2001; Weston and Watkins, ESANN 1999.
 */
import * as z from 'zod/mini'
import type { Value } from '../../ir/builder.js'
import { type LossContext, loss, meanOf, sumOfMeans, targetOf, widthOf } from './loss.js'

/** max(1 - t z, 0) of every flag. */
function emitHinge(context: LossContext<unknown>): Value {
  const { b, output, precision } = context
  const one = b.constant(1, precision)
  const side = b.sub(b.mul(targetOf(context), b.constant(2, precision)), one)
  return b.relu(b.sub(one, b.mul(side, output)))
}

function hingeOf(logit: number, flag: number): number {
  return Math.max(1 - (2 * flag - 1) * logit, 0)
}

/** `"loss": "hinge"` */
export const hinge = loss({
  suits: ['flags'],
  emit: (context) => sumOfMeans(context, emitHinge(context)),
  value: (output, target) => meanOf(output, target, hingeOf),
})

/** `"loss": "squaredHinge"` */
export const squaredHinge = loss({
  suits: ['flags'],
  emit: (context) => {
    const each = emitHinge(context)
    return sumOfMeans(context, context.b.mul(each, each))
  },
  value: (output, target) => meanOf(output, target, (logit, flag) => hingeOf(logit, flag) ** 2),
})

/** The label's own logit, [batch, 1], and one-hot labels, [batch, K]. */
function labelled(context: LossContext<unknown>): { own: Value; labels: Value; others: Value } {
  const { b, output, precision } = context
  const labels = b.oneHot(targetOf(context), widthOf(output), precision)
  const own = b.reduceSum(b.mul(labels, output), [1], true)
  return { own, labels, others: b.sub(b.constant(1, precision), labels) }
}

/** `{ "type": "categoricalHinge", "formulation": "torch", "margin": 1, "power": 1 }`; Keras's has neither margin nor power. */
export const categoricalHinge = loss({
  suits: ['category'],
  settings: {
    formulation: z._default(z.enum(['torch', 'keras']), 'torch'),
    margin: z._default(z.number(), 1),
    power: z._default(z.literal([1, 2]), 1),
  },
  contradiction: ({ formulation, margin, power }) =>
    formulation === 'torch' || (margin === 1 && power === 1)
      ? undefined
      : 'a margin and a power of 1 in the formulation "keras"',
  emit: (context) => {
    const { b, output, precision, settings, sum } = context
    const { own, others } = labelled(context)
    const beyond = b.sub(b.constant(settings.margin, precision), own)
    if (settings.formulation === 'keras') {
      return sum(b.relu(b.add(beyond, b.reduceMax(b.mul(others, output), [1], true))))
    }
    const each = b.mul(others, b.relu(b.add(beyond, output)))
    return sumOfMeans(context, settings.power === 1 ? each : b.mul(each, each))
  },
  value: (output, target, { formulation, margin, power }) => {
    const label = Number(target[0])
    const beyond = margin - Number(output[label])
    const others = Array.from(output).toSpliced(label, 1)
    if (formulation === 'keras') return Math.max(beyond + Math.max(0, ...others), 0)
    return others.reduce((total, other) => total + Math.max(beyond + other, 0) ** power, 0) / output.length
  },
})
