import { describe, expect, it } from 'vitest'
import { Builder } from '../src/ir/builder.js'
import { type OpAttributes, operationOf, type OpName, opNames } from '../src/ir/ops/index.js'
import { type Operation, ShapeFault } from '../src/ir/ops/operation.js'
import { BATCH, formatType, type Shape, type TensorType } from '../src/ir/program.js'
import type { DType } from '../src/tensor.js'

/** Input types, attributes, and the type given or the message of the fault. */
type Rule<K extends OpName> = readonly [inputs: readonly TensorType[], attributes: OpAttributes[K], outcome: string]

interface Rules<K extends OpName> {
  readonly good: readonly Rule<K>[]
  readonly bad: readonly Rule<K>[]
}

function f32(...shape: Shape): TensorType {
  return { dtype: 'float32', shape }
}

function f64(...shape: Shape): TensorType {
  return { dtype: 'float64', shape }
}

function i32(...shape: Shape): TensorType {
  return { dtype: 'int32', shape }
}

function bool(...shape: Shape): TensorType {
  return { dtype: 'bool', shape }
}

type Elementwise = 'add' | 'sub' | 'mul' | 'div' | 'maximum' | 'minimum'

function binary<K extends Elementwise>(): Rules<K> {
  const none = {} as OpAttributes[K]
  return {
    good: [
      [[f32(2, 3), f32(3)], none, 'float32[2,3]'],
      [[f64(), f64(4, 1)], none, 'float64[4,1]'],
      [[f32(BATCH, 1), f32(5)], none, 'float32[batch,5]'],
      [[f32(2, 1, 3), f32(4, 1)], none, 'float32[2,4,3]'],
    ],
    bad: [
      [[f32(2, 3), f32(2)], none, 'shapes [2,3] and [2] do not broadcast'],
      [[f32(BATCH, 3), f32(4, 3)], none, 'shapes [batch,3] and [4,3] do not broadcast'],
      [[f32(3), f64(3)], none, 'input dtypes differ: float32 and float64'],
      [[i32(3), i32(3)], none, 'expected a floating-point input, got int32'],
    ],
  }
}

function unary<K extends OpName>(none: OpAttributes[K]): Rules<K> {
  return {
    good: [
      [[f32(BATCH, 3)], none, 'float32[batch,3]'],
      [[f64()], none, 'float64[]'],
    ],
    bad: [
      [[i32(3)], none, 'expected a floating-point input, got int32'],
      [[bool(3)], none, 'expected a floating-point input, got bool'],
    ],
  }
}

function comparison<K extends 'greater' | 'greaterEqual' | 'equal'>(): Rules<K> {
  const none = {} as OpAttributes[K]
  return {
    good: [
      [[f32(2, 1), f32(3)], none, 'bool[2,3]'],
      [[i32(BATCH), i32()], none, 'bool[batch]'],
    ],
    bad: [
      [[f32(3), i32(3)], none, 'input dtypes differ: float32 and int32'],
      [[f32(3), f32(2)], none, 'shapes [3] and [2] do not broadcast'],
    ],
  }
}

function reduction<K extends 'reduceSum' | 'reduceMax'>(): Rules<K> {
  const over = (axes: readonly number[], keepDims = false) => ({ axes, keepDims }) as OpAttributes[K]
  return {
    good: [
      [[f32(2, 3, 4)], over([0, 2]), 'float32[3]'],
      [[f32(2, 3, 4)], over([0, 2], true), 'float32[1,3,1]'],
      [[f32(BATCH, 4)], over([0]), 'float32[4]'],
      [[f32(BATCH, 4)], over([1]), 'float32[batch]'],
    ],
    bad: [
      [[f32(2, 3)], over([]), 'expected ascending axes of [2,3], got []'],
      [[f32(2, 3)], over([2]), 'expected ascending axes of [2,3], got [2]'],
      [[f32(2, 3)], over([-1]), 'expected ascending axes of [2,3], got [-1]'],
      [[f32(2, 3)], over([1, 0]), 'expected ascending axes of [2,3], got [1,0]'],
      [[f32(2, 3)], over([1, 1]), 'expected ascending axes of [2,3], got [1,1]'],
      [[i32(2)], over([0]), 'expected a floating-point input, got int32'],
    ],
  }
}

const joinedRows = { transposeA: false, transposeB: false, joined: true } as const
const joinedInner = { ...joinedRows, transposeA: true } as const
const flip = (transposeA: boolean, transposeB: boolean) => ({ transposeA, transposeB })

