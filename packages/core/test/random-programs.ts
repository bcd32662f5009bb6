/** Programs at random, all of them valid: for laws that must hold for any program. */
import * as fc from 'fast-check'
import { Builder, type Value } from '../src/ir/builder.js'
import { BATCH, type Program } from '../src/ir/program.js'

const numbers = fc.oneof(
  fc.constantFrom(0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
  fc.double(),
)

/** What one instruction needs to choose its operation and its inputs among the values so far. */
interface Instruction {
  readonly kind: number
  readonly left: number
  readonly right: number
  readonly value: number
}

const instruction: fc.Arbitrary<Instruction> = fc.record({
  kind: fc.nat(),
  left: fc.nat(),
  right: fc.nat(),
  value: numbers,
})

type Emit = (b: Builder, left: Value, right: Value, value: number) => Value

/** Every emission takes and gives `float32[batch,3]`, so that any sequence of them is a program. */
const emissions: readonly Emit[] = [
  (b, x, y) => b.add(x, y),
  (b, x, y) => b.maximum(x, y),
  (b, x, _, value) => b.mul(x, b.constant(value, 'float32')),
  (b, x) => b.tanh(x),
  (b, x) => b.logSoftmax(x),
  (b, x, y) => b.select(b.greater(x, y), x, y),
  (b, x) => b.broadcastTo(b.reduceSum(x, [1], true), [BATCH, 3]),
  (b, x) => b.transpose(b.transpose(x, [1, 0]), [1, 0]),
  (b, x, y) => b.slice(b.concat([x, y], 1), 1, 2, 5),
  (b, x) => b.cast(b.cast(x, 'int32'), 'float32'),
  (b, x) => b.oneHot(b.argMax(x), 3, 'float32'),
  (b, x) => b.reshape(b.reshape(x, [3, BATCH]), [BATCH, 3]),
  (b, x) => b.div(x, b.size(x, 0, 'float32')),
]

function pick<T>(list: readonly T[], at: number): T {
  const chosen = list[at % list.length]
  if (chosen === undefined) throw new Error('nothing to pick from')
  return chosen
}

function build(name: string, instructions: readonly Instruction[], outputs: readonly string[]): Program {
  const b = new Builder(name)
  const values = [b.xs('x', { dtype: 'float32', shape: [BATCH, 3] })]
  const weights = b.constants('weights', { dtype: 'float32', shape: [3, 3] })
  const bias = b.carry('bias', { dtype: 'float32', shape: [3] })
  values.push(b.add(b.matmul(pick(values, 0), weights), bias))
  for (const [i, { kind, left, right, value }] of instructions.entries()) {
    b.within({ layer: `layer${i % 3}` }, () =>
      values.push(pick(emissions, kind)(b, pick(values, left), pick(values, right), value)),
    )
  }
  const ys = Object.fromEntries(
    outputs.map((output, i) => [output, pick(values, values.length - 1 - i + values.length)]),
  )
  return b.finish({ carry: { bias }, ys })
}

/** Any program of up to a dozen instructions, with names of any characters. */
export const programs: fc.Arbitrary<Program> = fc
  .tuple(
    fc.string({ minLength: 1 }),
    fc.array(instruction, { maxLength: 12 }),
    fc.uniqueArray(fc.string({ minLength: 1 }), { maxLength: 3 }),
  )
  .map(([name, instructions, outputs]) => build(name, instructions, outputs))
