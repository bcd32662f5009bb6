/** Less precision than asked for: operands, results or sums in a shorter format, and functions by approximation. */
import { operationOf, type OpName, opNames } from '../../../ir/ops/index.js'
import { inputAt } from '../../../ir/ops/operation.js'
import type { Application } from '../altered-nodes.js'
import { formats, type Rounding, toBits, truncated } from '../formats.js'
import { type NodeRow } from '../plant-node.js'
import { mapped, ofInputs, ofOperands, ofResult } from './alterations.js'

const products = opNames.filter((op) => operationOf(op).isProduct)

const groups: Readonly<Record<string, readonly OpName[]>> = {
  products,
  sums: ['reduceSum'],
  arithmetic: ['add', 'sub', 'mul', 'div', 'sqrt'],
  functions: ['exp', 'log', 'tanh', 'sigmoid', 'logSoftmax'],
}

/** Products of two matrices, summed one after the other, each sum rounded. */
function productBy(round: Rounding) {
  return ({ node, inputs, shape, again }: Application): Float64Array => {
    const { transposeA = false, transposeB = false } = node.attributes as { transposeA?: boolean; transposeB?: boolean }
    const straight = (k: number, isTransposed: boolean) => {
      const input = inputAt(inputs, k)
      if (!isTransposed) return input.data
      return again({
        op: 'transpose',
        inputs: [input],
        attributes: { permutation: [1, 0] },
        shape: input.shape.toReversed(),
      })
    }
    const [a, b] = [straight(0, transposeA), straight(1, transposeB)]
    const [rows = 1, columns = 1] = shape
    const inner = a.length / rows
    return new Float64Array(rows * columns).map((_, flat) => {
      const [row, column] = [Math.floor(flat / columns), flat % columns]
      let sum = 0
      for (let k = 0; k < inner; k++) {
        sum = round(sum + Number(a[row * inner + k]) * Number(b[k * columns + column]))
      }
      return sum
    })
  }
}

/** A sum over axes as a product with ones, so that it is rounded alike. */
function sumBy(round: Rounding) {
  return (one: Application): Float64Array => {
    const { shape, data } = inputAt(one.inputs, 0)
    const sums = new Float64Array(one.right.length)
    const numbers = mapped({ shape: [one.right.length], data: sums }, (_, flat) => flat)
    const { axes } = one.node.attributes as { axes: readonly number[] }
    const kept = shape.map((length, axis) => (axes.includes(axis) ? 1 : length))
    const targets = one.again({
      op: 'broadcastTo',
      inputs: [{ shape: kept, data: numbers.data }],
      attributes: { shape },
      shape,
    })
    for (const [flat, target] of targets.entries()) sums[target] = round(Number(sums[target]) + Number(data[flat]))
    return sums
  }
}

const sums = [
  ['bfloat16', formats['bfloat16'] as Rounding],
  ['float16', formats['float16'] as Rounding],
  ['truncated', truncated],
] as const

const summed = sums.flatMap(([name, round]): NodeRow[] => {
  const about = name === 'truncated' ? 'are cut off towards zero' : `are kept in ${name}`
  return [
    {
      id: `${name}-accumulators-of-products`,
      about: `partial sums of products ${about}`,
      at: ['matmul'],
      alter: productBy(round),
    },
    {
      id: `${name}-accumulators-of-sums`,
      about: `partial sums of sums ${about}`,
      at: ['reduceSum'],
      alter: sumBy(round),
    },
  ]
})

const shortened = Object.entries(formats).flatMap(([format, round]) =>
  Object.entries(groups).flatMap(([group, at]): NodeRow[] => [
    {
      id: `${format}-operands-of-${group}`,
      about: `operands of ${group} are rounded to ${format}`,
      at,
      alter: ofInputs(round),
    },
    {
      id: `${format}-results-of-${group}`,
      about: `results of ${group} are rounded to ${format}`,
      at,
      alter: ofResult(round),
    },
  ]),
)

/** e^x as 2^(x / ln 2) with a fraction of a few terms. */
function fastExp(x: number): number {
  const power = x / Math.LN2
  const [whole, rest] = [Math.floor(power), (power - Math.floor(power)) * Math.LN2]
  return 2 ** whole * (1 + rest + rest ** 2 / 2 + rest ** 3 / 6 + rest ** 4 / 24)
}

const approximate: readonly NodeRow[] = [
  { id: 'fast-exp', about: 'e^x by a series of five terms', at: ['exp'], alter: ofOperands(fastExp) },
  {
    id: 'fast-log',
    about: 'the logarithm in single steps of a table of 2^12',
    at: ['log'],
    alter: ofInputs((x) => toBits(x, 13)),
  },
  {
    id: 'fast-tanh',
    about: 'tanh by a rational function',
    at: ['tanh'],
    alter: ofOperands((x) =>
      Math.abs(x) > 4.97
        ? Math.sign(x)
        : (x * (135135 + x * x * (17325 + x * x * (378 + x * x)))) /
          (135135 + x * x * (62370 + x * x * (3150 + 28 * x * x))),
    ),
  },
  {
    id: 'fast-sigmoid',
    about: 'sigmoid from a fast e^x',
    at: ['sigmoid'],
    alter: ofOperands((x) => 1 / (1 + fastExp(-x))),
  },
  {
    id: 'fast-reciprocal',
    about: 'a quotient by a reciprocal of 14 bits',
    at: ['div'],
    alter: ofOperands((x, y) => x * toBits(1 / y, 14)),
  },
  {
    id: 'fast-root',
    about: 'a root by a reciprocal root of 14 bits',
    at: ['sqrt'],
    alter: ofOperands((x) => (x === 0 ? 0 : x * toBits(1 / Math.sqrt(x), 14))),
  },
  {
    id: 'eight-bit-weights',
    about: 'a factor of a product is rounded to 127 levels',
    at: products,
    alter: ({ inputs, again }) =>
      again({
        inputs: inputs.map((input, k) => {
          const largest = Math.max(...Array.from(input.data, Math.abs))
          return k === 1 && largest > 0
            ? mapped(input, (x) => (Math.round((x / largest) * 127) / 127) * largest)
            : input
        }),
      }),
  },
  {
    id: 'twice-rounded',
    about: 'results pass through fewer bits on their way to memory',
    at: [...products, 'reduceSum', 'add', 'mul'],
    alter: ofResult((x) => toBits(x, 20)),
  },
  {
    id: 'constant-in-float16',
    about: 'a constant of the program is kept in float16',
    at: ['constant'],
    alter: ofResult(formats['float16'] as Rounding),
  },
]

/** Every kind of lost precision. */
export const precisionRows: readonly NodeRow[] = [...shortened, ...summed, ...approximate]
