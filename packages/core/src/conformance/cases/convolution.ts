/**
 * Convolutions and pooled windows with their gradients: strides beyond the window, windows beyond the samples, uneven
 * padding, dilation, groups, one channel, one row, one spatial axis.
 */
import type { Builder, Value } from '../../ir/builder.js'
import type { ConvolveAttributes } from '../../ir/ops/convolution.js'
import type { PoolAttributes } from '../../ir/ops/pooling.js'
import { windowedSizes } from '../../ir/ops/windows.js'
import { BATCH } from '../../ir/program.js'
import { elementCount } from '../../tensor.js'
import { type CaseTolerance, EXACT, summation, type ValueCase } from '../case.js'
import { cycle, type Fill, operationCases, uniform } from '../operation-case.js'

interface Recipe extends ConvolveAttributes {
  readonly channels: number
  readonly outputs: number
  readonly input: readonly number[]
  readonly window: readonly number[]
}

function recipe(
  [channels, outputs]: readonly [number, number],
  input: readonly number[],
  window: readonly number[],
  more: Partial<ConvolveAttributes> = {},
): Recipe {
  const [ones, none] = [input.map(() => 1), input.map((): [number, number] => [0, 0])]
  return { channels, outputs, input, window, strides: ones, padding: none, dilations: ones, groups: 1, ...more }
}

const one: readonly [number, number] = [1, 1]

const convolutions: Readonly<Record<string, Recipe>> = {
  plain: recipe([2, 3], [5, 6], [3, 2]),
  point: recipe([3, 4], [3, 3], one),
  single: recipe(one, [4, 4], [3, 3]),
  same: recipe([2, 3], [6, 5], [3, 3], { padding: [one, one] }),
  strided: recipe([2, 2], [7, 6], [3, 3], { strides: [2, 2] }),
  'stride-over-kernel': recipe([2, 2], [8, 7], [2, 1], { strides: [3, 2] }),
  'kernel-over-input': recipe([2, 3], [2, 3], [4, 5], {
    padding: [
      [1, 1],
      [2, 1],
    ],
  }),
  uneven: recipe([2, 2], [5, 5], [3, 3], {
    strides: [2, 1],
    padding: [
      [0, 1],
      [2, 0],
    ],
  }),
  dilated: recipe([2, 2], [7, 8], [3, 2], { dilations: [2, 3], padding: [one, [0, 2]] }),
  'dilated-strided': recipe([1, 2], [9, 8], [2, 3], { dilations: [3, 2], strides: [2, 2] }),
  'wide-padding': recipe([1, 2], [3, 3], one, { padding: [[2, 1], one] }),
  grouped: recipe([4, 6], [5, 4], [3, 3], { groups: 2, padding: [one, one] }),
  depthwise: recipe([3, 3], [5, 5], [3, 3], { groups: 3, strides: [2, 1] }),
  'depthwise-twice': recipe([3, 6], [4, 5], [2, 2], { groups: 3 }),
  line: recipe([2, 3], [9], [4], { padding: [[1, 2]], strides: [2] }),
  'line-grouped': recipe([4, 4], [8], [3], { groups: 2, dilations: [2] }),
  'many-channels': recipe([17, 33], [6, 5], [3, 3], { padding: [one, one] }),
  'long-sums': recipe([2, 2], [14, 13], [9, 8]),
}

const BATCHES = [3, 1]

function shapesOf({ channels, outputs, input, window, ...attributes }: Recipe) {
  return {
    x: [BATCH, channels, ...input] as const,
    w: [outputs, channels / attributes.groups, ...window],
    y: [BATCH, outputs, ...windowedSizes(attributes, input, window)] as const,
  }
}

type Emit = (b: Builder, left: Value, right: Value) => Value

function productCase(
  op: 'convolve' | 'convolveData' | 'convolveFilter',
  name: string,
  given: Recipe,
  fill: Fill,
  kernel = fill,
): ValueCase[] {
  const { x, w, y } = shapesOf(given)
  const [count, spatial] = [elementCount(given.window), elementCount(y.slice(2).map(Number))]
  const terms = {
    convolve: (given.channels / given.groups) * count,
    convolveData: (given.outputs / given.groups) * count,
    convolveFilter: Math.max(...BATCHES) * spatial,
  }
  const emits: Readonly<Record<typeof op, Emit>> = {
    convolve: (b, left, right) => b.convolve(left, right, given),
    convolveData: (b, left, right) => b.convolveData(left, right, given.input, given),
    convolveFilter: (b, left, right) => b.convolveFilter(left, right, given.window, given),
  }
  const inputs = { convolve: [x, w], convolveData: [y, w], convolveFilter: [x, y] }[op]
  const emit = (b: Builder, [left, right]: readonly Value[], change: (v: Value) => Value): Value =>
    left && right ? emits[op](b, change(left), change(right)) : b.constant(Number.NaN, 'float64')
  return operationCases({
    id: `${op}/${name}`,
    ops: [op],
    about: `[${inputs.map((shape) => shape?.join(',')).join('] and [')}], ${name}`,
    inputs: Object.fromEntries(
      inputs.map((shape, i) => [`input${i}`, { shape: shape ?? [], fill: i === 0 ? fill : kernel }]),
    ),
    emit: (b, values) => emit(b, values, (v) => v),
    magnitude: (b, values) => emit(b, values, (v) => b.abs(v)),
    tolerance: summation(terms[op]),
    batches: BATCHES,
  })
}

