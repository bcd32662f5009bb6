/**
 * Normalisation by the root of the mean square over the last axis, as torch.nn.RMSNorm: y = x / sqrt(mean(x^2) + eps) *
 * weight. Zhang and Sennrich, NeurIPS 2019.
 */
import { constantFill } from '../initializers/initializer.js'
import { featuresOf, layer } from './layer.js'
import { epsilonSetting, meanOfLast } from './normalisation.js'

/** `{ "type": "rmsNorm" }` */
export const rmsNorm = layer({
  settings: { epsilon: epsilonSetting },
  build: ({ epsilon }, context) => {
    const { inputShape } = context
    const features = featuresOf(context)
    const weight = context.parameter('weight', [features], { fanIn: 1, fanOut: 1 }, constantFill(1))
    return {
      outputShape: inputShape,
      parameters: [weight],
      emit: ({ b, x, parameter }) => {
        const size = b.sqrt(b.add(meanOfLast(b, b.mul(x, x)), b.constant(epsilon, x.type.dtype)))
        return b.mul(b.div(x, size), parameter(weight.name))
      },
      keras: () => ({
        className: 'RMSNormalization',
        config: { axis: -1, epsilon },
        weights: [{ name: `${context.name}/scale`, source: weight.name }],
        isKeras3Only: true,
      }),
      torch: () => ({ module: `RMSNorm(${features}, eps=${epsilon})` }),
    }
  },
})
