import { describe, expect, it } from 'vitest'
import type { OpName } from '../src/ir/ops/index.js'
import { RandomStream } from '../src/random/stream.js'
import { failing, families } from './failing-cases.js'
import type { Evaluation, Faults } from './faulty-backend.js'

/** An operation's own evaluation with its numbers changed afterwards. */
function afterwards<K extends OpName>(change: (value: number) => number): Evaluation<K> {
  return (inputs, attributes, shape, right) => right(inputs, attributes, shape).map(change)
}

/** Rounds to 11 significant bits, as float16 does within its range. */
function toHalf(x: number): number {
  if (x === 0 || !Number.isFinite(x)) return x
  const unit = 2 ** (Math.floor(Math.log2(Math.abs(x))) - 10)
  return Math.round(x / unit) * unit
}

function tanhOffBy(error: number): Faults {
  return { operations: { tanh: afterwards((value) => value + error) } }
}

/** Writes over an array that is only to be read. */
function overwrite(target: ArrayLike<number>, values: ArrayLike<number>): void {
  Object.assign(target, values)
}

describe('a backend without a fault', () => {
  it('fails nothing', async () => {
    expect(await failing({})).toEqual([])
  })
})

describe('an operation that comes out otherwise each time', () => {
  it.each(['sigmoid', 'convolve', 'convolveFilter'] as const)(
    '%s, by half a rounding, fails its own cases',
    async (op) => {
      const stream = new RandomStream(0, 'sample')
      // Within every tolerance.
      const moved: Evaluation<typeof op> = (inputs, attributes, shape, right) =>
        right(inputs, attributes, shape).map((value) => value * (1 + 1e-7 * (2 * stream.below(2) - 1)))
      expect(families(await failing({ operations: { [op]: moved } }))).toContain(op)
    },
  )
})

