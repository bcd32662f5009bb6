/** Evaluates a few lines of IR on the reference backend: tensors in, numbers out. */
import { Builder, type Value } from '../src/ir/builder.js'
import { referenceBackend } from '../src/reference/backend.js'
import { type FloatDType, type Tensor, tensor } from '../src/tensor.js'

/** A shape with its numbers. */
export interface Numbers {
  readonly shape: readonly number[]
  readonly data: readonly number[]
}

/** A vector. */
export function vector(data: readonly number[]): Numbers {
  return { shape: [data.length], data }
}

/** What `emit` leaves, by name; every operation is rounded to `dtype`. */
export async function evaluate<I extends string, O extends string>(
  dtype: FloatDType,
  inputs: Readonly<Record<I, Numbers>>,
  emit: (b: Builder, values: Readonly<Record<I, Value>>) => Readonly<Record<O, Value>>,
): Promise<Record<O, number[]>> {
  const b = new Builder('evaluate')
  const entries = Object.entries<Numbers>(inputs)
  const values = Object.fromEntries(entries.map(([name, { shape }]) => [name, b.xs(name, { dtype, shape })]))
  const program = b.finish({ carry: {}, ys: emit(b, values as Record<I, Value>) })
  const executable = await referenceBackend().compile(program, {})
  const xs = entries.map(([name, { shape, data }]): [string, Tensor] => [name, tensor(dtype, [1, ...shape], data)])
  const { ys } = await executable.scan({}, Object.fromEntries(xs))
  return Object.fromEntries(Object.entries(ys).map(([name, { data }]) => [name, Array.from(data)])) as Record<
    O,
    number[]
  >
}
