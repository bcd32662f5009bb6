/** Wrong arithmetic, functions, comparisons and choices, element by element. */
import { operationOf, opNames } from '../../../ir/ops/index.js'
import { inputAt } from '../../../ir/ops/operation.js'
import { type NodeRow, rowsAt } from '../plant-node.js'
import { areAlike, isRepeated, mapped, moved, ofInputs, ofOperands, ofResult } from './alterations.js'

/** The operands of a function of two, or three. */
const of: (f: (x: number, y: number, z: number) => number) => NodeRow['alter'] = (f) =>
  ofOperands((x, y, z) => f(x, y, z))

const forward = { stages: ['forward'], fits: isRepeated(1) }
const backward = { stages: ['activation-gradient', 'weight-gradient'] }
const update = { stages: ['update'] }
const alike = { fits: areAlike }

/** The second operand moved by one place along the last axis. */
const ofNeighbour: NodeRow['alter'] = (one) => {
  const { shape, data } = inputAt(one.inputs, 1)
  const next = { shape, data: Float64Array.from(data).map((_, i) => Number(data[(i + 1) % data.length])) }
  return one.again({ inputs: [inputAt(one.inputs, 0), next] })
}

const arithmetic = [
  ...rowsAt(['add'], {
    'bias-missing': ['a bias is not added', of((x) => x), forward],
    'bias-twice': ['a bias is added twice', of((x, y) => x + 2 * y), forward],
    'bias-per-block': ['a bias is added once for each of 17 blocks', of((x, y) => x + 17 * y), forward],
    'bias-of-neighbour': ['each unit gets the bias of the next', ofNeighbour, forward],
    'bias-subtracted': ['a bias is taken away', of((x, y) => x - y), forward],
    'gradient-term-missing': ['of two parts of a gradient the second is lost', of((x) => x), backward],
    'gradient-first-term-missing': ['of two parts of a gradient the first is lost', of((_, y) => y), backward],
    'decay-missing': ['the second part of an update is lost', of((x) => x), update],
    'memory-missing': ['the first part of an update is lost', of((_, y) => y), update],
    'update-part-twice': ['the second part of an update is added twice', of((x, y) => x + 2 * y), update],
    'epsilon-doubled': ['a sum with a constant has it twice', of((x, y) => x + 2 * y), { fits: isRepeated(1) }],
  }),
  ...rowsAt(['sub'], {
    'difference-turned': ['y - x in the place of x - y', of((x, y) => y - x)],
    'difference-absolute': ['the sign of a difference is lost', of((x, y) => Math.abs(x - y))],
    'difference-as-sum': ['x + y in the place of x - y', of((x, y) => x + y)],
    'step-missing': ['nothing is taken away', of((x) => x), update],
    'centre-missing': ['a mean is not taken away', of((x) => x), { stages: ['forward'] }],
    'gradient-mean-missing': ['a mean is not taken out of a gradient', of((x) => x), backward],
    'sigmoid-gradient-wrong-side': ['y in the place of x - y', of((_, y) => y), backward],
  }),
  ...rowsAt(['mul'], {
    'factor-missing': ['the second factor is forgotten', of((x) => x)],
    'factor-twice': ['the second factor is taken twice', of((x, y) => x * y * y)],
    'first-factor-missing': ['the first factor is forgotten', of((_, y) => y), alike],
    'factor-inverted': ['x / y in the place of x y', of((x, y) => (y === 0 ? 0 : x / y))],
    'factor-of-neighbour': ['each element gets the factor of the next', ofNeighbour],
    'product-as-sum': ['x + y in the place of x y', of((x, y) => x + y)],
    'rate-off': ['a factor of an update is a hundredth too large', ofResult((x) => 1.01 * x), update],
    'decay-wrong': ['a rate r of an update is 1 - r', of((x, y) => x * (1 - y)), { ...update, fits: isRepeated(1) }],
    'dropout-scale-missing': [
      'what is kept is not scaled',
      of((x, y) => (y === 0 ? 0 : x)),
      { stages: ['forward'], fits: areAlike },
    ],
    'sign-turned': ['a product has the other sign', of((x, y) => -x * y)],
  }),
  ...rowsAt(['div'], {
    'quotient-turned': ['y / x in the place of x / y', of((x, y) => (x === 0 ? 0 : y / x))],
    'quotient-whole': ['a quotient is cut off behind the point', of((x, y) => Math.trunc(x / y))],
    'divisor-missing': ['nothing is divided', of((x) => x)],
    'divisor-less-one': ['n - 1 is divided by in the place of n', of((x, y) => (y === 1 ? x : x / (y - 1)))],
    'divisor-guarded': ['1e-3 is added to the divisor', of((x, y) => x / (y + 1e-3))],
  }),
  ...rowsAt(['neg'], { 'sign-kept': ['the sign is not turned', of((x) => x)] }),
  ...rowsAt(['abs'], {
    'magnitude-signed': ['the sign is kept', of((x) => x)],
    'magnitude-of-neighbour': [
      'magnitudes of the wrong element',
      moved((row, column, _, columns) => [row, (column + 1) % columns]),
    ],
  }),
  ...rowsAt(['sign'], {
    'sign-of-zero': ['the sign of zero is one', of((x) => (x === 0 ? 1 : Math.sign(x)))],
    'sign-by-size': ['small numbers have no sign', of((x) => (Math.abs(x) < 1e-3 ? 0 : Math.sign(x)))],
  }),
  ...rowsAt(['maximum'], {
    'minimum-for-larger': ['the smaller of two is taken', of(Math.min)],
    'larger-is-first': ['the first of two is taken', of((x) => x)],
  }),
  ...rowsAt(['minimum'], {
    'larger-for-minimum': ['the larger of two is taken', of(Math.max)],
    'smaller-is-first': ['the first of two is taken', of((x) => x)],
  }),
]

