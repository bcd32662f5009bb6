/**
 * Batch normalisation over the batch, for each feature, as torch.nn.BatchNorm1d; where channels come first, for each
 * channel over the batch and the plane, as torch.nn.BatchNorm2d:
 *
 *   training:    y = (x - mean) / sqrt(var + eps) * weight + bias,  mean and (biased) var of the batch
 *                running <- (1 - momentum) running + momentum batch,  with the unbiased variance n / (n - 1) var
 *   evaluation:  the same with the running mean and variance
 *
 * Ioffe and Szegedy, ICML 2015. With one row in the batch the variance is 0 and the unbiased one is taken as 0 too.
 */
import * as z from 'zod/mini'
import type { Builder, Value } from '../../ir/builder.js'
import { towards } from '../../ir/moving-average.js'
import type { FloatDType } from '../../tensor.js'
import { constantFill } from '../initializers/initializer.js'
import { type BuildContext, type BuiltLayer, type EmitContext, layer, requireFlat } from './layer.js'
import { described } from '../../registry/described.js'

function floatOf(x: Value): FloatDType {
  return x.type.dtype === 'float64' ? 'float64' : 'float32'
}

interface Moments {
  readonly mean: Value
  readonly variance: Value
}

/** Names of the running mean and variance. */
interface RunningNames {
  readonly mean: string
  readonly variance: string
}

/** The variances that are used: of the batch in the output, and what goes into the running one. */
interface Variances {
  readonly output: 'biased' | 'unbiased'
  readonly running: 'biased' | 'unbiased'
}

/** The axes that a feature is normalised over, and how its statistics are laid along the input. */
interface Layout {
  readonly axes: readonly number[]
  /** Places of a plane. */
  readonly places: number
  readonly along: (b: Builder, statistic: Value) => Value
}

function batchMoments(
  { b, x, state, setState }: EmitContext,
  { axes, places, along }: Layout,
  running: RunningNames,
  momentum: number,
  uses: Variances,
): Moments {
  const rows = b.mul(b.size(x, 0, floatOf(x)), b.constant(places, x.type.dtype))
  const one = b.constant(1, x.type.dtype)
  const mean = b.div(b.reduceSum(x, axes), rows)
  const centred = b.sub(x, along(b, mean))
  const variance = b.div(b.reduceSum(b.mul(centred, centred), axes), rows)
  const unbiased = b.mul(variance, b.div(rows, b.maximum(b.sub(rows, one), one)))
  setState(running.mean, towards(b, state(running.mean), mean, momentum))
  const variances = { biased: variance, unbiased }
  setState(running.variance, towards(b, state(running.variance), variances[uses.running], momentum))
  return { mean, variance: variances[uses.output] }
}

/** The cure where a sample has several axes, as steps and features. */
const PER_POSITION = ', or take { "type": "layerNorm" }, which normalises each position by itself'

interface Settings {
  readonly epsilon: number
  readonly momentum: number
}

function builtWith(uses: Variances) {
  return ({ epsilon, momentum }: Settings, context: BuildContext): BuiltLayer => {
    const layout = layoutOf(context)
    const { along } = layout
    const features = layout.axes.length === 1 ? requireFlat(context, PER_POSITION) : Number(context.inputShape[0])
    const { name } = context
    const fans = { fanIn: 1, fanOut: 1 }
    const running = { mean: `${name}.running_mean`, variance: `${name}.running_var` }
    return {
      outputShape: context.inputShape,
      parameters: [
        context.parameter('weight', [features], fans, constantFill(1)),
        context.parameter('bias', [features], fans, constantFill(0)),
      ],
      states: [
        { name: running.mean, shape: [features], initial: 0 },
        { name: running.variance, shape: [features], initial: 1 },
      ],
      emit: (emitting) => {
        const { b, x, mode, parameter, state } = emitting
        const { mean, variance } =
          mode === 'train'
            ? batchMoments(emitting, layout, running, momentum, uses)
            : { mean: state(running.mean), variance: state(running.variance) }
        const deviation = b.sqrt(b.add(variance, b.constant(epsilon, x.type.dtype)))
        const scale = b.div(parameter(`${name}.weight`), deviation)
        return b.add(b.mul(b.sub(x, along(b, mean)), along(b, scale)), along(b, parameter(`${name}.bias`)))
      },
      // Keras's momentum is what stays of the running statistics, ours what comes in.
      keras: () => ({
        className: 'BatchNormalization',
        config: { axis: -1, epsilon, momentum: 1 - momentum, center: true, scale: true },
        ...(layout.axes.length > 1 && { channels: { from: 'first' } }),
        weights: [
          { name: `${name}/gamma`, source: `${name}.weight` },
          { name: `${name}/beta`, source: `${name}.bias` },
          { name: `${name}/moving_mean`, source: running.mean },
          { name: `${name}/moving_variance`, source: running.variance },
        ],
      }),
      // The attribute is float32.
      onnx: (x, { emit, precision }) => {
        const tensors = [`${name}.weight`, `${name}.bias`, running.mean, running.variance]
        return precision === 'float64'
          ? undefined
          : emit('BatchNormalization', [x, ...tensors], { epsilon: { float: epsilon } })
      },
      torch: () => ({
        module: `BatchNorm${Math.max(1, layout.axes.length - 1)}d(${features}, eps=${epsilon}, momentum=${momentum})`,
      }),
    }
  }
}

function layoutOf({ inputShape, channelsFirst }: BuildContext): Layout {
  const spatial = channelsFirst ? inputShape.slice(1) : []
  return {
    axes: [0, ...spatial.map((_, i) => i + 2)],
    places: spatial.reduce((product, length) => product * length, 1),
    along: (b, statistic) => b.reshape(statistic, [...statistic.type.shape, ...spatial.map(() => 1)]),
  }
}

/** `{ "type": "batchNorm" }`, before or after the activation. */
export const batchNorm = layer({
  settings: {
    epsilon: z._default(z.number().check(z.positive()), 1e-5),
    momentum: described(
      z._default(z.number().check(z.gte(0), z.lte(1)), 0.1),
      'Share of a batch in the running mean and variance.',
    ),
  },
  build: builtWith({ output: 'biased', running: 'unbiased' }),
  otherwise: {
    'batch normalisation by the unbiased variance': builtWith({ output: 'unbiased', running: 'unbiased' }),
    'the biased variance in the running one': builtWith({ output: 'biased', running: 'biased' }),
  },
})
