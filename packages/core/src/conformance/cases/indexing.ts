/** Rows by number and their sums, one-hot vectors, casts between every pair of dtypes, constants and sizes. */
import { BATCH, type Shape } from '../../ir/program.js'
import type { DType } from '../../tensor.js'
import { EXACT, ROUNDED, summation, type ValueCase } from '../case.js'
import {
  below,
  cycle,
  type Fill,
  type InputRecipe,
  operationCases,
  type OperationRecipe,
  uniform,
} from '../operation-case.js'

function gatherCase(name: string, source: InputRecipe, rows: InputRecipe): ValueCase[] {
  return operationCases({
    id: `gatherRows/${name}`,
    ops: ['gatherRows'],
    about: `rows of [${source.shape.join(',')}] by number: ${name}`,
    inputs: { x: source, rows: { ...rows, dtype: 'int32' } },
    emit: (b, [x, numbers]) => b.emit('gatherRows', x && numbers ? [x, numbers] : [], {}),
    tolerance: EXACT,
  })
}

/** Rows of a large table on both sides of where numbers of 8 and of 16 bits end. */
const TABLE_ROWS = 70_001
const overBytes = cycle([0, 255, 256, 511, 65_535, 65_536, TABLE_ROWS - 1])

function gatherCases(): ValueCase[] {
  const matrix: InputRecipe = { shape: [6, 3], fill: uniform(-1, 1) }
  const unordered: InputRecipe = { shape: [5], fill: cycle([5, 0, 3, 1, 4]) }
  const others: readonly DType[] = ['uint8', 'int32', 'bool']
  return [
    ...gatherCase('unordered', matrix, unordered),
    ...gatherCase('repeated', matrix, { shape: [7], fill: cycle([2, 2, 0, 2, 5, 5, 0]) }),
    ...gatherCase('first-and-last', matrix, { shape: [2], fill: cycle([0, 5]) }),
    ...gatherCase('one-row', { shape: [1, 3], fill: uniform(-1, 1) }, { shape: [2], fill: () => 0 }),
    ...gatherCase('vector', { shape: [6], fill: uniform(-1, 1) }, unordered),
    ...gatherCase('large-table', { shape: [TABLE_ROWS, 1], fill: uniform(-1, 1) }, { shape: [7], fill: overBytes }),
    ...gatherCase('rank-3', { shape: [6, 2, 3], fill: uniform(-1, 1) }, unordered),
    ...gatherCase('batch', matrix, { shape: [BATCH], fill: below(6) }),
    ...gatherCase('tokens', matrix, { shape: [BATCH, 4], fill: below(6) }),
    ...gatherCase('tokens-of-vector', { shape: [6], fill: uniform(-1, 1) }, { shape: [2, 3], fill: below(6) }),
    ...others.flatMap((dtype) =>
      gatherCase(dtype, { dtype, shape: [6, 3], fill: below(dtype === 'bool' ? 2 : 256) }, unordered),
    ),
    ...operationCases({
      id: 'gatherRows/uint8-then-cast',
      ops: ['gatherRows', 'cast', 'mul'],
      about: 'bytes gathered, cast and scaled, as every training step begins',
      inputs: {
        x: { dtype: 'uint8', shape: [6, 4], fill: below(256) },
        rows: { dtype: 'int32', shape: [BATCH], fill: below(6) },
      },
      emit: (b, [x, rows], dtype) =>
        b.mul(b.cast(b.emit('gatherRows', x && rows ? [x, rows] : [], {}), dtype), b.constant(1 / 255, dtype)),
      tolerance: ROUNDED,
    }),
  ]
}

interface Scatter {
  readonly count: number
  readonly values: Shape
  readonly rows: Shape
  readonly fill: Fill
  /** Times that one row number comes at most. */
  readonly most: number
}

function scatterCase(name: string, { count, values, rows, fill, most }: Scatter): ValueCase[] {
  const emit: OperationRecipe['emit'] = (b, [y, numbers]) =>
    b.emit('scatterAddRows', y && numbers ? [y, numbers] : [], { count })
  const magnitude: OperationRecipe['emit'] = (b, [y, numbers], dtype) =>
    emit(b, y && numbers ? [b.abs(y), numbers] : [], dtype)
  return operationCases({
    id: `scatterAddRows/${name}`,
    ops: ['scatterAddRows'],
    about: `rows added up by number to ${count}: ${name}`,
    inputs: { y: { shape: values, fill: uniform(-1, 1) }, rows: { dtype: 'int32', shape: rows, fill } },
    emit,
    ...(most === 1 ? { tolerance: EXACT } : { tolerance: summation(most), magnitude }),
  })
}

function scatterCases(): ValueCase[] {
  const unordered = { rows: [5], fill: cycle([5, 0, 3, 1, 4]), most: 1 }
  return [
    ...scatterCase('unordered', { count: 6, values: [5, 3], ...unordered }),
    ...scatterCase('vector', { count: 6, values: [5], ...unordered }),
    ...scatterCase('rank-3', { count: 6, values: [5, 2, 3], ...unordered }),
    ...scatterCase('absent', { count: 1000, values: [2, 3], rows: [2], fill: cycle([0, 999]), most: 1 }),
    ...scatterCase('large-table', { count: TABLE_ROWS, values: [7, 1], rows: [7], fill: overBytes, most: 1 }),
    ...scatterCase('one-row', { count: 1, values: [7, 3], rows: [7], fill: () => 0, most: 7 }),
    ...scatterCase('repeated', { count: 6, values: [7, 3], rows: [7], fill: cycle([2, 2, 0, 2, 5, 5, 0]), most: 3 }),
    ...scatterCase('batch', { count: 6, values: [BATCH, 3], rows: [BATCH], fill: below(6), most: 4 }),
    ...scatterCase('tokens', { count: 6, values: [BATCH, 4, 17], rows: [BATCH, 4], fill: below(6), most: 16 }),
    ...scatterCase('long', { count: 3, values: [200, 5], rows: [200], fill: below(3), most: 200 }),
  ]
}