function pool(input: readonly number[], window: readonly number[], more: Partial<PoolAttributes> = {}) {
  return { ...recipe([2, 2], input, window, { strides: window, ...more }), window }
}

const pools: Readonly<Record<string, Recipe>> = {
  halves: pool([4, 6], [2, 2]),
  'left-over': pool([5, 7], [2, 3]),
  overlapping: pool([7, 7], [3, 3], { strides: [2, 2] }),
  'overlapping-by-one': pool([4, 5], [2, 2], { strides: [1, 1] }),
  padded: pool([5, 4], [3, 3], { strides: [2, 2], padding: [one, one] }),
  uneven: pool([4, 5], [3, 2], {
    strides: [1, 2],
    padding: [
      [1, 2],
      [0, 1],
    ],
  }),
  'stride-over-window': pool([7, 8], [2, 1], { strides: [3, 3] }),
  dilated: pool([7, 6], [2, 3], { strides: [1, 1], dilations: [3, 2] }),
  'dilated-padded': pool([6, 6], [2, 2], { strides: [1, 2], dilations: [3, 3], padding: [[2, 0], one] }),
  everything: pool([3, 4], [3, 4]),
  point: pool([3, 3], one),
  line: pool([9], [3], { strides: [2], padding: [one] }),
}

const poolOps = ['maxPool', 'maxPoolData', 'sumPool', 'sumPoolData'] as const

/** Ties, and both zeros. */
const ties = cycle([0, 2, -0, 2, 0, -1, 2, 1, 0, 0, -3])

function poolCase(op: (typeof poolOps)[number], name: string, given: Recipe, fill: Fill): ValueCase[] {
  const { x, y } = shapesOf({ ...given, outputs: given.channels })
  const samples = { shape: x, fill }
  const pooled = { shape: y, fill: uniform(-1, 1) }
  const emits: Readonly<Record<typeof op, Emit>> = {
    maxPool: (b, left) => b.maxPool(left, given),
    maxPoolData: (b, left, right) => b.maxPoolData(left, right, given),
    sumPool: (b, left) => b.sumPool(left, given),
    sumPoolData: (b, left) => b.sumPoolData(left, given.input, given),
  }
  const inputs: Readonly<Record<typeof op, Parameters<typeof operationCases>[0]['inputs']>> = {
    maxPool: { samples },
    maxPoolData: { samples, pooled },
    sumPool: { samples },
    sumPoolData: { pooled },
  }
  const emit = (b: Builder, [left, right = left]: readonly Value[], change: (v: Value) => Value): Value =>
    left && right ? emits[op](b, op === 'maxPoolData' ? left : change(left), change(right)) : b.constant(0, 'float64')
  const tolerance: CaseTolerance = op === 'maxPool' ? EXACT : summation(elementCount(given.window))
  return operationCases({
    id: `${op}/${name}`,
    ops: [op],
    about: `windows of [${given.window.join(',')}] over [${given.input.join(',')}], ${name}`,
    inputs: inputs[op],
    emit: (b, values) => emit(b, values, (v) => v),
    ...(op !== 'maxPool' && { magnitude: (b, values) => emit(b, values, (v) => b.abs(v)) }),
    tolerance,
    batches: BATCHES,
  })
}

/** The value that stands where another tensor is largest. */
function takenCase(name: string, given: Recipe): ValueCase[] {
  const { x } = shapesOf(given)
  return operationCases({
    id: `maxPool/taken-${name}`,
    ops: ['maxPool'],
    about: 'the value at the place where another tensor is largest, the first of equals',
    inputs: { x: { shape: x, fill: ties }, values: { shape: x, fill: uniform(-1, 1) } },
    emit: (b, [left, values]) => (left && values ? b.maxPool(left, given, values) : b.constant(0, 'float64')),
    tolerance: EXACT,
    batches: BATCHES,
  })
}

/** Cases of the convolution and the pooling family. */
export function convolutionCases(): ValueCase[] {
  const [inf, nan] = [Number.POSITIVE_INFINITY, Number.NaN]
  const ops = ['convolve', 'convolveData', 'convolveFilter'] as const
  const products = Object.entries(convolutions)
  const windows = Object.entries(pools)
  return [
    ...ops.flatMap((op) => products.flatMap(([name, given]) => productCase(op, name, given, uniform(-1, 1)))),
    ...ops.flatMap((op) =>
      productCase(op, 'nan', recipe(one, [3, 3], [2, 2]), cycle([1, 2, nan, 0, 3, 5]), uniform(1, 2)),
    ),
    ...poolOps.flatMap((op) => windows.flatMap(([name, given]) => poolCase(op, name, given, uniform(-1, 1)))),
    ...windows.flatMap(([name, given]) => [
      ...poolCase('maxPoolData', `ties-${name}`, given, ties),
      ...takenCase(name, given),
    ]),
    ...poolCase('maxPool', 'ties', pool([4, 4], [2, 2]), ties),
    ...poolCase('maxPool', 'negative', pool([5, 5], [3, 3], { strides: [2, 2], padding: [one, one] }), uniform(-2, -1)),
    ...poolCase('maxPool', 'infinite', pool([4, 4], [2, 2]), cycle([-inf, -inf, inf, 1, 0, -inf, -inf])),
    ...poolCase('maxPool', 'nan', pool([6, 6], [2, 2]), cycle([nan, 1, 2, 3, 4, -inf, 5, nan, 0, 7, 8])),
  ]
}
