/**
 * Saturation of gates: the share of a gate's values, over the batch, the steps of the sequence and the units, that are within one
 * percent of 0 or 1, where it is all but open or shut and hands no gradient to what moves it. Karpathy, Johnson and Fei-Fei,
 * arXiv:1506.02078 (2015), section 4.2.
 */
import type { Builder, Value } from '../../ir/builder.js'
import type { Revealed } from '../../model/layers/layer.js'
import type { Probe } from '../../run/events.js'
import { names } from '../names.js'
import { probedData } from './data.js'
import type { Look } from './look.js'

const ways = [
  ['gates', undefined],
  ['backwardGates', 'backward'],
] as const satisfies readonly (readonly [Revealed, string | undefined])[]

/** Distance from the middle of a gate's range beyond which it is saturated. */
const REACH = 0.49

/** The share of saturated values, [1], of one gate at each step, [batch, units] each. */
function saturation(b: Builder, steps: readonly Value[]): Value {
  const all = b.concat(steps, 1)
  const dtype = all.type.dtype === 'float64' ? 'float64' : 'float32'
  const distance = b.abs(b.sub(all, b.constant(0.5, dtype)))
  const count = b.reduceSum(b.cast(b.greater(distance, b.constant(REACH, dtype)), dtype))
  const values = b.mul(b.size(all, 0, dtype), b.constant(Number(all.type.shape[1]), dtype))
  return b.reshape(b.div(count, values), [1])
}

/** `probes: { gates: true }` */
export const gates: Look = {
  about: 'record the share of saturated values of the gates of recurrent layers at the probed steps',
  emit: (b, { pass }) => {
    const entries = [...pass.revealed].flatMap(([layer, values]) =>
      ways.flatMap(([what]): [string, Value][] => {
        const steps = values.get(what)
        const [first] = steps ?? []
        if (steps === undefined || first === undefined) return []
        const ofGate = (gate: number): Value =>
          saturation(
            b,
            steps.flatMap((each) => each.slice(gate, gate + 1)),
          )
        const emit = (): Value =>
          b.concat(
            first.map((_, gate) => ofGate(gate)),
            0,
          )
        return [[names.revealed(layer, what), b.within({ stage: 'metric', layer }, emit)]]
      }),
    )
    return Object.fromEntries(entries)
  },
  read: (model, ys) =>
    model.allLayers.flatMap(({ name: layer }) =>
      ways.flatMap(([what, parameter]): Probe[] => {
        const shares = ys[names.revealed(layer, what)]
        if (shares === undefined) return []
        const way = parameter === undefined ? {} : { parameter }
        return [{ quantity: 'gateSaturation', layer, ...way, axes: ['gate'], values: Array.from(probedData(shares)) }]
      }),
    ),
}