const window = {
  strides: [1, 1],
  padding: [
    [0, 0],
    [0, 0],
  ],
  dilations: [1, 1],
} as const
const convolution = { ...window, groups: 1 }
const strange = { ...window, strides: [0, 1] }

const rules: { readonly [K in OpName]: Rules<K> } = {
  add: binary(),
  sub: binary(),
  mul: binary(),
  div: binary(),
  maximum: binary(),
  minimum: binary(),
  neg: unary({}),
  abs: unary({}),
  sign: unary({}),
  exp: unary({}),
  log: unary({}),
  sqrt: unary({}),
  relu: unary({}),
  sigmoid: unary({}),
  tanh: unary({}),
  logSoftmax: {
    good: [[[f32(BATCH, 3)], {}, 'float32[batch,3]']],
    bad: [
      [[f32()], {}, 'expected at least one axis, got a scalar'],
      [[i32(3)], {}, 'expected a floating-point input, got int32'],
    ],
  },
  greater: comparison(),
  greaterEqual: comparison(),
  equal: comparison(),
  select: {
    good: [
      [[bool(2, 1), f32(3), f32()], {}, 'float32[2,3]'],
      [[bool(), i32(BATCH), i32(1)], {}, 'int32[batch]'],
    ],
    bad: [
      [[f32(2), f32(2), f32(2)], {}, 'expected a bool condition, got float32'],
      [[bool(2), f32(2), f64(2)], {}, 'input dtypes differ: float32 and float64'],
      [[bool(4), f32(2), f32(2)], {}, 'shapes [4] and [2] do not broadcast'],
    ],
  },
  matmul: {
    good: [
      [[f32(BATCH, 3), f32(3, 4)], flip(false, false), 'float32[batch,4]'],
      [[f32(BATCH, 3), f32(BATCH, 4)], flip(true, false), 'float32[3,4]'],
      [[f32(2, 3), f32(4, 3)], flip(false, true), 'float32[2,4]'],
      [[f32(3, 2), f32(4, 3)], flip(true, true), 'float32[2,4]'],
      [[f32(BATCH, 2, 4, 3), f32(BATCH, 2, 5, 3)], flip(false, true), 'float32[batch,2,4,5]'],
      [[f32(BATCH, 4, 3), f32(3, 5)], joinedRows, 'float32[batch,4,5]'],
      [[f32(BATCH, 4, 3), f32(BATCH, 4, 5)], joinedInner, 'float32[3,5]'],
    ],
    bad: [
      [[f32(2, 3), f32(4, 5)], flip(false, false), 'inner dimensions differ: [2,3] x [4,5]'],
      [[f32(2, 3), f32(3, 5)], flip(true, false), 'inner dimensions differ: [3,2] x [3,5] (after transposing a)'],
      [[f32(2, 3), f32(3, 5)], flip(false, true), 'inner dimensions differ: [2,3] x [5,3] (after transposing b)'],
      [[f32(2, 3), f32(3, 5)], flip(true, true), 'inner dimensions differ: [3,2] x [5,3] (after transposing both)'],
      [[f32(3), f32(3, 5)], flip(false, false), 'expected matrices, got [3]'],
      [[f32(2, 3), f32(1, 3, 5)], flip(false, false), 'leading axes differ: [2,3] and [1,3,5]'],
      [[f32(2, 4, 3), f32(3, 3, 5)], flip(false, false), 'leading axes differ: [2,4,3] and [3,3,5]'],
      [[f32(BATCH, 4, 3), f32(BATCH, 4, 5)], flip(false, false), 'inner dimensions differ: [4,3] x [4,5]'],
      [[f32(2, 4, 3), f32(2, 3, 5)], joinedRows, 'expected a matrix for rows that are joined, got [2,3,5]'],
      [[f32(2, 4, 3), f32(5, 4, 3)], joinedInner, 'inner dimensions differ: [3,2,4] x [5,4,3] (after transposing a)'],
      [[f32(2, 3), f64(3, 5)], flip(false, false), 'input dtypes differ: float32 and float64'],
      [[i32(2, 3), i32(3, 5)], flip(false, false), 'expected a floating-point input, got int32'],
    ],
  },
  convolve: {
    good: [
      [[f32(BATCH, 3, 8, 9), f32(4, 3, 2, 3)], convolution, 'float32[batch,4,7,7]'],
      [[f64(2, 4, 8, 8), f64(6, 2, 3, 3)], { ...convolution, groups: 2, strides: [2, 3] }, 'float64[2,6,3,2]'],
    ],
    bad: [
      [
        [f32(3, 8), f32(4, 3, 2)],
        convolution,
        'expected [batch, channels, length] or [batch, channels, height, width], got [3,8]',
      ],
      [[f32(1, 3, 8, 8), f32(4, 2, 3, 3)], convolution, 'expected samples of 2 channels, got 3'],
      [[f32(1, 4, 8, 8), f32(3, 2, 3, 3)], { ...convolution, groups: 2 }, '3 outputs do not fall into 2 groups'],
      [
        [f32(1, 3, 2, 8), f32(4, 3, 3, 3)],
        convolution,
        'a window of [3,3] does not fit into [2,8] with padding 0+0,0+0',
      ],
      [[f32(1, 3, 8, 8), f32(4, 3, 3, 3)], { ...strange, groups: 1 }, 'expected 2 strides of at least 1, got [0,1]'],
      [[f32(1, 3, 8, 8), f64(4, 3, 3, 3)], convolution, 'input dtypes differ: float32 and float64'],
    ],
  },
  convolveData: {
    good: [[[f32(BATCH, 4, 3, 3), f32(4, 3, 2, 2)], { ...convolution, size: [4, 4] }, 'float32[batch,3,4,4]']],
    bad: [
      [
        [f32(BATCH, 4, 3, 3), f32(4, 3, 2, 2)],
        { ...convolution, size: [5, 4] },
        'expected spatial lengths [4,3] of what was convolved, got [3,3]',
      ],
      [
        [f32(BATCH, 3, 3, 3), f32(4, 3, 2, 2)],
        { ...convolution, size: [4, 4] },
        'expected samples of 4 channels, got 3',
      ],
    ],
  },
  convolveFilter: {
    good: [[[f32(BATCH, 3, 4, 4), f32(BATCH, 4, 3, 3)], { ...convolution, size: [2, 2] }, 'float32[4,3,2,2]']],
    bad: [
      [
        [f32(BATCH, 3, 4, 4), f32(BATCH, 4, 3, 2)],
        { ...convolution, size: [2, 2] },
        'expected what was convolved of [batch,4,3,3], got [batch,4,3,2]',
      ],
    ],
  },
  maxPool: {
    good: [[[f32(BATCH, 3, 4, 6), f32(BATCH, 3, 4, 6)], { ...window, window: [2, 3] }, 'float32[batch,3,3,4]']],
    bad: [
      [
        [f32(2, 3, 4, 6), f32(2, 3, 4, 5)],
        { ...window, window: [2, 3] },
        'expected values of [2,3,4,6], got [2,3,4,5]',
      ],
      [
        [f32(2, 3, 4, 4), f32(2, 3, 4, 4)],
        {
          ...window,
          window: [1, 1],
          padding: [
            [1, 0],
            [0, 0],
          ],
        },
        'expected something of [4,4] in each window of [1,1], got padding alone',
      ],
    ],
  },
  maxPoolData: {
    good: [[[f32(BATCH, 3, 4, 6), f32(BATCH, 3, 3, 4)], { ...window, window: [2, 3] }, 'float32[batch,3,4,6]']],
    bad: [
      [
        [f32(BATCH, 3, 4, 6), f32(BATCH, 3, 3, 3)],
        { ...window, window: [2, 3] },
        'expected what was pooled of [batch,3,3,4], got [batch,3,3,3]',
      ],
    ],
  },
  sumPool: {
    good: [[[f64(BATCH, 3, 4, 6)], { ...window, window: [2, 3] }, 'float64[batch,3,3,4]']],
    bad: [[[i32(1, 3, 4, 6)], { ...window, window: [2, 3] }, 'expected a floating-point input, got int32']],
  },
  sumPoolData: {
    good: [[[f64(BATCH, 3, 3, 4)], { ...window, window: [2, 3], size: [4, 6] }, 'float64[batch,3,4,6]']],
    bad: [
      [
        [f64(BATCH, 3, 3, 4)],
        { ...window, window: [2, 3], size: [4, 5] },
        'expected what was pooled of [batch,3,3,3], got [batch,3,3,4]',
      ],
    ],
  },
  reduceSum: reduction(),
  reduceMax: reduction(),
  argMax: {
    good: [
      [[f32(BATCH, 10)], {}, 'int32[batch]'],
      [[f64(3)], {}, 'int32[]'],
    ],
    bad: [
      [[f32()], {}, 'expected at least one axis, got a scalar'],
      [[i32(3)], {}, 'expected a floating-point input, got int32'],
    ],
  },
  reshape: {
    good: [
      [[i32(2, 6)], { shape: [3, 4] }, 'int32[3,4]'],
      [[f32(BATCH, 4)], { shape: [BATCH, 2, 2] }, 'float32[batch,2,2]'],
    ],
    bad: [
      [[f32(2, 3)], { shape: [4] }, 'element counts differ: [2,3] to [4]'],
      [[f32(BATCH, 3)], { shape: [3] }, 'element counts differ: [batch,3] to [3]'],
      [[f32(BATCH, 3)], { shape: [BATCH, 4] }, 'element counts differ: [batch,3] to [batch,4]'],
    ],
  },
  broadcastTo: {
    good: [
      [[f32(3, 1)], { shape: [2, 3, 4] }, 'float32[2,3,4]'],
      [[f32()], { shape: [BATCH] }, 'float32[batch]'],
    ],
    bad: [
      [[f32(3, 2)], { shape: [3, 4] }, 'shapes [3,2] and [3,4] do not broadcast'],
      [[f32(3, 4)], { shape: [3, 1] }, '[3,4] does not broadcast to [3,1]'],
      [[f32(3, 4)], { shape: [4] }, '[3,4] does not broadcast to [4]'],
    ],
  },
  transpose: {
    good: [[[bool(2, 3, BATCH)], { permutation: [2, 0, 1] }, 'bool[batch,2,3]']],
    bad: [
      [[f32(2, 3)], { permutation: [0, 0] }, 'expected a permutation of the axes of [2,3], got [0,0]'],
      [[f32(2, 3)], { permutation: [0] }, 'expected a permutation of the axes of [2,3], got [0]'],
      [[f32(2, 3)], { permutation: [1, 2] }, 'expected a permutation of the axes of [2,3], got [1,2]'],
    ],
  },
  concat: {
    good: [
      [[f32(2, 3), f32(4, 3)], { axis: 0 }, 'float32[6,3]'],
      [[f32(BATCH, 1), f32(BATCH, 2), f32(BATCH, 3)], { axis: 1 }, 'float32[batch,6]'],
    ],
    bad: [
      [[f32(2, 3), f32(4, 5)], { axis: 0 }, 'shapes differ outside axis 0: [2,3] and [4,5]'],
      [[f32(2, 3), f32(2)], { axis: 0 }, 'shapes differ outside axis 0: [2,3] and [2]'],
      [[f32(2, 3), f32(2, 3)], { axis: 2 }, 'axis 2 does not exist in [2,3]'],
      [[f32(BATCH), f32(BATCH)], { axis: 0 }, 'the batch axis cannot be concatenated'],
      [[f32(2), i32(2)], { axis: 0 }, 'input dtypes differ: float32 and int32'],
    ],
  },
  slice: {
    good: [[[f32(BATCH, 6)], { axis: 1, start: 2, stop: 5 }, 'float32[batch,3]']],
    bad: [
      [[f32(6)], { axis: 0, start: 3, stop: 3 }, 'expected 0 <= start < stop <= 6, got 3 to 3'],
      [[f32(6)], { axis: 0, start: -1, stop: 3 }, 'expected 0 <= start < stop <= 6, got -1 to 3'],
      [[f32(6)], { axis: 0, start: 3, stop: 7 }, 'expected 0 <= start < stop <= 6, got 3 to 7'],
      [[f32(6)], { axis: 0, start: 0.5, stop: 3 }, 'expected 0 <= start < stop <= 6, got 0.5 to 3'],
      [[f32(6)], { axis: 1, start: 0, stop: 1 }, 'axis 1 does not exist in [6]'],
      [[f32(BATCH)], { axis: 0, start: 0, stop: 1 }, 'the batch axis cannot be sliced'],
    ],
  },
  gatherRows: {
    good: [
      [[{ dtype: 'uint8', shape: [100, 28, 28] }, i32(BATCH)], {}, 'uint8[batch,28,28]'],
      [[f32(9), i32(2)], {}, 'float32[2]'],
      [[f32(9, 4), i32(BATCH, 3)], {}, 'float32[batch,3,4]'],
    ],
    bad: [
      [[f32(9), f32(2)], {}, 'expected int32 row numbers along axes, got float32[2]'],
      [[f32(9), i32()], {}, 'expected int32 row numbers along axes, got int32[]'],
      [[f32(), i32(2)], {}, 'expected at least one axis to gather from, got a scalar'],
    ],
  },
  scatterAddRows: {
    good: [
      [[f32(BATCH, 8), i32(BATCH)], { count: 100 }, 'float32[100,8]'],
      [[f64(2), i32(2)], { count: 1 }, 'float64[1]'],
      [[f32(BATCH, 3, 4, 5), i32(BATCH, 3)], { count: 9 }, 'float32[9,4,5]'],
    ],
    bad: [
      [[f32(2, 3), f32(2)], { count: 9 }, 'expected int32 row numbers along axes, got float32[2]'],
      [[f32(3), i32()], { count: 9 }, 'expected int32 row numbers along axes, got int32[]'],
      [[i32(2, 3), i32(2)], { count: 9 }, 'expected a floating-point input, got int32'],
      [[f32(2, 3), i32(3)], { count: 9 }, 'expected a row for each number of [3], got [2,3]'],
      [[f32(BATCH, 3), i32(BATCH, 3, 1)], { count: 9 }, 'expected a row for each number of [batch,3,1], got [batch,3]'],
      [[f32(2), i32(2)], { count: 0 }, 'expected a positive count of rows, got 0'],
      [[f32(2), i32(2)], { count: 1.5 }, 'expected a positive count of rows, got 1.5'],
    ],
  },
  oneHot: {
    good: [
      [[i32(BATCH)], { depth: 10, dtype: 'float64' }, 'float64[batch,10]'],
      [[i32(BATCH, 2)], { depth: 3, dtype: 'float32' }, 'float32[batch,2,3]'],
    ],
    bad: [
      [[i32(3)], { depth: 0, dtype: 'float32' }, 'expected a positive depth, got 0'],
      [[i32(3)], { depth: 2.5, dtype: 'float32' }, 'expected a positive depth, got 2.5'],
      [[i32(3)], { depth: 2, dtype: 'int32' as 'float32' }, 'expected a floating-point dtype, got int32'],
      [[f32(3)], { depth: 2, dtype: 'float32' }, 'expected int32 row numbers along axes, got float32[3]'],
    ],
  },
  cast: { good: [[[f32(BATCH, 2)], { dtype: 'uint8' }, 'uint8[batch,2]']], bad: [] },
  constant: {
    good: [
      [[], { value: Number.NaN, dtype: 'float32' }, 'float32[]'],
      [[], { value: 255, dtype: 'uint8' }, 'uint8[]'],
      [[], { value: -2147483648, dtype: 'int32' }, 'int32[]'],
    ],
    bad: [
      [[], { value: 0.5, dtype: 'int32' }, 'expected a value of int32, got 0.5'],
      [[], { value: 256, dtype: 'uint8' }, 'expected a value of uint8, got 256'],
      [[], { value: 2, dtype: 'bool' }, 'expected a value of bool, got 2'],
      [[], { value: Number.NaN, dtype: 'int32' }, 'expected a value of int32, got NaN'],
    ],
  },
  size: {
    good: [[[i32(BATCH, 3)], { axis: 0, dtype: 'float32' }, 'float32[]']],
    bad: [
      [[i32(3)], { axis: 1, dtype: 'float32' }, 'axis 1 does not exist in [3]'],
      [[i32(3)], { axis: 0, dtype: 'bool' as 'float32' }, 'expected a floating-point dtype, got bool'],
    ],
  },
}

