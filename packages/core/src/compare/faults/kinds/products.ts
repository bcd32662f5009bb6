/** Wrong products of matrices. */
import type { OpAttributes } from '../../../ir/ops/index.js'
import { productSize } from '../../../ir/ops/linear.js'
import { inputAt } from '../../../ir/ops/operation.js'
import type { Application } from '../altered-nodes.js'
import { type NodeRow, rowsAt } from '../plant-node.js'
import { areAlike, blockOf, isSquare, mapped, moved, ofResult, withAttributes } from './alterations.js'

function flags({ node }: Application) {
  return node.attributes as OpAttributes['matmul']
}

/** The product with each term taken `weight` times. */
function weighted(weight: (k: number, inner: number) => number) {
  return (one: Application): Float64Array => {
    const [a, b] = [inputAt(one.inputs, 0), inputAt(one.inputs, 1)]
    const { rows, inner } = productSize(a.shape, b.shape, flags(one))
    const term = (flat: number): number => (flags(one).transposeA ? Math.floor(flat / rows) : flat) % inner
    return one.again({ inputs: [mapped(a, (x, flat) => x * weight(term(flat), inner)), b] })
  }
}

const hasTerms: NodeRow['fits'] = (_, [a]) => a?.shape.every((length) => length !== 1) === true
const summing = { fits: hasTerms }
const whole = { isWhole: true }

/** Zero in the columns that fill no four. */
function onlyFours(x: number, flat: number, { shape: [, columns = 1] }: Application): number {
  return flat % columns >= columns - (columns % 4 || 1) ? 0 : x
}

/** Every kind. */
export const productRows: readonly NodeRow[] = rowsAt(['matmul'], {
  'transposed-operand': [
    'the second matrix is read transposed',
    withAttributes((_, one) => ({ transposeB: !flags(one).transposeB })),
    { fits: (node, [, b]) => b !== undefined && isSquare(node, [b]) },
  ],
  'transposed-first-operand': [
    'the first matrix is read transposed',
    withAttributes((_, one) => ({ transposeA: !flags(one).transposeA })),
    { fits: isSquare },
  ],
  'swapped-factors': [
    'b a in the place of a b',
    ({ inputs, again }) => again({ inputs: inputs.toReversed() }),
    { fits: (node, types) => isSquare(node, types) && areAlike(node, types) },
  ],
  'last-term-missing': ['the last term is left out', weighted((k, n) => (k === n - 1 ? 0 : 1)), summing],
  'first-term-missing': ['the first term is left out', weighted((k) => (k === 0 ? 0 : 1)), summing],
  'tail-missing': ['terms behind the last whole block are lost', weighted((k, n) => Number(k < blockOf(n))), summing],
  'tail-twice': ['terms behind a block are added twice', weighted((k, n) => 1 + Number(k >= blockOf(n))), summing],
  'seam-twice': [
    'the last term of a block is added twice',
    weighted((k, n) => 1 + Number(k === blockOf(n) - 1)),
    summing,
  ],
  'block-missing': ['one block of terms is left out', weighted((k, n) => Number(k >= blockOf(n) / 2)), summing],
  'product-rows-shifted': ['each row is the one before it', moved((row, column) => [Math.max(0, row - 1), column])],
  'product-columns-shifted': ['each column is that before it', moved((row, column) => [row, Math.max(0, column - 1)])],
  'product-mirrored': [
    'columns come in the other order',
    moved((row, column, _, columns) => [row, columns - 1 - column]),
  ],
  'last-row-stale': [
    'the last row repeats the one before',
    moved((row, column, rows) => [rows > 1 && row === rows - 1 ? row - 1 : row, column]),
    whole,
  ],
  'columns-in-fours': ['columns that fill no four are not computed', ofResult(onlyFours), whole],
  'product-averaged': ['a product is divided by the number of its terms', weighted((_, n) => 1 / n), summing],
  'product-scaled': ['a product is a thousandth too large', ofResult((x) => x * 1.001)],
  'product-accumulates': [
    'a product is added to that of the call before',
    ofResult((x, flat, { before }) => (before === undefined ? x : x + Number(before[flat]))),
    { isWhole: true, isLate: true },
  ],
  'product-of-last-call': [
    'a product is that of the call before',
    (one) => one.rightBefore ?? one.right,
    { isWhole: true, isLate: true },
  ],
  'product-of-magnitudes': [
    'the signs of the second matrix are lost',
    ({ inputs: [a, b], again }) => again({ inputs: a && b ? [a, mapped(b, Math.abs)] : [] }),
  ],
})
