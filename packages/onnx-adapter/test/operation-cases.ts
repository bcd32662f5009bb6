/**
 * One or more cases for every operation: what goes in, how the node is built, which ONNX operators it must become, and
 * how far the result may be from the reference. `float` stands for the dtype under test.
 */
import type { DType, FloatDType } from '@isograd/core/backend'
import type { Builder, OpName, Shape, Value } from '@isograd/core/ir'

/** An input of a case, row-major. `shape` may hold the batch, which `rows` then resolves. */
export interface CaseInput {
  readonly dtype: DType | 'float'
  readonly shape: Shape
  readonly values: readonly number[]
}

/** One case. `ulps` counts units in the last place; 0 means the same number. */
export interface OperationCase {
  readonly title: string
  readonly inputs: readonly CaseInput[]
  readonly build: (b: Builder, inputs: readonly Value[], dtype: FloatDType) => Value
  readonly operators: readonly string[] | Readonly<Record<FloatDType, readonly string[]>>
  readonly ulps: number
}

const { NaN: nan, POSITIVE_INFINITY: inf, NEGATIVE_INFINITY: negInf } = Number

/** Numbers on which implementations differ: infinities, zeros of both signs, NaN, numbers near overflow. */
const awkward = [nan, negInf, inf, -0, 0, -1, 2, 0.1, -3.5, 1e30, -1e30, 1e-30] as const
const partners = [1, 0, inf, 0, -0, nan, 2, 0.7, 3.5, -1e30, -1e30, nan] as const

const float = (shape: Shape, values: readonly number[]): CaseInput => ({ dtype: 'float', shape, values })
const typed = (dtype: DType, shape: Shape, values: readonly number[]): CaseInput => ({ dtype, shape, values })

function at<T>(items: readonly T[], index: number): T {
  const item = items[index]
  if (item === undefined) throw new RangeError(`no item ${index}`)
  return item
}

type UnaryName = 'neg' | 'abs' | 'sign' | 'exp' | 'log' | 'sqrt' | 'relu' | 'sigmoid' | 'tanh'
type BinaryName = 'add' | 'sub' | 'mul' | 'div' | 'maximum' | 'minimum' | 'greater' | 'greaterEqual' | 'equal'

function unary(
  name: UnaryName,
  operators: readonly string[],
  ulps: number,
  more: readonly number[] = [],
): OperationCase[] {
  const values = [...awkward, ...more]
  const build: OperationCase['build'] = (b, inputs) => b[name](at(inputs, 0))
  return [{ title: 'awkward numbers', inputs: [float([values.length], values)], build, operators, ulps }]
}

function binary(name: BinaryName, operator: string): OperationCase[] {
  const build: OperationCase['build'] = (b, inputs) => b[name](at(inputs, 0), at(inputs, 1))
  const exact = { build, operators: [operator], ulps: 0 }
  const matrix = float([3, 4], awkward)
  return [
    { title: 'same shape', inputs: [matrix, float([3, 4], partners)], ...exact },
    { title: 'a row repeats', inputs: [matrix, float([4], [1, 0, nan, -2])], ...exact },
    { title: 'a column repeats on the left', inputs: [float([3, 1], [0, 5, nan]), matrix], ...exact },
    { title: 'a scalar repeats', inputs: [matrix, float([], [0])], ...exact },
    { title: 'over the batch', inputs: [float(['batch', 2], [1, 2, 3, 4]), float([2], [10, 20])], ...exact },
  ]
}

function comparison(name: 'greater' | 'greaterEqual' | 'equal', operator: string): OperationCase[] {
  const build: OperationCase['build'] = (b, inputs) => b[name](at(inputs, 0), at(inputs, 1))
  const integers = (dtype: DType, ...casts: string[]): OperationCase => ({
    title: dtype,
    inputs: [typed(dtype, [4], [0, 1, 1, 0]), typed(dtype, [4], [1, 1, 0, 0])],
    build,
    operators: [...casts, operator],
    ulps: 0,
  })
  return [...binary(name, operator), integers('int32'), integers('uint8'), integers('bool', 'Cast', 'Cast')]
}

