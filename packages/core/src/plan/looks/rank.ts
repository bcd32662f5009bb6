/**
 * Effective rank of what each activation layer gives for the samples of a batch: how many directions are left in which samples
 * differ. Deep plain networks end with one. Roy and Vetterli, The effective rank, EUSIPCO 2007.
 */
import type { Value } from '../../ir/builder.js'
import { activationLayers } from '../../model/model.js'
import { effectiveRank, singularValues } from '../../numerics/singular-values.js'
import type { Probe } from '../../run/events.js'
import { elementCount } from '../../tensor.js'
import { names } from '../names.js'
import { probedData } from './data.js'
import type { Look } from './look.js'

/** Samples of a batch that are looked at: the work grows with their square. */
const MOST_SAMPLES = 64

/** Of outputs of a batch, each of so many numbers. */
function rankOf(outputs: ArrayLike<number>, size: number): number {
  return effectiveRank(singularValues(outputs, Math.min(MOST_SAMPLES, outputs.length / size), size))
}

/** `probes: { rank: true }` */
export const rank: Look = {
  about:
    'record the effective rank of the outputs of each activation layer at the probed steps, over 64 samples at most',
  emit: (_, { model, pass: { outputs } }) => {
    const entries = activationLayers(model).flatMap(({ name }): [string, Value][] => {
      const output = outputs.get(name)
      return output === undefined ? [] : [[names.activations(name), output]]
    })
    return Object.fromEntries(entries)
  },
  read: (model, ys) =>
    activationLayers(model).map(({ name: layer, outputShape }): Probe => {
      const outputs = probedData(ys[names.activations(layer)])
      return { quantity: 'effectiveRank', layer, axes: [], values: [rankOf(outputs, elementCount(outputShape))] }
    }),
}