const functions = [
  ...rowsAt(['exp'], {
    'exp-in-base-two': ['2^x in the place of e^x', of((x) => 2 ** x)],
    'exp-clamped': ['e^x is never more than one', of((x) => Math.min(1, Math.exp(x)))],
    'exp-less-one': ['e^x - 1 in the place of e^x', of(Math.expm1)],
  }),
  ...rowsAt(['log'], {
    'log-in-base-two': ['the logarithm is that of base two', of(Math.log2)],
    'log-of-one-more': ['ln (1 + x) in the place of ln x', of(Math.log1p)],
    'log-guarded': ['ln (x + 1e-3) in the place of ln x', of((x) => Math.log(x + 1e-3))],
  }),
  ...rowsAt(['sqrt'], {
    'root-missing': ['no root is taken', of((x) => x)],
    'root-inverted': ['1 / root in the place of the root', of((x) => (x === 0 ? 0 : 1 / Math.sqrt(x)))],
    'epsilon-inside-root': ['an epsilon of 1e-8 stands under a root', of((x) => Math.sqrt(x + 1e-8))],
    'root-guarded': ['a root is at least 1e-3', of((x) => Math.max(1e-3, Math.sqrt(x)))],
  }),
  ...rowsAt(['relu'], {
    'relu-leaks': ['a hundredth of negative numbers passes', of((x) => (x > 0 ? x : x / 100))],
    'relu-capped': ['nothing above one passes', of((x) => Math.min(1, Math.max(0, x)))],
    'relu-from-a-threshold': ['numbers below 0.01 do not pass', of((x) => (x > 0.01 ? x : 0))],
    'relu-missing': ['negative numbers pass', of((x) => x)],
    'relu-mirrored': ['the magnitude is taken', of(Math.abs)],
    'nan-swallowed': [
      'what is not a number or not finite becomes zero',
      of((x) => (Number.isFinite(x) ? Math.max(0, x) : 0)),
    ],
  }),
  ...rowsAt(['sigmoid'], {
    'sigmoid-by-lines': [
      'three straight lines in the place of the curve',
      of((x) => Math.min(1, Math.max(0, x / 4 + 0.5))),
    ],
    'sigmoid-clipped': ['values are held within 0.01 and 0.99', ofResult((x) => Math.min(0.99, Math.max(0.01, x)))],
    'tanh-for-sigmoid': ['tanh is computed', of(Math.tanh)],
    'sigmoid-turned': ['1 / (1 + e^x)', ofInputs((x) => -x)],
  }),
  ...rowsAt(['tanh'], {
    'tanh-by-lines': ['three straight lines in the place of the curve', of((x) => Math.min(1, Math.max(-1, x)))],
    'sigmoid-for-tanh': ['sigmoid is computed', of((x) => 1 / (1 + Math.exp(-x)))],
    'tanh-of-half': ['tanh (x / 2) is computed', ofInputs((x) => x / 2)],
  }),
]

