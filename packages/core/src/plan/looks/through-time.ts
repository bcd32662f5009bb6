/**
 * The gradient through time: L2 norm of the gradient of the loss with respect to a recurrent layer's state after each step
 * of a sequence, over the batch and all tensors that the cell hands on. It is what vanishes or explodes in Bengio, Simard and
 * Frasconi, IEEE Transactions on Neural Networks 5 (1994), and Pascanu, Mikolov and Bengio, ICML 2013.
 */
import type { Value } from '../../ir/builder.js'
import { BATCH } from '../../ir/program.js'
import type { Revealed } from '../../model/layers/layer.js'
import { l2Norm } from '../../numerics/norms.js'
import type { Probe } from '../../run/events.js'
import type { Tensor } from '../../tensor.js'
import { names } from '../names.js'
import type { ForwardPass } from '../passes.js'
import type { Look } from './look.js'

/** The states of a layer, with the word for the direction of its cell where it has two. */
const ways = [
  ['states', undefined],
  ['backwardStates', 'backward'],
] as const satisfies readonly (readonly [Revealed, string | undefined])[]

type States = readonly (readonly Value[])[]

function statesOf({ revealed }: ForwardPass): [layer: string, what: Revealed, states: States][] {
  return [...revealed].flatMap(([layer, values]) =>
    ways.flatMap(([what]): [string, Revealed, States][] => {
      const states = values.get(what)
      return states === undefined ? [] : [[layer, what, states]]
    }),
  )
}

/** The norm of each step of [..., steps, width], in float64. */
function normsOf({ shape, data }: Tensor): number[] {
  const [steps, width] = shape.slice(-2).map(Number) as [number, number]
  const ofStep = Array.from({ length: steps }, (): number[] => [])
  for (let i = 0; i < data.length; i++) ofStep[Math.floor(i / width) % steps]?.push(Number(data[i]))
  return ofStep.map(l2Norm)
}

/** `probes: { throughTime: true }` */
export const throughTime: Look = {
  about: 'record the gradient norm of the state of recurrent layers at the probed steps, by step of the sequence',
  watched: (pass) => statesOf(pass).flatMap(([, , states]) => states.flat()),
  emit: (b, { pass, gradientOf }) => {
    const flat = (value: Value): Value => b.reshape(value, [BATCH, 1, ...value.type.shape.slice(1)])
    const entries = statesOf(pass).map(([layer, what, states]): [string, Value] => {
      const steps = states.map((tensors) =>
        b.concat(
          tensors.map((one) => flat(gradientOf(one))),
          2,
        ),
      )
      return [names.revealed(layer, what), b.within({ stage: 'metric', layer }, () => b.concat(steps, 1))]
    })
    return Object.fromEntries(entries)
  },
  read: (model, ys) =>
    model.allLayers.flatMap(({ name: layer }) =>
      ways.flatMap(([what, parameter]): Probe[] => {
        const gradients = ys[names.revealed(layer, what)]
        if (gradients === undefined) return []
        const way = parameter === undefined ? {} : { parameter }
        return [{ quantity: 'stateGradient', layer, ...way, axes: ['time'], values: normsOf(gradients) }]
      }),
    ),
}
