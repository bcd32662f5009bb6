/**
 * Stochastic depth: in training each sample keeps its input whole, over 1 - rate, or has none of it; in evaluation y = x. As
 * the last layer inside a `residual` it leaves out the branch, as torchvision.ops.StochasticDepth by rows. Huang, Sun,
 * Liu, Sedra and Weinberger, ECCV 2016.
 */
import { BATCH } from '../../ir/program.js'
import { dropped, keptShare, rateContradiction } from './dropping.js'
import { layer } from './layer.js'

/** `{ "type": "stochasticDepth", "rate": 0.2 }` */
export const stochasticDepth = layer({
  settings: dropped,
  contradiction: rateContradiction,
  build: ({ rate }, { name: own, inputShape }) => {
    const name = `${own}.mask`
    const ones = inputShape.map(() => 1)
    return {
      outputShape: inputShape,
      masks: rate === 0 ? [] : [{ name, shape: [1], rate }],
      emit: (emitting) => {
        const { b, x, mode } = emitting
        if (mode === 'evaluate' || rate === 0) return x
        return b.mul(x, b.reshape(keptShare(emitting, name, rate), [BATCH, ...ones]))
      },
      keras: () => ({
        className: 'Dropout',
        config: { rate, noise_shape: [null, ...ones] },
        channels: 'either',
        weights: [],
      }),
      onnx: (x) => x,
      // All numbers of a sample as the one channel of a signal: dropped together.
      torch: () => ({
        module: `Dropout1d(${rate})`,
        call: (module, [x]) => `${module}(${x}.flatten(1).unsqueeze(1)).view_as(${x})`,
      }),
    }
  },
})
