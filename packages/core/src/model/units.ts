/**
 * What can go wrong with the units of an activation layer. A relu unit is dead when it is 0 for every sample: nothing
 * flows back through it. A sigmoid or tanh unit is saturated for a sample when its output is within one percent of the
 * function's range from an asymptote: next to nothing flows back.
 */
import type { Builder, Value } from '../ir/builder.js'
import type { Layer } from './layers/layer.js'

/** How a layer's units are looked at. */
export type UnitKind = 'rectifier' | 'sigmoid' | 'tanh'

const kinds: Readonly<Record<string, UnitKind>> = { relu: 'rectifier', sigmoid: 'sigmoid', tanh: 'tanh' }

/** Middle and half width of the range that counts as not saturated. */
const unsaturated = { sigmoid: { middle: 0.5, reach: 0.49 }, tanh: { middle: 0, reach: 0.98 } } as const

/** The kind of a layer's units; undefined for layers that are neither. */
export function unitKindOf(layer: Layer): UnitKind | undefined {
  if (layer.spec.type !== 'activation') return undefined
  const { function: chosen } = layer.spec
  return chosen === undefined ? undefined : kinds[typeof chosen === 'string' ? chosen : chosen['type']]
}

/** Largest output of each unit over the batch, [units]. */
export function unitMaximum(b: Builder, output: Value): Value {
  return b.reduceMax(output, [0])
}

/** How many outputs of the batch are saturated, as a scalar. */
export function countSaturated(b: Builder, output: Value, kind: 'sigmoid' | 'tanh'): Value {
  const { dtype } = output.type
  const { middle, reach } = unsaturated[kind]
  const distance = b.abs(b.sub(output, b.constant(middle, dtype)))
  return b.reduceSum(b.cast(b.greater(distance, b.constant(reach, dtype)), dtype))
}
