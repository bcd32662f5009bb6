/** What moves, repeats, picks or converts elements, in every dtype, from the host and from the device. */
import type { DType } from '@isograd/core/backend'
import {
  bool,
  type CaseInput,
  float32,
  int32,
  iota,
  of1,
  of2,
  type OperationCase,
  random,
  uint8,
  UNIT,
} from './case.js'

/** Matrices of three rows and two columns in every dtype. */
const matrices = [
  float32([3, 2], [-0, NaN, -Infinity, 1e-40, 3e38, 0.1]),
  int32([3, 2], [1, -2, 2 ** 30 + 1, -(2 ** 31), 5, 6]),
  uint8([3, 2], [0, 1, 2, 253, 254, 255]),
  bool([3, 2], [1, 0, 0, 1, 1, 1]),
]

function inEveryDType(name: string, emit: Parameters<typeof of1>[2]): OperationCase[] {
  return matrices.map((matrix) => of1(`${name}, ${matrix.dtype}`, matrix, emit))
}

function rowsOf(source: CaseInput): OperationCase[] {
  const rows = int32([4], [2, 0, 2, 1])
  return [
    of2(`${source.dtype} of the host`, [source, rows], (b, x, picked) => b.gatherRows(x, picked)),
    of2(`${source.dtype} of the device`, [source, rows], (b, x, picked) =>
      b.gatherRows(b.transpose(b.transpose(x, [1, 0]), [1, 0]), picked),
    ),
  ]
}

/** A cast of values from the host, and of the same values when they are on the device. */
function cast(dtype: DType, from: CaseInput): OperationCase[] {
  return [
    of1(`${from.dtype} to ${dtype}`, from, (b, x) => b.cast(x, dtype)),
    of1(`${from.dtype} to ${dtype} on the device`, from, (b, x) =>
      b.cast(b.transpose(b.reshape(x, [1, ...from.shape]), [1, 0]), dtype),
    ),
  ]
}

const casts = [
  ...matrices.map((x) => of1(`${x.dtype} to itself`, x, (b, v) => b.emit('cast', [v], { dtype: x.dtype }))),
  ...cast('int32', float32([7], [1.9, -1.9, 0.5, -0.5, 0, 2 ** 24, -(2 ** 30)])),
  ...cast('uint8', float32([4], [0, 1.9, 254.5, 255])),
  ...cast('bool', float32([7], [0, -0, 0.5, -0.25, NaN, Infinity, 256])),
  ...cast('float32', int32([4], [1, -1, 2 ** 24 + 1, -(2 ** 31)])),
  ...cast('bool', int32([4], [0, 1, 256, -1])),
  ...cast('uint8', int32([3], [0, 7, 255])),
  ...cast('float32', uint8([3], [0, 7, 255])),
  ...cast('int32', uint8([3], [0, 7, 255])),
  ...cast('bool', uint8([3], [0, 7, 255])),
  ...cast('float32', bool([2], [0, 1])),
  ...cast('int32', bool([2], [0, 1])),
  ...cast('uint8', bool([2], [0, 1])),
  // 2^24 + 1 is no float32: a cast that rounds late, or never, gives 1 here.
  of1('int32 to float32, rounded at once', int32([1, 2], [2 ** 24 + 1, 2 ** 24 + 1]), (b, x) =>
    b.sub(b.cast(b.transpose(x, [1, 0]), 'float32'), b.constant(2 ** 24, 'float32')),
  ),
]

/** The shape and indexing families. */
export const moves = {
  reshape: inEveryDType('rows to columns', (b, x) => b.reshape(x, [2, 3])).concat(
    of1('on the device', float32([2, 6], iota(12)), (b, x) => b.reshape(b.neg(x), [3, 4])),
  ),
  broadcastTo: [
    ...inEveryDType('its own shape', (b, x) => b.emit('broadcastTo', [x], { shape: [3, 2] })),
    ...inEveryDType('rank 3', (b, x) => b.broadcastTo(x, [4, 3, 2])),
    of1('a column', float32([4, 1], [-0, 1e-40, 3e38, 4]), (b, x) => b.broadcastTo(x, [4, 3])),
    of1('a scalar', float32([], [2.5]), (b, x) => b.broadcastTo(x, [2, 3, 2])),
  ],
  transpose: [
    ...inEveryDType('of nothing', (b, x) => b.emit('transpose', [x], { permutation: [0, 1] })),
    ...inEveryDType('a matrix', (b, x) => b.transpose(x, [1, 0])),
    of1('a row', float32([1, 5], iota(5)), (b, x) => b.transpose(x, [1, 0])),
    of1('rank 3', float32([2, 3, 4], iota(24)), (b, x) => b.transpose(x, [2, 0, 1])),
  ],
  concat: [
    ...inEveryDType('alone', (b, x) => b.emit('concat', [x], { axis: 1 })),
    ...inEveryDType('with itself, rows', (b, x) => b.concat([x, x], 0)),
    ...inEveryDType('with itself, columns', (b, x) => b.concat([x, x, x], 1)),
    of2('columns of two widths', [float32([2, 3], iota(6)), float32([2, 1], [7, 8])], (b, x, y) => b.concat([x, y], 1)),
  ],
  slice: [
    ...inEveryDType('of everything', (b, x) => b.emit('slice', [x], { axis: 0, start: 0, stop: 3 })),
    ...inEveryDType('rows', (b, x) => b.slice(x, 0, 1, 3)),
    ...inEveryDType('columns', (b, x) => b.slice(x, 1, 1, 2)),
    of1('the axis in the middle', float32([2, 5, 3], iota(30)), (b, x) => b.slice(x, 1, 2, 4)),
    of1('a vector', float32([9], iota(9)), (b, x) => b.slice(x, 0, 8, 9)),
  ],
  gatherRows: matrices.flatMap(rowsOf),
  scatterAddRows: [
    of2('apart', [float32([3, 2], [1, NaN, 1e30, -Infinity, 0, 2]), int32([3], [4, 0, 3])], (b, y, rows) =>
      b.scatterAddRows(y, rows, 5),
    ),
    of2(
      'in order, by numbers of two axes',
      [float32([3, 2, 4], [...random(16), ...iota(8)]), int32([3, 2], [1, 0, 1, 1, 6, 0])],
      (b, y, rows) => b.scatterAddRows(b.neg(y), rows, 7),
      { relative: 3 * UNIT },
      (b, y, rows) => b.scatterAddRows(b.abs(y), rows, 7),
    ),
    of2('into numbers', [float32([3], [1, 2, 4]), int32([3], [1, 1, 1])], (b, y, rows) => b.scatterAddRows(y, rows, 2)),
  ],
  oneHot: [
    of1('labels in and out of range', int32([7], [0, 2, -1, 3, 1, 100, -100]), (b, x) => b.oneHot(x, 3, 'float32')),
    of1('labels of the device', float32([4, 3], random(12)), (b, x) => b.oneHot(b.argMax(x), 3, 'float32')),
  ],
  cast: casts,
  constant: [
    of1('a scalar', float32([2], [1, 2]), (b, x) => b.mul(x, b.constant(0.1, 'float32'))),
    of1('an integer', int32([2], [1, -7]), (b, x) => b.equal(x, b.constant(-7, 'int32'))),
    of1('an infinity', float32([2], [1, 2]), (b, x) => b.minimum(x, b.constant(-Infinity, 'float32'))),
  ],
  size: [
    of1('the batch', float32(['batch', 2], iota(6)), (b, x) =>
      b.mul(b.size(x, 0, 'float32'), b.constant(0.5, 'float32')),
    ),
  ],
}
