/** Random programs: TensorFlow.js's gradients against core's, which know nothing of each other. */
import { referenceBackend } from '@isograd/core'
import { type FloatDType, tensor, type TensorMap } from '@isograd/core/backend'
import { Builder, gradient, type Program, type Value } from '@isograd/core/ir'
import { array, assert, asyncProperty, nat, tuple } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openBackend, autogradVariants } from './backends.js'

interface Context {
  readonly dtype: FloatDType
  readonly zero: Value
  /** Numbers that are 5 apart at least, and none within 4 of 0. */
  readonly far: Value
}

type Operation = (b: Builder, x: Value, y: Value, context: Context) => Value

function away(b: Builder, x: Value, far: Value): Value {
  return b.add(b.tanh(x), far)
}

const ROWS = 3
const COLUMNS = 3

/** Operations on matrices that keep their shape; numbers stay within a few units. */
const operations: readonly Operation[] = [
  (b, x, y) => b.add(x, y),
  (b, x, y) => b.sub(x, y),
  (b, x, y) => b.mul(b.tanh(x), y),
  (b, x, y, { dtype }) => b.div(x, b.add(b.mul(y, y), b.constant(1, dtype))),
  (b, x, y) => b.tanh(b.matmul(x, y)),
  (b, x, y) => b.tanh(b.matmul(x, y, true, false)),
  (b, x, y) => b.tanh(b.matmul(x, y, false, true)),
  (b, x, y) => b.tanh(b.matmul(x, y, true, true)),
  (b, x) => b.sigmoid(x),
  (b, x) => b.neg(b.exp(b.tanh(x))),
  (b, x, _, { dtype }) => b.log(b.add(b.exp(b.tanh(x)), b.constant(0.5, dtype))),
  (b, x, _, { dtype }) => b.sqrt(b.add(b.mul(x, x), b.constant(0.5, dtype))),
  (b, x) => b.logSoftmax(x),
  (b, x) => b.sub(x, b.reduceSum(b.tanh(x), [0], true)),
  (b, x) => b.add(x, b.broadcastTo(b.reduceSum(b.sigmoid(x), [1], true), [ROWS, COLUMNS])),
  (b, x) => b.add(x, b.broadcastTo(b.reduceSum(b.sigmoid(x)), [ROWS, COLUMNS])),
  (b, x) => b.mul(x, b.reshape(b.slice(b.sigmoid(x), 1, 1, 2), [ROWS, 1])),
  (b, x, y) => b.concat([b.slice(x, 1, 0, 1), b.slice(y, 1, 1, COLUMNS)], 1),
  (b, x) => b.transpose(x, [1, 0]),
  (b, x) => b.reshape(b.transpose(b.reshape(x, [1, ROWS, COLUMNS]), [1, 2, 0]), [ROWS, COLUMNS]),
  // Decisions are made on numbers far from where they change: there rounding decides, and at ties the two differ.
  (b, x, y, { far, zero }) => b.select(b.greater(b.reduceSum(away(b, x, far), [1], true), zero), x, b.tanh(y)),
  (b, x, y, { far }) => b.maximum(away(b, x, far), b.reduceSum(b.tanh(y), [1], true)),
  (b, x, y, { far }) => b.minimum(b.reduceSum(b.tanh(x), [0]), away(b, y, far)),
  (b, x, _, { far }) => b.relu(away(b, x, far)),
  (b, x, _, { far }) => b.abs(away(b, x, far)),
  (b, x, _, { far }) => b.sub(b.reduceMax(away(b, x, far), [1], true), x),
  (b, x, y, { far }) => b.mul(y, b.sign(away(b, x, far))),
]

/** An operation and the two values that it takes, counted from the newest. */
type Step = readonly [operation: number, x: number, y: number]

function programOf(steps: readonly Step[], dtype: FloatDType): Program {
  const b = new Builder('random')
  const type = { dtype, shape: [ROWS, COLUMNS] } as const
  const inputs = [b.xs('p', type), b.xs('q', type)]
  const context = { dtype, zero: b.constant(0, dtype), far: b.xs('far', type) }
  const values = [...inputs]
  const at = (back: number): Value => values[values.length - 1 - (back % values.length)] ?? raise()
  for (const [operation, x, y] of steps) {
    values.push((operations[operation % operations.length] ?? raise())(b, at(x), at(y), context))
  }
  const loss = b.reduceSum(b.tanh(at(0)))
  const [byP, byQ] = gradient(b, loss, inputs)
  return b.finish({ carry: {}, ys: { loss, byP: byP ?? loss, byQ: byQ ?? loss } })
}

function raise(): never {
  throw new RangeError('there is none')
}

function inputsOf(numbers: readonly number[], dtype: FloatDType): TensorMap {
  const size = ROWS * COLUMNS
  const part = (from: number) => tensor(dtype, [1, ROWS, COLUMNS], numbers.slice(from, from + size))
  const far = Array.from({ length: size }, (_, i) => (i % 2 === 0 ? 5 : -5) * (i + 1))
  return { p: part(0), q: part(size), far: tensor(dtype, [1, ROWS, COLUMNS], far) }
}

/** The largest difference, over the larger of 1 and the largest number. */
function apart(got: TensorMap, want: TensorMap): number {
  const all = Object.entries(want).flatMap(([name, { data }]) =>
    Array.from(data, (x, i) => [x, got[name]?.data[i] ?? Number.NaN] as const),
  )
  const scale = Math.max(1, ...all.map(([x]) => Math.abs(x)))
  return Math.max(...all.map(([x, y]) => Math.abs(x - y) / scale))
}

const steps = array(tuple(nat(operations.length - 1), nat(4), nat(4)), { minLength: 1, maxLength: 12 })

describe.each(autogradVariants)('%s', (variant) => {
  it('differentiates random programs as core does', async () => {
    const backend = await openBackend(variant)
    const reference = referenceBackend()
    const numbers = Array.from({ length: 2 * ROWS * COLUMNS }, (_, i) => Math.fround(((i * 7) % 18) / 6 - 1.4 + i / 97))
    const property = asyncProperty(steps, async (taken) => {
      const executable = await backend.compile(programOf(taken, 'float32'), {})
      const { ys } = await executable.scan({}, inputsOf(numbers, 'float32'))
      await executable.dispose()
      const exact = await reference.compile(programOf(taken, 'float64'), {})
      const want = await exact.scan({}, inputsOf(numbers, 'float64'))
      // A wrong rule is off by a good part of 1; rounding of a dozen steps in a row stays far below.
      expect(apart(ys, want.ys)).toBeLessThan(1e-3)
    })
    await assert(property, { numRuns: 300 })
    await backend.dispose()
  })
})
