/** Means over the batch of each unit's output and of the slope of its activation there. */
import type { Value } from '../../ir/builder.js'
import { gradient } from '../../ir/gradient.js'
import { activationLayers } from '../../model/model.js'
import type { Probe } from '../../run/events.js'
import { names } from '../names.js'
import { probedData } from './data.js'
import type { Look } from './look.js'

/** `probes: { derivatives: true }` */
export const derivatives: Look = {
  about: 'record output and slope of each activation layer at the probed steps, by unit, a mean over the batch',
  emit: (b, { model, pass: { inputs, outputs } }) => {
    const ys: Record<string, Value> = {}
    for (const { name, activation } of activationLayers(model)) {
      const [input, output] = [inputs.get(name), outputs.get(name)]
      if (input === undefined || output === undefined || activation === undefined) continue
      b.within({ stage: 'metric', layer: name }, () => {
        const [slope] = gradient(b, b.reduceSum(output), [input], { wrt: 'metric', inner: 'metric' })
        const rows = b.size(output, 0, output.type.dtype === 'float64' ? 'float64' : 'float32')
        const mean = (value: Value): Value => b.div(b.reduceSum(value, [0]), rows)
        ys[names.layerOutput(name)] = mean(output)
        if (slope !== undefined) ys[names.derivative(name)] = mean(slope)
      })
    }
    return ys
  },
  read: (model, ys) =>
    activationLayers(model).flatMap(({ name: layer }): Probe[] => {
      const of = (quantity: Probe['quantity'], name: string): Probe => ({
        quantity,
        layer,
        axes: ['unit'],
        values: Array.from(probedData(ys[name])),
      })
      return [of('output', names.layerOutput(layer)), of('derivative', names.derivative(layer))]
    }),
}
