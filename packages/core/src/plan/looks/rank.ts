/**
 * Effective rank of what each activation layer gives for the samples of a batch: how many directions are left in which samples
 * differ. Deep plain networks end with one. Roy and Vetterli, The effective rank, EUSIPCO 2007.
 */
import { effectiveRank, singularValues } from '../../numerics/singular-values.js'
import { emitActivations, MOST_SAMPLES, readActivations } from './data.js'
import type { Look } from './look.js'

/** `probes: { rank: true }` */
export const rank: Look = {
  about:
    'record the effective rank of the outputs of each activation layer at the probed steps, over 64 samples at most',
  emit: emitActivations,
  read: (model, ys) =>
    readActivations({ quantity: 'effectiveRank', model, ys }, (outputs, size) =>
      effectiveRank(singularValues(outputs, Math.min(MOST_SAMPLES, outputs.length / size), size)),
    ),
}
