/** Laws of activations: a value for every value, with the slope that it has. */
import { BATCH, formatShape, type Shape } from '../../ir/program.js'
import type { ActivationRecord } from '../../model/activations/activation.js'
import type { Builder, Value } from '../../ir/builder.js'
import type { Law, Subject } from './law.js'
import { normals, ROWS, WIDTH, withExtremes } from './points.js'
import { float32Breach, type Givens, gradientBreach, valueOf, type Values, weightedSum } from './program.js'

const shape: Shape = [BATCH, WIDTH]

const givens: Givens = {
  x: { shape, data: withExtremes(normals(ROWS * WIDTH, 0), WIDTH), isVariable: true },
  weights: { shape, data: normals(ROWS * WIDTH, 1) },
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
    { law: 'gradient', check: () => gradientBreach(givens, scalar) },
    { law: 'float32', check: () => float32Breach(givens, shape, emit) },
  ]
}
