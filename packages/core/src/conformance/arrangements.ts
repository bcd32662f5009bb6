/**
 * Ways to bring every kind of float to every place of a tensor: kernels take elements in blocks of 4, 8 or 16, and treat
 * those behind the last block by other code, which need not agree about NaN. The batch is the length, a scan each.
 */
import type { Builder, Value } from '../ir/builder.js'
import { BATCH } from '../ir/program.js'
import { type FloatDType, type Tensor, tensor, type TensorMap } from '../tensor.js'
import { type Bits, bitsOf, type PatternName, tensorOfBits } from './patterns.js'

/** The inputs of a program, and how they are filled for one length; `bits` are the kinds of float. */
export interface Arrangement<I extends Readonly<Record<string, Value>>> {
  /** On both sides of the blocks in use; fewer where a length takes many steps. */
  readonly lengths: readonly number[]
  readonly declare: (b: Builder, dtype: FloatDType, kinds: number) => I
  readonly fill: (
    dtype: FloatDType,
    bits: readonly Bits[],
    length: number,
  ) => Readonly<Record<keyof I, Tensor>> & TensorMap
}

/** The longest row of `among`. */
export const LONGEST_ROW = 33

function at(bits: readonly Bits[], index: number): Bits {
  return bits[index % bits.length] as Bits
}

function range<T>(count: number, of: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => of(index))
}

/** A vector `x`, in which each kind comes to each place. */
export const alone: Arrangement<{ readonly x: Value }> = {
  lengths: [...range(17, (i) => i + 1), 31, 32, 33, 65],
  declare: (b, dtype) => ({ x: b.xs('x', { dtype, shape: [BATCH] }) }),
  fill: (dtype, bits, length) => {
    const elements = bits.flatMap((_, step) => range(length, (i) => at(bits, step + i)))
    return { x: tensorOfBits(dtype, [bits.length, length], elements) }
  },
}

/** Vectors `x` and `y`, in which each pair of kinds comes to each place; a scalar `s`, and a choice `even`. */
export const paired: Arrangement<Readonly<Record<'x' | 'y' | 's' | 'even', Value>>> = {
  lengths: [1, 3, 5, 17],
  declare: (b, dtype) => ({
    x: b.xs('x', { dtype, shape: [BATCH] }),
    y: b.xs('y', { dtype, shape: [BATCH] }),
    s: b.xs('s', { dtype, shape: [] }),
    even: b.xs('even', { dtype: 'bool', shape: [BATCH] }),
  }),
  fill: (dtype, bits, length) => {
    const steps = range(bits.length ** 2, (step) => ({ x: step, y: step + Math.floor(step / bits.length) }))
    const shape = [steps.length, length]
    const vector = (name: 'x' | 'y'): Tensor =>
      tensorOfBits(
        dtype,
        shape,
        steps.flatMap((step) => range(length, (i) => at(bits, step[name] + i))),
      )
    const scalars = steps.map(({ y }) => at(bits, y))
    const even = steps.flatMap(({ x }) => range(length, (i) => (x + i) % 2))
    return {
      x: vector('x'),
      y: vector('y'),
      s: tensorOfBits(dtype, [steps.length], scalars),
      even: tensor('bool', shape, even),
    }
  },
}

/** A matrix `x` with a row for each kind, which is at one place among others; `ones` and `zeros` have five columns. */
export function among(...others: readonly PatternName[]): Arrangement<Readonly<Record<'x' | 'ones' | 'zeros', Value>>> {
  return {
    lengths: [1, 2, 3, 4, 5, 7, 8, 9, 16, 17, LONGEST_ROW],
    declare: (b, dtype, kinds) => ({
      x: b.xs('x', { dtype, shape: [kinds, BATCH] }),
      ones: b.xs('ones', { dtype, shape: [BATCH, 5] }),
      zeros: b.xs('zeros', { dtype, shape: [BATCH, 5] }),
    }),
    fill: (dtype, bits, length) => {
      const places = others.flatMap((name) => range(length, (place) => ({ place, other: bitsOf(dtype, name, false) })))
      const rows = places.flatMap(({ place, other }) =>
        bits.flatMap((own) => range(length, (i) => (i === place ? own : other))),
      )
      const five = (value: number): Tensor =>
        tensor(dtype, [places.length, length, 5], new Float64Array(places.length * length * 5).fill(value))
      return { x: tensorOfBits(dtype, [places.length, bits.length, length], rows), ones: five(1), zeros: five(0) }
    },
  }
}
