/**
 * Singular values of the Jacobian of a sample's output with respect to its input: all of them near 1 is dynamical isometry, with
 * which depth is trained soon. Pennington, Schoenholz and Ganguli, Resurrecting the sigmoid in deep learning through dynamical
 * isometry, NIPS 2017. Outputs are few, so the Jacobian is made whole, a backward pass for each output, where power iteration
 * would take two for each step. Samples are taken to be independent of each other, which batch norm makes them only in part.
 */
import { FieldError } from '../../errors.js'
import type { Builder, Value } from '../../ir/builder.js'
import { gradient } from '../../ir/gradient.js'
import { BATCH } from '../../ir/program.js'
import type { Model } from '../../model/model.js'
import { singularValues } from '../../numerics/singular-values.js'
import { elementCount, type Tensor } from '../../tensor.js'
import { names } from '../names.js'
import type { Values } from '../passes.js'
import { MOST_SAMPLES } from './data.js'
import type { Look } from './look.js'

/** Outputs that a network may have: each is a backward pass. */
const MOST_OUTPUTS = 32

/** Operations of all these passes together, about: more of them take compilers minutes, and gigabytes. */
const MOST_OPERATIONS = 10_000

/** [batch, numbers in a sample] */
function flat(b: Builder, value: Value): Value {
  return b.reshape(value, [BATCH, elementCount(value.type.shape.slice(1).map(Number))])
}

/** [batch, outputs, inputs] of an output [batch, ...]. */
function emitJacobian(b: Builder, output: Value, given: Values): Value {
  const outputs = flat(b, output)
  const inputs = Object.values(given)
  const rows = Array.from({ length: Number(outputs.type.shape[1]) }, (_, i) => {
    const sum = b.reduceSum(b.slice(outputs, 1, i, i + 1))
    const slopes = gradient(b, sum, inputs, { wrt: 'metric', inner: 'metric' }).map((slope) => flat(b, slope))
    const row = b.concat(slopes, 1)
    return b.reshape(row, [BATCH, 1, Number(row.type.shape[1])])
  })
  return b.concat(rows, 1)
}

/** Of [..., batch, outputs, inputs]: means over the samples of each singular value, largest first. */
function meansOf({ shape, data }: Tensor): number[] {
  const [samples, rows, columns] = shape.slice(-3).map(Number) as [number, number, number]
  const size = rows * columns
  const count = Math.min(MOST_SAMPLES, samples)
  const all = Array.from({ length: count }, (_, i) =>
    singularValues(
      new Float64Array(size).map((_unused, k) => Number(data[i * size + k])),
      rows,
      columns,
    ),
  )
  return (all[0] ?? []).map((_, k) => all.reduce((sum, values) => sum + Number(values[k]), 0) / count)
}

/** @throws FieldError of a network that has too many outputs, or in whose tokens nothing is smooth. */
function checkModel({ allLayers, outputShape }: Model): void {
  const taking = allLayers.find(({ tokens }) => tokens !== undefined)
  const outputs = elementCount(outputShape)
  if (taking !== undefined) throw unsuited('inputs that are numbers', `tokens in "${taking.name}"`)
  if (outputs > MOST_OUTPUTS) throw unsuited(`an output of at most ${MOST_OUTPUTS} numbers`, String(outputs))
}

/** @throws FieldError where the backward passes of a network of so many operations are too long. */
function checkLength({ outputShape }: Model, operations: number): void {
  const passes = elementCount(outputShape) * operations
  if (passes <= MOST_OPERATIONS) return
  throw unsuited(`backward passes of at most ${MOST_OPERATIONS} operations`, `${passes}, ${operations} for each output`)
}

function unsuited(expected: string, got: string): FieldError {
  return new FieldError('probes.jacobian', `expected ${expected}, got ${got}; leave it out for this network`)
}

/** `probes: { jacobian: true }` */
export const jacobian: Look = {
  about:
    "record the singular values of the Jacobian of a sample's output, at most 32 numbers, with respect to its input at the probed steps",
  check: checkModel,
  emit: (b, { model, pass: { output, given } }) => {
    checkLength(model, b.nodes.length)
    const emit = (): Value => emitJacobian(b, output, given)
    return { [names.jacobian]: b.within({ stage: 'metric', layer: model.output }, emit) }
  },
  read: ({ output: layer }, ys) => {
    const values = ys[names.jacobian]
    return values === undefined
      ? []
      : [{ quantity: 'jacobian', layer, axes: ['singular value'], values: meansOf(values) }]
  },
}
