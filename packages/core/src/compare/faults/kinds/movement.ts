/** Elements moved to the wrong place: gathers, one-hot vectors, slices, shapes, casts, sizes and constants. */
import { inputAt } from '../../../ir/ops/operation.js'
import type { Application } from '../altered-nodes.js'
import { columnsOf } from '../fault.js'
import { type NodeRow, rowsAt } from '../plant-node.js'
import { areAlike, isRepeated, mapped, moved, ofResult } from './alterations.js'

/** The gather with other row numbers, held within the rows that there are. */
function rows(f: (row: number, i: number, all: ArrayLike<number>) => number) {
  return ({ inputs, again }: Application): Float64Array => {
    const [source, numbers] = [inputAt(inputs, 0), inputAt(inputs, 1)]
    const last = inputAt(source.shape, 0) - 1
    const held = (row: number): number => Math.max(0, Math.min(last, row))
    return again({ inputs: [source, mapped(numbers, (row, i) => held(f(row, i, numbers.data)))] })
  }
}

const gathers = rowsAt(['gatherRows'], {
  'off-by-one-gather': ['each row is the one before', rows((row) => row - 1)],
  'gather-one-ahead': ['each row is the one behind', rows((row) => row + 1)],
  'gather-repeats-first': ['the first row is taken for all', rows((_, __, all) => Number(all[0]))],
  'gather-last-row-wrong': [
    'the last row repeats the one before',
    rows((row, i, all) => (i === all.length - 1 ? Number(all[Math.max(0, i - 1)]) : row)),
    { isWhole: true },
  ],
  'gather-reversed': ['rows come in the other order', rows((_, i, all) => Number(all[all.length - 1 - i]))],
  'gather-sorted': [
    'rows come in the order of their numbers',
    rows((_, i, all) => Number(Array.from(all).toSorted((a, b) => a - b)[i])),
  ],
  'gather-within-a-block': ['row numbers are taken modulo 16', rows((row) => row % 16)],
  'gather-from-the-start': ['the first rows are taken, whatever was asked', rows((_, i) => i)],
})

const oneHots = rowsAt(['oneHot'], {
  'one-hot-from-one': [
    'categories are counted from one',
    moved((row, column, _, columns) => [row, (column + 1) % columns]),
  ],
  'one-hot-smoothed': ['the one is 0.9', ofResult((x) => 0.9 * x)],
  'one-hot-without-last': [
    'the last category has no one',
    ofResult((x, flat, { shape }) => ((flat + 1) % columnsOf(shape) === 0 ? 0 : x)),
    { isWhole: true },
  ],
  'one-hot-of-next-row': ['each row is that of the next', moved((row, column, count) => [(row + 1) % count, column])],
  'one-hot-mirrored': [
    'categories are counted from the end',
    moved((row, column, _, columns) => [row, columns - 1 - column]),
  ],
})

const shapes = [
  ...rowsAt(['slice'], {
    'slice-off-by-one': [
      'a slice starts one element late',
      moved((row, column, _, columns) => [row, Math.min(columns - 1, column + 1)]),
    ],
    'slice-from-start': [
      'a slice starts at the first element',
      (one) => {
        const { axis, start, stop } = one.node.attributes as { axis: number; start: number; stop: number }
        return one.again({ attributes: { axis, start: 0, stop: stop - start } })
      },
    ],
  }),
  ...rowsAt(['concat'], {
    'parts-swapped': [
      'parts are joined in the other order',
      ({ inputs, again }) => again({ inputs: inputs.toReversed() }),
      { fits: areAlike },
    ],
    'last-part-repeated': [
      'the last part is a copy of the first',
      ({ inputs, again }) => again({ inputs: [...inputs.slice(0, -1), inputAt(inputs, 0)] }),
      { fits: areAlike },
    ],
  }),
  ...rowsAt(['transpose'], {
    'transpose-missing': ['nothing is moved', ({ inputs }) => inputAt(inputs, 0).data],
  }),
  ...rowsAt(['reshape'], {
    'reshaped-by-columns': [
      'elements are counted by columns',
      ({ inputs, right }) => {
        const { shape, data } = inputAt(inputs, 0)
        const columns = columnsOf(shape)
        const height = right.length / columns
        return right.map((_, i) => Number(data[(i % height) * columns + Math.floor(i / height)]))
      },
    ],
    'reshape-repeats': [
      'the second half is a copy of the first',
      ({ right }) => right.map((_, i) => Number(right[i % Math.ceil(right.length / 2)])),
    ],
  }),
  ...rowsAt(['broadcastTo'], {
    'only-first-filled': [
      'only the first place is filled',
      ofResult((x, flat, { inputs }) => (flat < inputAt(inputs, 0).data.length ? x : 0)),
      { fits: isRepeated(0) },
    ],
    'repeated-along-other-axis': [
      'elements are repeated one by one where rows are',
      ({ inputs, right }) => {
        const { data } = inputAt(inputs, 0)
        const times = right.length / data.length
        return right.map((_, i) => Number(data[Math.floor(i / times)]))
      },
      { fits: (node, types) => isRepeated(0)(node, types) && types[0]?.shape.length === 1 },
    ],
  }),
]

const scalars = [
  ...rowsAt(['cast'], {
    'cast-of-truth-inverted': [
      'true becomes 0 and false 1',
      ofResult((x) => 1 - x),
      { fits: (_, [x]) => x?.dtype === 'bool' || x?.dtype === 'uint8' },
    ],
    'cast-of-signed-bytes': [
      'bytes from 128 on become negative',
      ofResult((x) => (x > 127 ? x - 256 : x)),
      { fits: (_, [x]) => x?.dtype === 'uint8' },
    ],
    'cast-of-short-bytes': [
      'bytes end at 127',
      ofResult((x) => Math.min(x, 127)),
      { fits: (_, [x]) => x?.dtype === 'uint8' },
    ],
    'cast-loses-last': [
      'the last element becomes zero',
      ofResult((x, flat, { right }) => (flat === right.length - 1 ? 0 : x)),
      { isWhole: true },
    ],
  }),
  ...rowsAt(['size'], {
    'size-less-one': ['one row too few is counted', ofResult((x) => Math.max(1, x - 1))],
    'size-of-whole-batch': [
      'the size of the first batch is kept',
      (one) => (one.call === 0 ? one.right : (one.before ?? one.right)),
      { isWhole: true, isLate: true },
    ],
    'size-is-one': ['one row is counted', ofResult(() => 1)],
  }),
  ...rowsAt(['constant'], {
    'constant-off': ['a constant is a hundredth too large', ofResult((x) => 1.01 * x)],
    'constant-lost': ['small constants are zero', ofResult((x) => (Math.abs(x) < 1e-4 ? 0 : x))],
    'constant-sign': ['a constant has the other sign', ofResult((x) => -x)],
  }),
]

/** Every kind. */
export const movementRows: readonly NodeRow[] = [...gathers, ...oneHots, ...shapes, ...scalars]
