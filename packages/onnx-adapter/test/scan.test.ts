/** What a scan promises, where this adapter could break it: batches, pieces, aliases, alignment, shared memory. */
import { referenceBackend } from '@isograd/core'
import { type Backend, rows, type Tensor, tensor, type TensorMap } from '@isograd/core/backend'
import { Builder, type Program } from '@isograd/core/ir'
import { assert, asyncProperty, integer, uniqueArray } from 'fast-check'
import * as ort from 'onnxruntime-node'
import { afterAll, describe, expect, it } from 'vitest'
import { onnxBackend, type OrtModule } from '../src/index.js'
import { backendOn } from './builds.js'
import { dataOf, type Network, stepsOf, trainingProgram, weightsOf } from './network.js'

const backends = [backendOn('onnx'), backendOn('onnx-web')]
const backend = backends[0] as Backend
afterAll(() => Promise.all(backends.map((each) => each.dispose())))

const network: Network = { dtype: 'float32', widths: [12, 9, 7, 4], rows: 50, activation: 'relu' }
const program = trainingProgram(network)
const constants = dataOf(network)

function stepsBetween(xs: TensorMap, start: number, stop: number): TensorMap {
  return Object.fromEntries(Object.entries(xs).map(([name, stacked]) => [name, rows(stacked, start, stop)]))
}

describe('scan', () => {
  it.each(backends)('gives the same bits in whatever pieces the steps come: $name', async (each) => {
    const executable = await each.compile(program, constants)
    const xs = stepsOf(network, 12, 5)
    const whole = await executable.scan(weightsOf(program), xs)
    await assert(
      asyncProperty(uniqueArray(integer({ min: 0, max: 12 }), { maxLength: 6 }), async (cuts) => {
        const borders = [0, ...cuts.toSorted((a, b) => a - b), 12]
        let carry = weightsOf(program)
        const losses: number[] = []
        for (const [i, start] of borders.slice(0, -1).entries()) {
          // oxlint-disable-next-line no-await-in-loop -- each piece needs the carry of the one before
          const piece = await executable.scan(carry, stepsBetween(xs, start, borders[i + 1] ?? 12))
          carry = piece.carry
          losses.push(...(piece.ys['loss']?.data ?? []))
        }
        expect(carry).toEqual(whole.carry)
        expect(losses).toEqual([...(whole.ys['loss']?.data ?? [])])
      }),
      { numRuns: 20 },
    )
  })

  it('takes any batch through one executable', async () => {
    const executable = await backend.compile(program, constants)
    const reference = await referenceBackend().compile(program, constants)
    for (const batch of [1, 3, 64]) {
      const xs = stepsOf(network, 2, batch)
      // oxlint-disable-next-line no-await-in-loop -- a backend is used one call at a time
      const [got, want] = [await executable.scan(weightsOf(program), xs), await reference.scan(weightsOf(program), xs)]
      const loss = got.ys['loss']?.data ?? []
      expect(loss).toHaveLength(2)
      for (const [i, expected] of (want.ys['loss']?.data ?? []).entries()) expect(loss[i]).toBeCloseTo(expected, 5)
    }
  })

  it('returns a copy of the carry and empty ys for no steps', async () => {
    const executable = await backend.compile(program, constants)
    const carry = weightsOf(program)
    const result = await executable.scan(carry, stepsOf(network, 0, 5))
    expect(result.carry).toEqual(carry)
    expect(result.carry['kernel0']?.data).not.toBe(carry['kernel0']?.data)
    expect(result.ys['loss']).toEqual(tensor('float32', [0], []))
  })
})

/** Swaps two carries, hands one through, and gives inputs, constants and one value twice as outputs. */
function aliasing(): Program {
  const b = new Builder('aliasing')
  const type = { dtype: 'float32', shape: [3] } as const
  const [first, second, kept] = [b.carry('first', type), b.carry('second', type), b.carry('kept', type)]
  const [fixed, x] = [b.constants('fixed', type), b.xs('x', type)]
  const sum = b.add(first, x)
  return b.finish({
    carry: { second: sum, kept, first: second },
    ys: { sum, again: sum, x, fixed, kept, first, seven: b.constant(7, 'int32') },
  })
}
const values = (...numbers: number[]): Tensor => tensor('float32', [3], numbers)

