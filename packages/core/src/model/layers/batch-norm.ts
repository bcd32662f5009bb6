/**
 * Batch normalisation over the batch, for each feature, as torch.nn.BatchNorm1d:
 *
 *   training:    y = (x - mean) / sqrt(var + eps) * weight + bias,  mean and (biased) var of the batch
 *                running <- (1 - momentum) running + momentum batch,  with the unbiased variance n / (n - 1) var
 *   evaluation:  the same with the running mean and variance
 *
 * Ioffe and Szegedy, ICML 2015. With one row in the batch the variance is 0 and the unbiased one is taken as 0 too.
 */
import * as z from 'zod/mini'
import type { Builder, Value } from '../../ir/builder.js'
import type { FloatDType } from '../../tensor.js'
import { type EmitContext, layerKind, type Parameter, requireFlat } from './layer.js'

function floatOf(x: Value): FloatDType {
  return x.type.dtype === 'float64' ? 'float64' : 'float32'
}

/** running + momentum (batch - running) */
function towards(b: Builder, running: Value, batch: Value, momentum: number): Value {
  return b.add(running, b.mul(b.sub(batch, running), b.constant(momentum, running.type.dtype)))
}

interface Moments {
  readonly mean: Value
  readonly variance: Value
}

function batchMoments({ b, layer, x, state, setState }: EmitContext, momentum: number): Moments {
  const rows = b.size(x, 0, floatOf(x))
  const one = b.constant(1, x.type.dtype)
  const mean = b.div(b.reduceSum(x, [0]), rows)
  const centred = b.sub(x, mean)
  const variance = b.div(b.reduceSum(b.mul(centred, centred), [0]), rows)
  const unbiased = b.mul(variance, b.div(rows, b.maximum(b.sub(rows, one), one)))
  const [runningMean, runningVariance] = [`${layer.name}.running_mean`, `${layer.name}.running_var`]
  setState(runningMean, towards(b, state(runningMean), mean, momentum))
  setState(runningVariance, towards(b, state(runningVariance), unbiased, momentum))
  return { mean, variance }
}

/** `{ "type": "batchNorm" }`, before or after the activation. */
export const batchNormSchema = z.strictObject({
  type: z.literal('batchNorm'),
  epsilon: z._default(z.number().check(z.positive()), 1e-5),
  momentum: z._default(z.number().check(z.gte(0), z.lte(1)), 0.1),
})

/** Batch normalisation. */
export const batchNorm = layerKind<typeof batchNormSchema>({
  build: (_, context) => {
    const features = requireFlat(context)
    const { name: layer } = context
    const parameter = (role: Parameter['role'], start: number): Parameter => ({
      name: `${layer}.${role}`,
      layer,
      role,
      shape: [features],
      fans: { fanIn: 1, fanOut: 1 },
      initializer: { type: 'constant', value: start },
    })
    return {
      outputShape: [features],
      parameters: [parameter('weight', 1), parameter('bias', 0)],
      states: [
        { name: `${layer}.running_mean`, shape: [features], initial: 0 },
        { name: `${layer}.running_var`, shape: [features], initial: 1 },
      ],
    }
  },
  emit: ({ epsilon, momentum }, context) => {
    const { b, layer, x, mode, parameter, state } = context
    const { mean, variance } =
      mode === 'train'
        ? batchMoments(context, momentum)
        : { mean: state(`${layer.name}.running_mean`), variance: state(`${layer.name}.running_var`) }
    const deviation = b.sqrt(b.add(variance, b.constant(epsilon, x.type.dtype)))
    const scale = b.div(parameter(`${layer.name}.weight`), deviation)
    return b.add(b.mul(b.sub(x, mean), scale), parameter(`${layer.name}.bias`))
  },
})