function oneHotCase(name: string, shape: Shape, depth: number, fill: Fill): ValueCase[] {
  return operationCases({
    id: `oneHot/${name}`,
    ops: ['oneHot'],
    about: `one-hot rows of length ${depth}: ${name}`,
    inputs: { labels: { dtype: 'int32', shape, fill } },
    emit: (b, [labels], dtype) => b.emit('oneHot', labels ? [labels] : [], { depth, dtype }),
    tolerance: EXACT,
  })
}

function oneHotCases(): ValueCase[] {
  return [
    ...oneHotCase('vector', [7], 10, below(10)),
    ...oneHotCase('batch', [BATCH], 10, below(10)),
    ...oneHotCase('tokens', [BATCH, 3], 7, below(7)),
    ...oneHotCase('one-class', [3], 1, () => 0),
    ...oneHotCase('outside', [6], 4, cycle([-1, 4, 0, 3, -4, 1000])),
  ]
}

/** Values that the target can hold: what lies outside has no meaning across runtimes. */
const castValues: Readonly<Record<DType, Partial<Record<DType, readonly number[]>>>> = {
  float32: {
    int32: [0, 1, -1, 1.5, -1.5, 2.999, -2.999, 1e6, -1e6],
    uint8: [0, 1, 1.99, 254.5, 255],
    bool: [0, -0, 1, -1, 0.25, 1e-30],
    float64: [0, 1, -0.1, 1e30, 1e-30],
  },
  float64: {
    int32: [0, 1, -1, 1.5, -1.5, 2.999, -2.999, 2147483647, -2147483648],
    uint8: [0, 1, 1.99, 254.5, 255],
    bool: [0, -0, 1, -1, 0.25, 1e-30],
    float32: [0, 1, 0.1, -0.1, 1 / 3, 1e39, -1e39, 16777217],
  },
  int32: {
    float32: [0, 1, -1, 255, -1000, 16777216, -2147483648],
    float64: [0, 1, -1, 255, 16777217, 2147483647],
    uint8: [0, 1, 128, 255],
    bool: [0, 1, -1, 256, 65536],
  },
  uint8: { float32: [0, 1, 127, 128, 255], float64: [0, 1, 127, 128, 255], int32: [0, 1, 128, 255], bool: [0, 1, 128] },
  bool: { float32: [0, 1], float64: [0, 1], int32: [0, 1], uint8: [0, 1] },
}

function castCase(from: DType, to: DType, values: readonly number[]): ValueCase[] {
  return operationCases({
    id: `cast/${from}-to-${to}`,
    ops: ['cast'],
    about: `${from} to ${to}: ${values.join(', ')}`,
    inputs: { x: { dtype: from, shape: [values.length], fill: cycle(values) } },
    emit: (b, [x]) => b.emit('cast', x ? [x] : [], { dtype: to }),
    tolerance: EXACT,
  }).filter(({ dtype }) => dtype === (from === 'float64' || to === 'float64' ? 'float64' : 'float32'))
}

function castCases(): ValueCase[] {
  return Object.entries(castValues).flatMap(([from, targets]) =>
    Object.entries(targets).flatMap(([to, values]) => castCase(from as DType, to as DType, values)),
  )
}

function sourceCases(): ValueCase[] {
  const scalars = {
    zero: 0,
    'minus-zero': -0,
    third: 1 / 3,
    large: 1e30,
    infinite: Number.NEGATIVE_INFINITY,
    nan: Number.NaN,
  }
  const like: InputRecipe = { shape: [BATCH, 3], fill: uniform(1, 2) }
  return [
    ...Object.entries(scalars).flatMap(([name, value]) =>
      operationCases({
        id: `constant/${name}`,
        ops: ['constant'],
        about: `the constant ${Object.is(value, -0) ? '-0' : value} as an output`,
        inputs: { like: { shape: [], fill: () => 0 } },
        emit: (b, _, dtype) => b.constant(value, dtype),
        tolerance: EXACT,
      }),
    ),
    ...(['int32', 'uint8', 'bool'] as const).flatMap((dtype) =>
      operationCases({
        id: `constant/${dtype}`,
        ops: ['constant'],
        about: `a constant of dtype ${dtype}`,
        inputs: { like: { shape: [], fill: () => 0 } },
        emit: (b) => b.constant(1, dtype),
        tolerance: EXACT,
      }),
    ),
    ...[0, 1].flatMap((axis) =>
      operationCases({
        id: `size/axis-${axis}`,
        ops: ['size'],
        about: `length of axis ${axis}: ${axis === 0 ? 'the batch' : 'a number'}`,
        inputs: { like },
        emit: (b, [x], dtype) => b.emit('size', x ? [x] : [], { axis, dtype }),
        tolerance: EXACT,
      }),
    ),
    ...operationCases({
      id: 'size/mean',
      ops: ['size', 'div', 'reduceSum'],
      about: 'the mean over a batch of unknown size',
      inputs: { like },
      emit: (b, [x], dtype) => (x ? b.div(b.reduceSum(x, [0]), b.size(x, 0, dtype)) : b.constant(0, dtype)),
      tolerance: { epsilons: 8, scale: 'element', reason: 'four positive terms and a quotient' },
    }),
  ]
}

/** Cases of the indexing family. */
export function indexingCases(): ValueCase[] {
  return [...gatherCases(), ...scatterCases(), ...oneHotCases(), ...castCases(), ...sourceCases()]
}