const comparisons = [
  ...rowsAt(['greater'], {
    'relu-gradient-at-zero': ['x >= y in the place of x > y', of((x, y) => Number(x >= y))],
    'comparison-turned': ['x < y in the place of x > y', of((x, y) => Number(x < y))],
    'comparison-with-slack': ['x > y + 1e-3 in the place of x > y', of((x, y) => Number(x > y + 1e-3))],
    'comparison-always': ['every comparison holds', of(() => 1)],
    'comparison-never': ['no comparison holds', of(() => 0)],
  }),
  ...rowsAt(['greaterEqual'], {
    'strict-for-lax': ['x > y in the place of x >= y', of((x, y) => Number(x > y))],
    'lax-comparison-turned': ['x <= y in the place of x >= y', of((x, y) => Number(x <= y))],
  }),
  ...rowsAt(['equal'], {
    'equal-with-slack': ['what differs by less than 0.1 is equal', of((x, y) => Number(Math.abs(x - y) < 0.1))],
    'unequal-for-equal': ['what is not equal is told', of((x, y) => Number(x !== y))],
    'equal-at-last-place': [
      'the last element is never equal',
      ofResult((x, flat, { right }) => (flat === right.length - 1 ? 0 : x)),
      { isWhole: true },
    ],
  }),
  ...rowsAt(['select'], {
    'branches-swapped': ['the other branch is taken', of((c, x, y) => (c === 0 ? x : y))],
    'first-branch-always': ['the first branch is taken everywhere', of((_, x) => x)],
    'second-branch-always': ['the second branch is taken everywhere', of((_, __, y) => y)],
    'choice-of-neighbour': [
      'each choice is that of the next element',
      ({ inputs, again }) =>
        again({
          inputs: inputs.map((x, k) => (k === 0 ? mapped(x, (_, i) => Number(x.data[(i + 1) % x.data.length])) : x)),
        }),
    ],
  }),
]

const products = opNames.filter((op) => operationOf(op).isProduct)

/** Faults that any operation may have in its result. */
const anywhere = rowsAt(
  ['add', 'sub', 'mul', 'div', ...products, 'reduceSum', 'sqrt', 'exp', 'log', 'relu', 'sigmoid', 'tanh', 'logSoftmax'],
  {
    'result-off-by-a-thousandth': ['a result is a thousandth too large', ofResult((x) => 1.001 * x)],
    'result-off-by-1e-5': ['a result is 1e-5 of itself too large', ofResult((x) => x * (1 + 1e-5))],
    'result-shifted': ['1e-3 is added to a result', ofResult((x) => x + 1e-3)],
    'result-without-sign': ['the sign of a result is lost', ofResult(Math.abs)],
    'result-is-nan': ['a result is not a number', ofResult(() => Number.NaN)],
    'result-saturates': ['results are held within -1 and 1', ofResult((x) => Math.max(-1, Math.min(1, x)))],
    'small-results-vanish': ['results below 1e-5 become zero', ofResult((x) => (Math.abs(x) < 1e-5 ? 0 : x))],
    'subnormals-vanish': ['results below 1e-30 become zero', ofResult((x) => (Math.abs(x) < 1e-30 ? 0 : x))],
    'subnormals-wrong': [
      'results below 1e-12 become 1e-12',
      ofResult((x) => (x !== 0 && Math.abs(x) < 1e-12 ? 1e-12 : x)),
    ],
    'negative-zero-lost': ['-0 becomes 0', ofResult((x) => (x === 0 ? 0 : x))],
    'not-computed': ['a result is zero', ofResult(() => 0)],
    'right-at-first-only': [
      'a result is right in the first call only',
      ofResult((x, _, { call }) => (call === 0 ? x : 1.1 * x)),
      { isWhole: true, isLate: true },
    ],
    'result-of-first-call': [
      'the result of the first call is kept',
      (one) => one.before ?? one.right,
      { isWhole: true, isLate: true },
    ],
  },
)

/** Every kind. */
export const elementwiseRows: readonly NodeRow[] = [...arithmetic, ...functions, ...comparisons, ...anywhere]
