/**
 * Scale of the signal: the root mean square of what each activation layer gives, about its mean over the batch. That is what still
 * tells samples apart; below the edge of chaos it vanishes with depth, though the outputs themselves do not where there are biases.
 * Schoenholz, Gilmer, Ganguli and Sohl-Dickstein, Deep information propagation, ICLR 2017.
 */
import type { Builder, Value } from '../../ir/builder.js'
import { activationLayers } from '../../model/model.js'
import type { Probe } from '../../run/events.js'
import { elementCount } from '../../tensor.js'
import { names } from '../names.js'
import { probedData } from './data.js'
import type { Look } from './look.js'

/** [1], of outputs [batch, ...]. */
function scaleOf(b: Builder, output: Value): Value {
  const dtype = output.type.dtype === 'float64' ? 'float64' : 'float32'
  const rows = b.size(output, 0, dtype)
  const centred = b.sub(output, b.div(b.reduceSum(output, [0]), rows))
  const numbers = b.constant(elementCount(output.type.shape.slice(1).map(Number)), dtype)
  const mean = b.div(b.div(b.reduceSum(b.mul(centred, centred)), rows), numbers)
  return b.reshape(b.sqrt(mean), [1])
}

/** `probes: { signal: true }` */
export const signal: Look = {
  about: 'record how far outputs of each activation layer are spread over the batch at the probed steps',
  emit: (b, { model, pass: { outputs } }) => {
    const entries = activationLayers(model).flatMap(({ name: layer }): [string, Value][] => {
      const output = outputs.get(layer)
      if (output === undefined) return []
      return [[names.signal(layer), b.within({ stage: 'metric', layer }, () => scaleOf(b, output))]]
    })
    return Object.fromEntries(entries)
  },
  read: (model, ys) =>
    activationLayers(model).map(({ name: layer }): Probe => {
      const values = Array.from(probedData(ys[names.signal(layer)]))
      return { quantity: 'signalScale', layer, axes: [], values }
    }),
}