describe('aliases', () => {
  it('of inputs and outputs come out right and belong to the caller', async () => {
    const fixed = values(9, 9, 9)
    const executable = await backend.compile(aliasing(), { fixed })
    const carry = { first: values(1, 2, 3), second: values(10, 20, 30), kept: values(5, 6, 7) }
    const xs = { x: tensor('float32', [3, 3], [1, 1, 1, 2, 2, 2, 3, 3, 3]) }
    const result = await executable.scan(carry, xs)
    expect(result.carry).toEqual({ second: values(5, 6, 7), kept: values(5, 6, 7), first: values(12, 22, 32) })
    const sums = tensor('float32', [3, 3], [2, 3, 4, 12, 22, 32, 5, 6, 7])
    expect(result.ys).toEqual({
      sum: sums,
      again: sums,
      x: xs.x,
      fixed: tensor('float32', [3, 3], Array(9).fill(9)),
      kept: tensor('float32', [3, 3], [5, 6, 7, 5, 6, 7, 5, 6, 7]),
      first: tensor('float32', [3, 3], [1, 2, 3, 10, 20, 30, 2, 3, 4]),
      seven: tensor('int32', [3], [7, 7, 7]),
    })
    for (const map of [result.carry, result.ys]) for (const { data } of Object.values(map)) data.fill(0)
    expect([carry.kept, xs.x.data[0], fixed]).toEqual([values(5, 6, 7), 1, values(9, 9, 9)])
  })
})

/** The same numbers in memory that begins some elements later. */
function shifted({ dtype, shape, data }: Tensor, offset: number): Tensor {
  const memory = tensor(dtype, [data.length + offset], [...Array(offset).fill(0), ...data])
  return { ...memory, shape, data: memory.data.subarray(offset) } as Tensor
}

describe('alignment', () => {
  // 23 x 37 numbers whose sum depends on the order of the additions in its last bits.
  const shape = [23, 37] as const
  const numbers = Array.from({ length: 23 * 37 }, (_, i) => Math.sin(i * 12.9898) * 10 ** (i % 5))

  it.each(['float32', 'float64'] as const)('of the caller’s memory does not change a bit of %s sums', async (dtype) => {
    const b = new Builder('sums')
    const [carried, fixed, x] = [
      b.carry('carried', { dtype, shape }),
      b.constants('fixed', { dtype, shape }),
      b.xs('x', { dtype, shape: [] }),
    ]
    const sums = { rows: b.reduceSum(carried, [1]), all: b.reduceSum(carried), fixed: b.reduceSum(fixed, [1]), x }
    const summing = b.finish({ carry: { carried }, ys: sums })
    const results = []
    for (let offset = 0; offset < 16; offset++) {
      const moved = shifted(tensor(dtype, shape, numbers), offset)
      // oxlint-disable-next-line no-await-in-loop -- a backend is used one call at a time
      const executable = await backend.compile(summing, { fixed: moved })
      // oxlint-disable-next-line no-await-in-loop -- see above
      results.push((await executable.scan({ carried: moved }, { x: tensor(dtype, [2], [0, 0]) })).ys)
    }
    for (const ys of results) expect(ys).toEqual(results[0])
  })
})

describe('weights', () => {
  it.each<[Network['dtype'], readonly number[], boolean]>([
    ['float32', [12, 9, 7, 4], true],
    ['float32', [150, 33, 17, 10], true],
    ['float32', [150, 33, 17, 10], false],
    ['float64', [150, 33, 17, 10], false],
  ])('may lie anywhere: no bit of %s steps changes', async (dtype, widths, packing) => {
    const large: Network = { dtype, widths, rows: 50, activation: 'sigmoid' }
    const training = trainingProgram(large)
    const weights = weightsOf(training)
    const own = onnxBackend({ ort, packing })
    const executable = await own.compile(training, dataOf(large))
    const results = []
    for (let offset = 0; offset < 16; offset += 3) {
      const moved = Object.fromEntries(Object.entries(weights).map(([name, one]) => [name, shifted(one, offset)]))
      // oxlint-disable-next-line no-await-in-loop -- a backend is used one call at a time
      results.push(await executable.scan(moved, stepsOf(large, 2, 21)))
    }
    await own.dispose()
    for (const result of results) expect(result).toEqual(results[0])
  })
})

/** ONNX Runtime, noting the memory of every input it is fed. */
function watched(fed: unknown[]): OrtModule {
  const create = async (model: Uint8Array, options: ort.InferenceSession.SessionOptions) => {
    const session = await ort.InferenceSession.create(model, options)
    const run = session.run.bind(session)
    return Object.assign(session, {
      run: (feeds: Record<string, ort.Tensor>) => {
        fed.push(feeds['constants/images']?.data)
        return run(feeds)
      },
    })
  }
  return { ...ort, InferenceSession: { create } as OrtModule['InferenceSession'] }
}

describe('constants', () => {
  it('are fed from the caller’s own memory by every executable', async () => {
    const fed: unknown[] = []
    const watching = onnxBackend({ ort: watched(fed) })
    for (const _ of [1, 2]) {
      // oxlint-disable-next-line no-await-in-loop -- a backend is used one call at a time
      const executable = await watching.compile(program, constants)
      // oxlint-disable-next-line no-await-in-loop -- see above
      await executable.scan(weightsOf(program), stepsOf(network, 1, 4))
    }
    await watching.dispose()
    expect(fed).toHaveLength(2)
    for (const data of fed) expect(data).toBe(constants['images']?.data)
  })
})
