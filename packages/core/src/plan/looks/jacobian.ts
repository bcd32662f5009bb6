/**
 * Singular values of the Jacobian of a sample's output with respect to its input: all of them near 1 is dynamical isometry, with
 * which depth is trained soon. Pennington, Schoenholz and Ganguli, Resurrecting the sigmoid in deep learning through dynamical
 * isometry, NIPS 2017. Outputs are few, so the Jacobian is made whole, a backward pass for each output, where power iteration
 * would take two for each step. Samples are taken to be independent of each other, which batch norm makes them only in part.
 */
import { InputError } from '../../errors.js'
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
      Float64Array.from({ length: size }, (_unused, k) => Number(data[i * size + k])),
      rows,
      columns,
    ),
  )
  return (all[0] ?? []).map((_, k) => all.reduce((sum, values) => sum + Number(values[k]), 0) / count)
}

/** What a network of so many operations must be and is not; nothing is smooth in tokens. */
function unmet({ allLayers, outputShape }: Model, operations: number): [expected: string, got: string] | undefined {
  const taking = allLayers.find(({ tokens }) => tokens !== undefined)
  if (taking !== undefined) return ['inputs that are numbers', `tokens in "${taking.name}"`]
  const outputs = elementCount(outputShape)
  if (outputs > MOST_OUTPUTS) return [`an output of at most ${MOST_OUTPUTS} numbers`, String(outputs)]
  const passes = outputs * operations
  if (passes <= MOST_OPERATIONS) return undefined
  return [`backward passes of at most ${MOST_OPERATIONS} operations`, `${passes}, ${operations} for each output`]
}

/** @throws InputError of a network that the probe is not for. */
function requireSuited(model: Model, operations: number): void {
  const [expected, got] = unmet(model, operations) ?? []
  if (expected === undefined) return
  throw new InputError('core', `probes.jacobian: expected ${expected}, got ${got}; leave it out for this network`)
}

/** `probes: { jacobian: true }` */
export const jacobian: Look = {
  about:
    "record the singular values of the Jacobian of a sample's output, at most 32 numbers, with respect to its input at the probed steps",
  emit: (b, { model, pass: { output, given } }) => {
    requireSuited(model, b.nodes.length)
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
