/** Laws of activations: a value for every value, with the slope that it has. */
import { BATCH, formatShape, type Shape } from '../../ir/program.js'
import type { ActivationRecord } from '../../model/activations/activation.js'
import type { Builder, Value } from '../../ir/builder.js'
import type { Law, Subject } from './law.js'
import { normals, ROWS, WIDTH, withExtremes } from './points.js'
import {
  evaluated,
  float32Breach,
  type Givens,
  gradientBreach,
  gradientsOf,
  valueOf,
  type Values,
  weightedSum,
} from './program.js'

const shape: Shape = [BATCH, WIDTH]

const near = normals(ROWS * WIDTH, 0)
const weights = { shape, data: normals(ROWS * WIDTH, 1) }
const givens: Givens = { x: { shape, data: withExtremes(near, WIDTH), isVariable: true }, weights }

/** Those without the row far out, where a function overflows there as e^x does: infinite, and so its slope, and neither is NaN. */
async function givensOf(emit: (b: Builder, values: Values) => Value): Promise<Givens> {
  const { y } = await evaluated(givens, 'float64', (b, values) => ({ y: emit(b, values) }))
  const { x } = await gradientsOf(givens, (b, values) => weightedSum(b, emit(b, values), values))
  const all = [y, x].flatMap((tensor) => Array.from(tensor?.data ?? []))
  const overflows = all.some((value) => Math.abs(value) === Infinity) && !all.some(Number.isNaN)
  return overflows ? { x: { shape, data: near, isVariable: true }, weights } : givens
}

/** The laws of an activation. */
export function activationLaws({ record, spec }: Subject<ActivationRecord>): Law[] {
  const emit = (b: Builder, values: Values): Value => {
    const y = record.emit(b, valueOf(values, 'x'), spec)
    if (formatShape(y.type.shape) === formatShape(shape)) return y
    throw new Error(`expected the shape of x, ${formatShape(shape)}, got ${formatShape(y.type.shape)}`)
  }
  const scalar = (b: Builder, values: Values): Value => weightedSum(b, emit(b, values), values)
  return [
    { law: 'gradient', check: async () => gradientBreach(await givensOf(emit), scalar) },
    { law: 'float32', check: () => float32Breach(givens, shape, emit) },
  ]
}
