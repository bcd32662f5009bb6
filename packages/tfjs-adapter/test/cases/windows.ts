/** Convolutions and pooled windows: planes and lines, groups, overlap, equal maxima. */
import type { Builder, Value } from '@isograd/core/ir'
import { elementCount } from '@isograd/core/backend'
import { float32, of1, of2, type OperationCase, random, UNIT } from './case.js'

const plane = {
  strides: [2, 1],
  padding: [
    [1, 0],
    [0, 2],
  ],
  dilations: [1, 2],
} as const
const grouped = { ...plane, groups: 2 }
const pool = { ...plane, window: [2, 3] }

const [x, w, y] = [
  [3, 4, 6, 7],
  [6, 2, 2, 3],
  [3, 6, 3, 5],
] as const
const pooled = [3, 4, 3, 5] as const
const ties = [0, 2, 2, -1, 0, 1, 2]

function tensor(shape: readonly number[], seed: number) {
  return float32(shape, random(elementCount(shape), 2, seed))
}

const tied = float32(
  x,
  Array.from({ length: elementCount(x) }, (_, i) => ties[i % 7] as number),
)

function product(
  name: string,
  shapes: readonly (readonly number[])[],
  terms: number,
  emit: (b: Builder, l: Value, r: Value) => Value,
): OperationCase {
  const [left = [], right = []] = shapes
  const bound = { relative: (terms + 2) * UNIT }
  return of2(name, [tensor(left, 3), tensor(right, 4)], emit, bound, (b, l, r) => emit(b, b.abs(l), b.abs(r)))
}

/** The convolution and the pooling family. */
export const windows = {
  convolve: [product('groups', [x, w], 12, (b, l, r) => b.convolve(l, r, grouped))],
  convolveData: [product('groups', [y, w], 18, (b, l, r) => b.convolveData(l, r, [6, 7], grouped))],
  convolveFilter: [product('groups', [x, y], 45, (b, l, r) => b.convolveFilter(l, r, [2, 3], grouped))],
  maxPool: [
    of1('of itself', tensor(x, 5), (b, v) => b.maxPool(v, pool)),
    of2('of another, equal maxima', [tied, tensor(x, 6)], (b, v, other) => b.maxPool(v, pool, other)),
  ],
  maxPoolData: [
    of2(
      'equal maxima',
      [tied, tensor(pooled, 7)],
      (b, v, dy) => b.maxPoolData(v, dy, pool),
      { relative: 8 * UNIT },
      (b, v, dy) => b.maxPoolData(v, b.abs(dy), pool),
    ),
  ],
  sumPool: [
    of1(
      'overlapping',
      tensor(x, 8),
      (b, v) => b.sumPool(v, pool),
      { relative: 8 * UNIT },
      (b, v) => b.sumPool(b.abs(v), pool),
    ),
  ],
  sumPoolData: [
    of1(
      'overlapping',
      tensor(pooled, 9),
      (b, v) => b.sumPoolData(v, [6, 7], pool),
      { relative: 8 * UNIT },
      (b, v) => b.sumPoolData(b.abs(v), [6, 7], pool),
    ),
  ],
}