describe('a faulty operation fails its own cases', () => {
  it('matmul that transposes a square operand once too often', async () => {
    const ids = await failing({
      operations: {
        matmul: ([a, b], attributes, shape, right) => {
          const square = b !== undefined && b.shape[0] === b.shape[1]
          const flipped = square ? { ...attributes, transposeB: !attributes.transposeB } : attributes
          return right(a && b ? [a, b] : [], flipped, shape)
        },
      },
    })
    expect(families(ids)).toEqual(['matmul', 'sharing'])
    expect(ids).toContain('matmul/square/nn')
    expect(ids).toContain('matmul/square/tt')
    expect(ids).not.toContain('matmul/small/nn')
  })

  it('matmul that forgets the last term of long inner products', async () => {
    const ids = await failing({
      operations: {
        matmul: ([a, b], attributes, shape, right) => {
          const inner = a?.shape[attributes.transposeA ? 0 : 1] ?? 0
          if (!a || !b || inner <= 48 || attributes.transposeA || attributes.transposeB) {
            return right(a && b ? [a, b] : [], attributes, shape)
          }
          const cut = { ...a, data: Array.from(a.data, (value, i) => (i % inner === inner - 1 ? 0 : value)) }
          return right([cut, b], attributes, shape)
        },
      },
    })
    expect(ids).toEqual([
      'matmul/k49/nn',
      'matmul/blocks/nn',
      'matmul/k130/nn',
      'matmul/row-vector/nn',
      'matmul/column-vector/nn',
      'matmul/batch-rows/nn',
      'matmul/batch-inner/nn',
    ])
  })

  it('gatherRows that is off by one', async () => {
    const ids = await failing({
      operations: {
        gatherRows: ([source, numbers], attributes, shape, right) => {
          const last = (source?.shape[0] ?? 1) - 1
          const next = numbers && { ...numbers, data: Array.from(numbers.data, (row) => Math.min(row + 1, last)) }
          return right(source && next ? [source, next] : [], attributes, shape)
        },
      },
    })
    expect(families(ids)).toEqual(['gatherRows', 'scan', 'contract', 'training'])
    expect(ids).toContain('gatherRows/unordered')
    expect(ids).toContain('gatherRows/uint8-then-cast')
    expect(ids).toContain('scan/several-xs')
  })

  it('scatterAddRows that keeps the last row of a number', async () => {
    const ids = await failing({
      operations: {
        scatterAddRows: ([values, numbers], attributes, shape, right) => {
          const length = (values?.data.length ?? 1) / (numbers?.data.length ?? 1)
          const rows = Array.from(numbers?.data ?? [])
          const isLast = (flat: number): boolean => {
            const i = Math.floor(flat / length)
            return rows.lastIndexOf(Number(rows[i])) === i
          }
          const kept = values && { ...values, data: Array.from(values.data, (x, flat) => (isLast(flat) ? x : 0)) }
          return right(kept && numbers ? [kept, numbers] : [], attributes, shape)
        },
      },
    })
    expect(ids).toEqual([
      'scatterAddRows/one-row',
      'scatterAddRows/repeated',
      'scatterAddRows/batch',
      'scatterAddRows/tokens',
      'scatterAddRows/long',
    ])
  })

  it('relu whose gradient is 1 at 0', async () => {
    const ids = await failing({
      operations: {
        greater: ([x, y], attributes, shape, right) => {
          const isSign = y?.shape.length === 0 && y.data[0] === 0
          const answer = right(x && y ? [x, y] : [], attributes, shape)
          return isSign ? answer.map((holds, i) => (x?.data[i] === 0 ? 1 : holds)) : answer
        },
      },
    })
    expect(ids).toContain('gradient/relu-kink')
    expect(ids).toContain('training/mlp-relu')
    expect(families(ids)).toEqual(['gradient', 'training'])
  })

  it('oneHot that wraps labels outside', async () => {
    const ids = await failing({
      operations: {
        oneHot: ([labels], attributes, shape, right) => {
          const { depth } = attributes
          const wrapped = labels && {
            ...labels,
            data: Array.from(labels.data, (label) => ((label % depth) + depth) % depth),
          }
          return right(wrapped ? [wrapped] : [], attributes, shape)
        },
      },
    })
    expect(ids).toEqual(['oneHot/outside'])
  })

  it('argMax that takes the last of equals', async () => {
    const ids = await failing({
      operations: {
        argMax: ([x], _, shape) => {
          const length = x?.shape.at(-1) ?? 1
          const rowCount = shape.reduce((product, dimension) => product * dimension, 1)
          return new Float64Array(rowCount).map((__, row) => {
            const values = Array.from({ length }, (___, i) => x?.data[row * length + i] ?? Number.NaN)
            return values.lastIndexOf(Math.max(...values))
          })
        },
      },
    })
    expect(ids).toEqual(['argMax/ties'])
  })

  it('argMax that is right in the first 256 rows alone', async () => {
    const ids = await failing({
      operations: {
        argMax: ([x], attributes, shape, right) =>
          right(x ? [x] : [], attributes, shape).map((value, row) => (row < 256 ? value : 0)),
      },
    })
    expect(ids).toEqual(['argMax/many-rows'])
  })

  it.each([0xff, 0xffff])('gatherRows that keeps row numbers by the mask %i', async (mask) => {
    const ids = await failing({
      operations: {
        gatherRows: ([x, rows], attributes, shape, right) => {
          const kept = rows && { ...rows, data: Array.from(rows.data, (row) => row & mask) }
          return right(x && kept ? [x, kept] : [], attributes, shape)
        },
      },
    })
    expect(ids).toEqual(['gatherRows/large-table', 'contract/bad-rows'])
  })

  it('exp rounded to float16', async () => {
    const ids = await failing({ operations: { exp: afterwards(toHalf) } })
    expect(ids).toContain('exp/vector')
    expect(ids).toContain('exp/small')
    expect(families(ids)).toEqual(['exp', 'training'])
  })

  it('tanh that is off by 1e-6, and not one that is off by a unit in the last place', async () => {
    expect(await failing(tanhOffBy(1e-6))).toContain('tanh/scalar')
    expect(await failing(tanhOffBy(1e-7))).toEqual([])
  })

  it('matmul with products rounded to float16', async () => {
    const ids = await failing({ operations: { matmul: afterwards(toHalf) } })
    expect(ids).toContain('matmul/k130/nn')
    expect(ids).toContain('training/mlp-tanh')
  })

  it('select that multiplies instead of choosing: NaN of the other side leaks', async () => {
    const ids = await failing({
      operations: {
        select: (inputs, attributes, shape, right) => {
          const chosen = right(inputs, attributes, shape)
          const [, x, y] = inputs
          const leaks = [x, y].some((side) => side && Array.from(side.data).some(Number.isNaN))
          return leaks ? chosen.fill(Number.NaN) : chosen
        },
      },
    })
    expect(ids).toEqual(['select/not-chosen-nan'])
  })

  it('sub that works in place: what uses an operand again notices, and what is scanned again', async () => {
    const ids = await failing(
      {
        operations: {
          sub: (inputs, attributes, shape, right) => {
            const [x] = inputs
            const difference = right(inputs, attributes, shape)
            if (x?.data.length === difference.length) overwrite(x.data, difference)
            return difference
          },
        },
      },
      true,
    )
    expect(families(ids)).toEqual(['sub', 'training', 'tap', 'random', 'serialised'])
  })

  it('reduceMax of absolute values', async () => {
    const ids = await failing({ operations: { reduceMax: afterwards(Math.abs) } })
    expect(families(ids)).toEqual(['reduceMax'])
    expect(ids).toContain('reduceMax/negative')
  })
})
