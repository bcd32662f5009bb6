/** Wrong sums, maxima and positions of maxima, and what is built on them. */
import { inputAt } from '../../../ir/ops/operation.js'
import type { Application } from '../altered-nodes.js'
import { columnsOf } from '../fault.js'
import { type NodeRow, rowsAt } from '../plant-node.js'
import { blockOf, isSquare, mapped, ofInputs, ofResult } from './alterations.js'

function termsOf({ inputs, right }: Application): number {
  return inputAt(inputs, 0).data.length / Math.max(1, right.length)
}

function axesOf({ node }: Application): readonly number[] {
  return (node.attributes as { axes: readonly number[] }).axes
}

/** The reduction over elements that are changed by their position along the first axis that is reduced. */
function alongAxis(f: (x: number, position: number, length: number) => number) {
  return (one: Application): Float64Array => {
    const x = inputAt(one.inputs, 0)
    const [axis = 0] = axesOf(one)
    const length = inputAt(x.shape, axis)
    const stride = x.shape.slice(axis + 1).reduce((product, size) => product * size, 1)
    return one.again({ inputs: [mapped(x, (value, flat) => f(value, Math.floor(flat / stride) % length, length))] })
  }
}

const rows = { fits: (_, [x]) => x !== undefined && x.shape.length > 0 } satisfies Partial<NodeRow>
const long = {
  fits: (node, [x]) =>
    (node.attributes as { axes?: readonly number[] }).axes?.some((axis) => x?.shape[axis] !== 1) === true,
} satisfies Partial<NodeRow>

const sums = rowsAt(['reduceSum'], {
  'mean-instead-of-sum': [
    'a sum is divided by the number of its terms',
    ofResult((x, _, one) => x / Math.max(2, termsOf(one))),
  ],
  'sum-doubled': ['a sum is counted twice', ofResult((x) => 2 * x)],
  'sum-missing': ['a sum is zero', ofResult(() => 0)],
  'sum-of-magnitudes': ['signs are lost in a sum', ofInputs(Math.abs)],
  'sum-of-squares': ['squares are summed', ofInputs((x) => x * x)],
  'maximum-for-sum': [
    'the largest is taken for the sum',
    ({ node, again }) => again({ op: 'reduceMax', attributes: node.attributes }),
  ],
  'sum-without-last': [
    'the last element along an axis is left out',
    alongAxis((x, i, n) => (i === n - 1 ? 0 : x)),
    long,
  ],
  'sum-without-first': ['the first element along an axis is left out', alongAxis((x, i) => (i === 0 ? 0 : x)), long],
  'sum-of-first': ['only the first element along an axis is taken', alongAxis((x, i) => (i === 0 ? x : 0)), long],
  'sum-of-whole-blocks': [
    'elements behind the last whole block are left out',
    alongAxis((x, i, n) => (i < blockOf(n) ? x : 0)),
    long,
  ],
  'sum-block-twice': ['the first block is added twice', alongAxis((x, i, n) => (i < blockOf(n) ? 2 * x : x)), long],
  'sum-of-alternating': [
    'every other element is taken with the other sign',
    alongAxis((x, i) => (i % 2 === 0 ? x : -x)),
    long,
  ],
  'sum-over-other-axis': [
    'the other axis is summed',
    (one) => one.again({ attributes: { ...one.node.attributes, axes: axesOf(one).map((axis) => 1 - axis) } }),
    {
      fits: (node, types) =>
        isSquare(node, types) && (node.attributes as { axes?: readonly number[] }).axes?.length === 1,
    },
  ],
  'dropped-partial-batch': [
    'sums over the rows of a batch that is not whole come out as zero',
    ofResult((x, _, { batch }) => (batch % 4 === 0 ? x : 0)),
    { isWhole: true },
  ],
  'sum-accumulates': [
    'a sum goes on from that of the call before',
    ofResult((x, flat, { before }) => (before === undefined ? x : x + Number(before[flat]))),
    { isWhole: true, isLate: true },
  ],
})

const maxima = rowsAt(['reduceMax'], {
  'maximum-from-zero': ['a maximum is never below zero', ofResult((x) => Math.max(0, x))],
  'minimum-for-maximum': [
    'the smallest is taken for the largest',
    ({ inputs, again }) => again({ inputs: inputs.map((x) => mapped(x, (v) => -v)) }).map((x) => -x),
  ],
  'maximum-of-magnitudes': ['the largest magnitude is taken', ofInputs(Math.abs)],
  'maximum-without-last': [
    'the last element is not looked at',
    alongAxis((x, i, n) => (i === n - 1 ? Number.NEGATIVE_INFINITY : x)),
    long,
  ],
})

/** The last axis alone. */
function byPosition(f: (x: number, position: number, length: number) => number) {
  return ({ inputs, again }: Application): Float64Array => {
    const x = inputAt(inputs, 0)
    const length = columnsOf(x.shape)
    return again({ inputs: [mapped(x, (value, flat) => f(value, flat % length, length))] })
  }
}

const positions = rowsAt(['argMax'], {
  'worst-class-for-best': ['the position of the smallest is taken', ofInputs((x) => -x), rows],
  'last-class-never-best': [
    'the last position is not looked at',
    byPosition((x, i, n) => (i === n - 1 ? -Infinity : x)),
  ],
  'first-class-never-best': ['the first position is not looked at', byPosition((x, i) => (i === 0 ? -Infinity : x))],
  'position-off-by-one': ['positions are counted from one', ofResult((x) => x + 1)],
  'last-of-equals': ['of equal ones the last is taken', byPosition((x, i) => x + Math.abs(x) * i * 2 ** -50)],
})

const softmaxes = rowsAt(['logSoftmax'], {
  'softmax-without-log': ['the logarithm is forgotten', ofResult(Math.exp)],
  'log-softmax-in-base-two': ['the logarithm is that of base two', ofResult((x) => x / Math.LN2)],
  'softmax-without-last': [
    'the last class is left out of the sum',
    (one) => {
      const length = columnsOf(one.shape)
      return one.right.map((x, flat) => {
        const last = one.right[flat - (flat % length) + length - 1] as number
        return x - Math.log1p(-Math.min(Math.exp(last), 1 - 2 ** -20))
      })
    },
  ],
  'softmax-at-other-temperature': ['logits are divided by 1.01', ofInputs((x) => x / 1.01)],
  'softmax-without-sum': ['only the maximum is taken away', byPositionOfMax()],
  'softmax-clipped': ['probabilities are clipped at 1e-3', ofResult((x) => Math.max(x, Math.log(1e-3)))],
})

function byPositionOfMax() {
  return ({ inputs, right, shape }: Application): Float64Array => {
    const { data } = inputAt(inputs, 0)
    const length = columnsOf(shape)
    return right.map((_, flat) => {
      const row = Array.from({ length }, (__, i) => Number(data[flat - (flat % length) + i]))
      return Number(data[flat]) - Math.max(...row)
    })
  }
}

/** Every kind. */
export const reductionRows: readonly NodeRow[] = [...sums, ...maxima, ...positions, ...softmaxes]
