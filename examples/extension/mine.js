/** A loss, a layer, a metric and an optimizer of one's own: `isograd run experiment.yaml --use ./mine.js`. */
import { layer, loss, meanOfRows, named, optimizer, requireFlat, rowMetric, targetOf, widthOf, z } from '@isograd/core'

/** max(share d, (share - 1) d) of d = y - z, a mean over the outputs: at its least, z is the quantile `share` of y. */
const quantile = loss({
  settings: { share: z._default(z.number().check(z.gt(0), z.lt(1)), 0.5) },
  suits: ['numbers'],
  emit: (context) => {
    const { b, output, precision, settings, sum } = context
    const distance = b.sub(targetOf(context), output)
    const [above, below] = [settings.share, settings.share - 1].map((slope) => b.constant(slope, precision))
    const each = b.maximum(b.mul(distance, above), b.mul(distance, below))
    return b.div(sum(each), b.constant(widthOf(output), precision))
  },
  value: (output, target, { share }) => {
    const distances = Array.from(output, (value, i) => target[i] - value)
    const each = distances.map((distance) => Math.max(share * distance, (share - 1) * distance))
    return each.reduce((total, term) => total + term, 0) / each.length
  },
})

/** x / sqrt(mean of x^2 + 1e-5), each feature times a learned weight. Zhang and Sennrich, NeurIPS 2019. */
const rms = layer({
  build: (_, context) => {
    const features = requireFlat(context)
    const weight = context.parameter('weight', [features], { fanIn: 1, fanOut: 1 }, { type: 'ones' })
    const emit = ({ b, x, parameter }) => {
      const [count, small] = [features, 1e-5].map((value) => b.constant(value, x.type.dtype))
      const meanSquare = b.div(b.reduceSum(b.mul(x, x), [1], true), count)
      return b.mul(b.div(x, b.sqrt(b.add(meanSquare, small))), parameter(weight.name))
    }
    return { outputShape: [features], parameters: [weight], emit }
  },
})

/** Mean over the samples of the largest error among the outputs. */
const worstError = rowMetric({
  label: () => 'worst error',
  format: 'number',
  better: 'smaller',
  suits: ['numbers'],
  isUsual: false,
  reads: 'rows',
  accumulator: (_, width) =>
    meanOfRows(width, width, (row, target) => Math.max(...Array.from(row, (value, i) => Math.abs(value - target[i])))),
})

/** u <- max(u, |g|), 1e-8 at first; p <- p - learningRate / sqrt(t) g / u. */
const largestSoFar = optimizer({
  runs: 'program',
  settings: { learningRate: z._default(z.number().check(z.positive()), 0.01) },
  state: () => ({ u: 1e-8 }),
  scalars: ({ learningRate }, t) => ({ rate: learningRate / Math.sqrt(t) }),
  update: ({ b, parameter, gradient, state, scalars }) => {
    const u = b.maximum(named(state, 'u'), b.abs(gradient))
    return { parameter: b.sub(parameter, b.mul(b.div(gradient, u), named(scalars, 'rate'))), state: { u } }
  },
})

export default { losses: { quantile }, layers: { rms }, metrics: { worstError }, optimizers: { largestSoFar } }