function inferred(op: OpName, [inputs, attributes]: Rule<OpName>): string {
  return formatType((operationOf(op) as Operation<unknown>).infer(inputs, attributes))
}

describe('the shape rule', () => {
  it.each(opNames)('of %s gives the type', (op) => {
    const good = rules[op].good as readonly Rule<OpName>[]
    expect(good.map((rule) => inferred(op, rule))).toEqual(good.map(([, , type]) => type))
    expect(good.length).toBeGreaterThan(0)
  })

  it.each(opNames)('of %s refuses what does not fit, and says what came', (op) => {
    const bad = rules[op].bad as readonly Rule<OpName>[]
    for (const rule of bad) {
      expect(() => inferred(op, rule)).toThrow(ShapeFault)
      expect(() => inferred(op, rule)).toThrow(rule[2])
    }
    expect(bad.length).toBeGreaterThanOrEqual(op === 'cast' ? 0 : 1)
  })

  it('holds in a builder just the same, and the program knows nothing of refused nodes', () => {
    const b = new Builder('p', 'forward')
    const dtypes: readonly DType[] = ['float32', 'float64', 'int32', 'uint8', 'bool']
    const inputs = dtypes.map((dtype) => b.xs(dtype, { dtype, shape: [2] }))
    const refused = inputs.flatMap((x) => inputs.filter((y) => x !== y).map((y) => [x, y] as const))
    for (const pair of refused) expect(() => b.emit('add', pair, {})).toThrow('[core] add "forward": ')
    expect(b.nodes).toEqual([])
  })
})
