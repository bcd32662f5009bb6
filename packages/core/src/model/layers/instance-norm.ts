/**
 * Instance normalisation of channels-first samples, as torch.nn.InstanceNorm2d with affine=True: each channel of a sample
 * by its own mean and variance, without running statistics. Ulyanov, Vedaldi and Lempitsky, arXiv:1607.08022 (2016).
 */
import { InputError } from '../../errors.js'
import { layer } from './layer.js'
import { epsilonSetting, normalisedGroups } from './normalisation.js'

/** `{ "type": "instanceNorm" }` on [channels, ...spatial]. */
export const instanceNorm = layer({
  settings: { epsilon: epsilonSetting },
  build: ({ epsilon }, context) => {
    const [channels = 1, ...spatial] = context.inputShape
    if (spatial.length === 0 || spatial.length > 3) {
      throw new InputError(
        'core',
        `model layer "${context.name}": expected [channels, ...] with 1 to 3 spatial axes, got [${context.inputShape.join(',')}]`,
      )
    }
    return {
      ...normalisedGroups(context, channels, epsilon),
      torch: () => ({ module: `InstanceNorm${spatial.length}d(${channels}, eps=${epsilon}, affine=True)` }),
    }
  },
})
