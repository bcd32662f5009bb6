/**
 * Entropy of attention: - sum_j p_j ln p_j of the shares that a step gives to those that it sees, a mean over the batch and the
 * steps, for each head, as a share of the most that it can be, the mean of ln of their number: 1 where all that are seen are
 * looked at alike, 0 where one is. A step that sees one alone adds nothing to either.
 * Zhai et al., Stabilizing transformer training by preventing attention entropy collapse, ICML 2023.
 */
import type { Builder, Value } from '../../ir/builder.js'
import { UNSEEN } from '../../model/layers/attention.js'
import type { Probe } from '../../run/events.js'
import { names } from '../names.js'
import { probedData } from './data.js'
import type { Look } from './look.js'

/** [heads], of shares and their logarithms, [batch, heads, steps, steps that are looked at]. */
function entropies(b: Builder, shares: Value, logarithms: Value): Value {
  const dtype = shares.type.dtype === 'float64' ? 'float64' : 'float32'
  const constant = (value: number): Value => b.constant(value, dtype)
  const seen = b.reduceSum(b.cast(b.greater(logarithms, constant(UNSEEN / 2)), dtype), [3])
  const most = b.reduceSum(b.log(seen), [0, 2])
  const sums = b.reduceSum(b.mul(shares, logarithms), [0, 2, 3])
  // Where all steps see one alone, the entropy is 0 of 0.
  return b.div(b.sub(constant(0), sums), b.maximum(most, constant(1e-30)))
}

/** `probes: { attention: true }` */
export const attention: Look = {
  about: 'record the entropy of attention at the probed steps, by head',
  emit: (b, { pass }) => {
    const entries = [...pass.revealed].flatMap(([layer, values]): [string, Value][] => {
      const [shares, logarithms] = values.get('attention')?.[0] ?? []
      if (shares === undefined || logarithms === undefined) return []
      const emit = (): Value => entropies(b, shares, logarithms)
      return [[names.revealed(layer, 'attention'), b.within({ stage: 'metric', layer }, emit)]]
    })
    return Object.fromEntries(entries)
  },
  read: (model, ys) =>
    model.allLayers.flatMap(({ name: layer }): Probe[] => {
      const values = ys[names.revealed(layer, 'attention')]
      if (values === undefined) return []
      return [{ quantity: 'attentionEntropy', layer, axes: ['head'], values: Array.from(probedData(values)) }]
    }),
}
