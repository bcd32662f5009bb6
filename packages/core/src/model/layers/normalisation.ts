/** Normalisation of each sample by its own mean and variance: what layer, group and instance norm have in common. */
import * as z from 'zod/mini'
import type { KerasLayer } from '../../export/keras.js'
import type { Builder, Value } from '../../ir/builder.js'
import { BATCH } from '../../ir/program.js'
import { elementCount } from '../../tensor.js'
import { constantFill } from '../initializers/initializer.js'
import type { BuildContext, EmitContext } from './layer.js'

/** The number that keeps a variance of 0 from dividing by 0. */
export const epsilonSetting = z._default(z.number().check(z.positive()), 1e-5)

/** The sum of x over the last axis, divided by its length; the axis stays. */
export function meanOfLast(b: Builder, x: Value): Value {
  const axis = x.type.shape.length - 1
  return b.div(b.reduceSum(x, [axis], true), b.constant(Number(x.type.shape[axis]), x.type.dtype))
}

/** (x - mean) / sqrt(var + epsilon) over the last axis, with the biased variance. */
export function standardised(b: Builder, x: Value, epsilon: number): Value {
  const centred = b.sub(x, meanOfLast(b, x))
  const variance = meanOfLast(b, b.mul(centred, centred))
  return b.div(centred, b.sqrt(b.add(variance, b.constant(epsilon, x.type.dtype))))
}

/** A weight of ones and a bias of zeros, `features` of each. */
export function scaleAndShift(context: BuildContext, features: number) {
  const fans = { fanIn: 1, fanOut: 1 }
  return [
    context.parameter('weight', [features], fans, constantFill(1)),
    context.parameter('bias', [features], fans, constantFill(0)),
  ] as const
}

/** A normalisation of `groups` of the channels, the first axis, each by itself. */
export function normalisedGroups(context: BuildContext, groups: number, epsilon: number) {
  const { name, inputShape, channelsFirst } = context
  const [channels = 1, ...spatial] = inputShape
  const parameters = scaleAndShift(context, channels)
  const perChannel = [channels, ...spatial.map(() => 1)]
  return {
    outputShape: inputShape,
    parameters,
    keras: (): KerasLayer => ({
      className: 'GroupNormalization',
      config: { groups, axis: channelsFirst ? -1 : 1, epsilon },
      ...(channelsFirst && { channels: { from: 'first' } }),
      weights: [
        { name: `${name}/gamma`, source: `${name}.weight` },
        { name: `${name}/beta`, source: `${name}.bias` },
      ],
      isKeras3Only: true,
    }),
    emit: ({ b, x, parameter }: EmitContext): Value => {
      const apart = b.reshape(x, [BATCH, groups, elementCount(inputShape) / groups])
      const normal = b.reshape(standardised(b, apart, epsilon), [BATCH, ...inputShape])
      const [weight, bias] = ['weight', 'bias'].map((role) => b.reshape(parameter(`${name}.${role}`), perChannel))
      return weight && bias ? b.add(b.mul(normal, weight), bias) : normal
    },
  }
}