function select(dtype: CaseInput['dtype'], operators: readonly string[]): OperationCase {
  return {
    title: dtype,
    inputs: [
      typed('bool', [2, 3], [1, 0, 1, 0, 0, 1]),
      { dtype, shape: [3], values: dtype === 'float' ? [nan, 2, inf] : [0, 1, 1] },
      { dtype, shape: [], values: [0] },
    ],
    build: (b, inputs) => b.select(at(inputs, 0), at(inputs, 1), at(inputs, 2)),
    operators,
    ulps: 0,
  }
}

function matmul(transposeA: boolean, transposeB: boolean): OperationCase {
  // Integers this small multiply and add without rounding, in whatever order.
  const a = [1, -2, 3, 4, 5, -6]
  const b = [2, 0, -1, 3, 7, 1, -4, 5, 6, 8, -9, 2]
  return {
    title: `${transposeA ? 'A^T' : 'A'} ${transposeB ? 'B^T' : 'B'}`,
    inputs: [float(transposeA ? [3, 2] : [2, 3], a), float(transposeB ? [4, 3] : [3, 4], b)],
    build: (builder, inputs) => builder.matmul(at(inputs, 0), at(inputs, 1), transposeA, transposeB),
    operators: [transposeA || transposeB ? 'Gemm' : 'MatMul'],
    ulps: 0,
  }
}

const reduceMaxOperators = ['IsNaN', 'Cast', 'ReduceMax', 'Cast', 'ReduceMax', 'Where']

function reduce(name: 'reduceSum' | 'reduceMax', axes: readonly number[], keepDims: boolean): OperationCase {
  const values = Array.from({ length: 24 }, (_, i) => ((i * 7) % 11) - 5)
  return {
    title: `axes [${axes.join(',')}]${keepDims ? ', kept' : ''}`,
    inputs: [float([2, 3, 4], values)],
    build: (b, inputs) => b[name](at(inputs, 0), axes, keepDims),
    operators: name === 'reduceSum' ? ['ReduceSum'] : reduceMaxOperators,
    ulps: 0,
  }
}

/** NaN at every place of a long row: vectorized kernels treat the ends differently from the middle. */
const rowsWithNaN = Array.from({ length: 20 }, (_, row) =>
  Array.from({ length: 19 }, (__, i) => (i === row ? nan : ((i * 13 + row) % 17) - 8)),
).flat()

function logSoftmax(title: string, shape: Shape, values: readonly number[]): OperationCase {
  return {
    title,
    inputs: [float(shape, values)],
    build: (b, inputs) => b.logSoftmax(at(inputs, 0)),
    operators: { float32: ['LogSoftmax'], float64: ['ReduceMax', 'Sub', 'Exp', 'ReduceSum', 'Log', 'Sub'] },
    ulps: 8,
  }
}

function move(
  title: string,
  input: CaseInput,
  build: (b: Builder, x: Value) => Value,
  ...operators: string[]
): OperationCase {
  return { title, inputs: [input], build: (b, inputs) => build(b, at(inputs, 0)), operators, ulps: 0 }
}

const everyDType: readonly CaseInput['dtype'][] = ['float', 'int32', 'uint8', 'bool']

function moves(shape: Shape, build: (b: Builder, x: Value) => Value, ...operators: string[]): OperationCase[] {
  const values = Array.from({ length: 12 }, (_, i) => (i * 5) % 2)
  return everyDType.map((dtype) => move(dtype, { dtype, shape, values }, build, ...operators))
}

function cast(from: CaseInput['dtype'], to: DType, values: readonly number[]): OperationCase {
  const input: CaseInput = { dtype: from, shape: [values.length], values }
  return move(`${from} to ${to}`, input, (b, x) => b.emit('cast', [x], { dtype: to }), 'Cast')
}

const line = { strides: [1], padding: [[1, 0]] as const, dilations: [1] }
const pair = { ...line, window: [2] }
const five = float([1, 1, 5], [1, 3, 3, -1, 2])
const two = float([1, 1, 2], [10, 1])
const patches = ['Reshape', 'Pad', 'Gather']
const sums = ['Reshape', 'ReduceSum', 'Reshape']
const places = [...patches, 'Reshape', 'ArgMax']

