/**
 * Group normalisation of channels-first samples, as torch.nn.GroupNorm: the channels in groups, each group of a sample
 * with its own mean and variance; a weight and a bias for each channel. Wu and He, ECCV 2018.
 */
import * as z from 'zod/mini'
import { InputError } from '../../errors.js'
import { layer } from './layer.js'
import { epsilonSetting, normalisedGroups } from './normalisation.js'

/** `{ "type": "groupNorm", "groups": 4 }` on [channels, ...]. */
export const groupNorm = layer({
  settings: { groups: z._default(z.int().check(z.gte(1)), 1), epsilon: epsilonSetting },
  build: ({ groups, epsilon }, context) => {
    const [channels = 1] = context.inputShape
    if (channels % groups !== 0) {
      throw new InputError(
        'core',
        `model layer "${context.name}": expected groups that part ${channels} channels evenly, got ${groups}`,
      )
    }
    return {
      ...normalisedGroups(context, groups, epsilon),
      torch: () => ({ module: `GroupNorm(${groups}, ${channels}, eps=${epsilon})` }),
    }
  },
})
