/**
 * Layer normalisation over the last axis, as torch.nn.LayerNorm: y = (x - mean) / sqrt(var + eps) * weight + bias, mean and
 * (biased) variance of each position by itself. Ba, Kiros and Hinton, arXiv:1607.06450 (2016).
 */
import { featuresOf, layer } from './layer.js'
import { epsilonSetting, scaleAndShift, standardised } from './normalisation.js'

/** `{ "type": "layerNorm" }` */
export const layerNorm = layer({
  settings: { epsilon: epsilonSetting },
  build: ({ epsilon }, context) => {
    const { name, inputShape } = context
    const features = featuresOf(context)
    const [weight, bias] = scaleAndShift(context, features)
    return {
      outputShape: inputShape,
      parameters: [weight, bias],
      emit: ({ b, x, parameter }) =>
        b.add(b.mul(standardised(b, x, epsilon), parameter(weight.name)), parameter(bias.name)),
      keras: () => ({
        className: 'LayerNormalization',
        config: { axis: -1, epsilon, center: true, scale: true },
        keras3: { axis: -1, epsilon, center: true, scale: true },
        weights: [
          { name: `${name}/gamma`, source: weight.name },
          { name: `${name}/beta`, source: bias.name },
        ],
      }),
      torch: () => ({ module: `LayerNorm(${features}, eps=${epsilon})` }),
    }
  },
})