function windowed(
  inputs: readonly CaseInput[],
  build: OperationCase['build'],
  float32: string[],
  float64: string[],
): OperationCase[] {
  return [{ title: 'a line', inputs, build, operators: { float32, float64 }, ulps: 0 }]
}

/** Cases of every operation. */
export const operationCases: { readonly [K in OpName]: readonly OperationCase[] } = {
  add: binary('add', 'Add'),
  sub: binary('sub', 'Sub'),
  mul: binary('mul', 'Mul'),
  div: binary('div', 'Div'),
  maximum: binary('maximum', 'Max'),
  minimum: binary('minimum', 'Min'),
  neg: unary('neg', ['Neg'], 0),
  abs: unary('abs', ['Abs'], 0),
  sign: unary('sign', ['Sign'], 0),
  // Polynomials of the last few places, correctly rounded nowhere: 4 ulps is what such libraries promise.
  exp: unary('exp', ['Exp'], 4, [-80, -20, 5, 80]),
  log: unary('log', ['Log'], 4, [0.5, 1, 1.1638, 3, 1e10]),
  sqrt: unary('sqrt', ['Sqrt'], 0, [2, 3]),
  relu: unary('relu', ['Relu'], 0),
  // One rounding each for e^-x, the sum and the quotient, e^-x itself within 4.
  sigmoid: unary('sigmoid', ['Neg', 'Exp', 'Add', 'Div'], 8, [-80, -50, -17.5, -10, -5, 5, 10, 20]),
  tanh: unary('tanh', ['Tanh'], 8, [-9, -1e-3, 1e-5, 0.5, 3, 9]),
  logSoftmax: [
    logSoftmax('large, equal and infinite entries', [4, 3], [1000, 0, -1000, 0, 0, 0, 1, negInf, 2, 3, 1, 2]),
    logSoftmax('NaN anywhere in a row', [20, 19], rowsWithNaN),
    logSoftmax('a vector', [3], [1, 2, 3]),
  ],
  greater: comparison('greater', 'Greater'),
  greaterEqual: comparison('greaterEqual', 'GreaterOrEqual'),
  equal: comparison('equal', 'Equal'),
  select: [
    select('float', ['Where']),
    select('int32', ['Where']),
    select('uint8', ['Where']),
    select('bool', ['Cast', 'Cast', 'Where', 'Cast']),
  ],
  matmul: [matmul(false, false), matmul(true, false), matmul(false, true), matmul(true, true)],
  convolve: windowed(
    [five, two],
    (b, [x, w]) => b.convolve(x as Value, w as Value, { ...line, groups: 1 }),
    ['Conv'],
    [...patches, 'Reshape', 'Reshape', 'MatMul', 'Reshape'],
  ),
  convolveData: windowed(
    [five, two],
    (b, [y, w]) => b.convolveData(y as Value, w as Value, [5], { ...line, groups: 1 }),
    ['ConvTranspose'],
    [...patches, 'Reshape', 'Reshape', 'Transpose', 'Reshape', 'MatMul', 'Reshape'],
  ),
  convolveFilter: windowed(
    [five, five],
    (b, [x, y]) => b.convolveFilter(x as Value, y as Value, [2], { ...line, groups: 1 }),
    ['Transpose', 'Transpose', 'Conv', 'Transpose'],
    [...patches, 'Reshape', 'Transpose', 'Reshape', 'MatMul', 'ReduceSum', 'Reshape'],
  ),
  maxPool: [
    {
      title: 'of itself',
      inputs: [five],
      build: (b, [x]) => b.maxPool(x as Value, pair),
      operators: ['IsNaN', 'Cast', 'MaxPool', 'Cast', 'MaxPool', 'Where'],
      ulps: 0,
    },
    {
      title: 'of another',
      inputs: [five, five],
      build: (b, [x, v]) => b.maxPool(x as Value, pair, v),
      operators: [...places, ...patches, 'Reshape', 'GatherElements', 'Reshape'],
      ulps: 0,
    },
  ],
  maxPoolData: [
    {
      title: 'apart',
      inputs: [five, float([1, 1, 3], [1, 2, 3])],
      build: (b, [x, y]) => b.maxPoolData(x as Value, y as Value, { ...pair, strides: [2] }),
      operators: {
        float32: ['MaxPool', 'MaxUnpool'],
        float64: [...places, 'Reshape', 'Equal', 'Where', ...patches, ...sums],
      },
      ulps: 0,
    },
    {
      title: 'overlapping',
      inputs: [five, five],
      build: (b, [x, y]) => b.maxPoolData(x as Value, y as Value, pair),
      operators: [...places, 'Reshape', 'Equal', 'Where', ...patches, ...sums],
      ulps: 0,
    },
  ],
  sumPool: windowed(
    [five],
    (b, [x]) => b.sumPool(x as Value, pair),
    ['Reshape', 'Conv', 'Reshape'],
    [...patches, ...sums],
  ),
  sumPoolData: windowed(
    [five],
    (b, [y]) => b.sumPoolData(y as Value, [5], pair),
    ['Reshape', 'ConvTranspose', 'Reshape'],
    [...patches, ...sums],
  ),
  reduceSum: [
    reduce('reduceSum', [0, 1, 2], false),
    reduce('reduceSum', [1], false),
    reduce('reduceSum', [0, 2], true),
    move('all rows of the batch', float(['batch', 2], [1, 2, 3, 4]), (b, x) => b.reduceSum(x, [0]), 'MatMul'),
    move('all rows, kept', float([3, 2], [1, 2, 3, 4, 5, 6]), (b, x) => b.reduceSum(x, [0], true), 'MatMul'),
  ],
  reduceMax: [
    reduce('reduceMax', [0, 1, 2], false),
    reduce('reduceMax', [1], false),
    reduce('reduceMax', [0, 2], true),
    move('NaN anywhere in a row', float([20, 19], rowsWithNaN), (b, x) => b.reduceMax(x, [1]), ...reduceMaxOperators),
    move(
      'NaN anywhere in a column',
      float([20, 19], rowsWithNaN),
      (b, x) => b.reduceMax(x, [0]),
      ...reduceMaxOperators,
    ),
    move('infinities', float([2, 2], [negInf, negInf, inf, 0]), (b, x) => b.reduceMax(x, [1]), ...reduceMaxOperators),
  ],
  argMax: [
    move(
      'the first of equals',
      float([3, 4], [1, 5, 5, 2, 0, 0, 0, 0, negInf, negInf, inf, inf]),
      (b, x) => b.argMax(x),
      'ArgMax',
      'Cast',
    ),
    move('NaN anywhere in a row', float([20, 19], rowsWithNaN), (b, x) => b.argMax(x), 'ArgMax', 'Cast'),
  ],
  reshape: [
    ...moves([3, 4], (b, x) => b.reshape(x, [2, 6]), 'Reshape'),
    ...moves(['batch', 6], (b, x) => b.reshape(x, ['batch', 2, 3]), 'Reshape'),
    move('to a scalar', float([1, 1], [7]), (b, x) => b.reshape(x, []), 'Reshape'),
  ],
  broadcastTo: [
    ...moves([3, 1, 4], (b, x) => b.broadcastTo(x, [2, 3, 2, 4]), 'Expand'),
    move(
      'a scalar over the batch',
      float(['batch'], [1, 2]),
      (b, x) => b.broadcastTo(b.constant(3, x.type.dtype), ['batch', 3]),
      'Expand',
    ),
    move(
      'a row over the batch',
      float(['batch', 2], [1, 2, 3, 4]),
      (b, x) => b.broadcastTo(b.reduceSum(x, [0]), ['batch', 2]),
      'MatMul',
      'Expand',
    ),
  ],
  transpose: [
    ...moves([3, 4], (b, x) => b.transpose(x, [1, 0]), 'Transpose'),
    ...moves([2, 3, 2], (b, x) => b.transpose(x, [2, 0, 1]), 'Transpose'),
  ],
  concat: [
    ...moves([3, 4], (b, x) => b.concat([x, b.slice(x, 1, 1, 3), x], 1), 'Slice', 'Concat'),
    ...moves(['batch', 6], (b, x) => b.concat([x, x], 1), 'Concat'),
  ],
  slice: [
    ...moves([3, 4], (b, x) => b.slice(x, 0, 1, 3), 'Slice'),
    ...moves([3, 4], (b, x) => b.slice(x, 1, 2, 3), 'Slice'),
  ],
  gatherRows: [
    ...everyDType.map((dtype): OperationCase => ({
      title: `${dtype} rows`,
      inputs: [{ dtype, shape: [3, 2], values: [0, 1, 1, 0, 1, 1] }, typed('int32', ['batch'], [2, 0])],
      build: (b, inputs) => b.gatherRows(at(inputs, 0), at(inputs, 1)),
      operators: ['Gather'],
      ulps: 0,
    })),
    {
      title: 'computed row numbers',
      inputs: [float([3], [10, 20, 30]), float(['batch'], [2.5, 0.5])],
      build: (b, inputs) => b.gatherRows(at(inputs, 0), b.cast(at(inputs, 1), 'int32')),
      operators: ['Cast', 'Less', 'Where', 'Gather'],
      ulps: 0,
    },
  ],
  scatterAddRows: [
    {
      title: 'rows of one number',
      inputs: [float([3, 2], [1, nan, inf, -0.5, 4, 8]), typed('int32', [3], [2, 0, 2])],
      build: (b, inputs) => b.scatterAddRows(at(inputs, 0), at(inputs, 1), 4),
      operators: ['Expand', 'Unsqueeze', 'Cast', 'ScatterND'],
      ulps: 0,
    },
    {
      title: 'computed row numbers of two axes',
      inputs: [float(['batch', 2, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]), float(['batch', 2], [1, 0, 1, 1])],
      build: (b, inputs) => b.scatterAddRows(at(inputs, 0), b.cast(at(inputs, 1), 'int32'), 2),
      operators: ['Cast', 'Expand', 'Less', 'Where', 'Unsqueeze', 'Cast', 'ScatterND'],
      ulps: 0,
    },
  ],
  oneHot: [
    {
      title: 'labels inside and outside',
      inputs: [typed('int32', [6], [0, 2, 3, -1, -3, 1])],
      build: (b, inputs, dtype) => b.oneHot(at(inputs, 0), 3, dtype),
      operators: ['Unsqueeze', 'Equal', 'Cast'],
      ulps: 0,
    },
  ],
  cast: [
    cast('float', 'float32', [0, -0.5, nan, inf, 1 / 3]),
    cast('float', 'float64', [0, -0.5, nan, inf, 1 / 3]),
    cast('float', 'int32', [1.9, -1.9, 0.5, -0.5, 2_147_483_520]),
    cast('float', 'uint8', [1.9, 0.5, 255, 254.99]),
    cast('float', 'bool', [0, -0, 0.5, -3, nan, inf]),
    cast('int32', 'float32', [-7, 0, 2_147_483_520]),
    cast('int32', 'float64', [-7, 0, 2_147_483_647]),
    cast('int32', 'uint8', [0, 7, 255]),
    cast('int32', 'bool', [0, 7, -1]),
    cast('uint8', 'float32', [0, 7, 255]),
    cast('uint8', 'int32', [0, 7, 255]),
    cast('bool', 'float64', [0, 1]),
    cast('bool', 'int32', [0, 1]),
  ],
  constant: [
    ...[nan, negInf, -0, 0.1].map((value) =>
      move(
        `${Object.is(value, -0) ? '-0' : value}`,
        float([2], [1, 2]),
        (b, x) => b.broadcastTo(b.constant(value, x.type.dtype), [2]),
        'Expand',
      ),
    ),
    move('alone', float([1], [1]), (b, x) => b.constant(4, x.type.dtype), 'Identity'),
  ],
  size: [
    move(
      'a fixed axis',
      float([3, 2], [1, 2, 3, 4, 5, 6]),
      (b, x) => b.emit('size', [x], { axis: 1, dtype: 'float64' }),
      'Identity',
    ),
    move('the batch', float(['batch', 2], [1, 2, 3, 4, 5, 6]), (b, x) => b.size(x, 0, 'float32'), 'Reshape', 'Cast'),
  ],
}
