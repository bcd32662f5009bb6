/** Planted faults, each reduced to the least that shows it: few elements, simple numbers, and no more nodes than it takes. */
import { describe, expect, it } from 'vitest'
import { type Reduced, reduceFailure } from '../src/compare/index.js'
import { conformanceCases } from '../src/conformance/index.js'
import { Builder } from '../src/ir/builder.js'
import type { NumericTensor } from '../src/ir/ops/operation.js'
import { type Faults, faultyBackend } from './faulty-backend.js'
import { tensor } from '../src/tensor.js'

function caseOf(id: string) {
  const one = conformanceCases().find((each) => each.id === id)
  if (one?.kind !== 'values') throw new Error('no such case')
  return one
}

async function reduced(id: string, faults: Faults): Promise<Reduced> {
  const found = await reduceFailure(faultyBackend(faults), caseOf(id))
  if (found === undefined) throw new Error('nothing found')
  return found
}

function in16Bits(value: number): number {
  const scale = 2 ** (Math.floor(Math.log2(Math.abs(value))) - 15)
  return value === 0 ? 0 : Math.trunc(value / scale) * scale
}

function cut({ shape, data }: NumericTensor): NumericTensor {
  return { shape, data: Float64Array.from(data).map(in16Bits) }
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * Number(b[i]), 0)
}

function elements({ xs }: Reduced): Record<string, number[]> {
  return Object.fromEntries(Object.entries(xs).map(([name, { data }]) => [name, [...data]]))
}

describe('a reduced failure', () => {
  it('is one element, the simplest number that shows it', async () => {
    const found = await reduced('exp/vector/float32', {
      operations: {
        exp: (inputs, attributes, shape, right) =>
          right(inputs, attributes, shape).map((y, i) => (Number(inputs[0]?.data[i]) > 20 ? y * 1.01 : y)),
      },
    })
    const [x = 0, ...others] = elements(found)['x'] ?? []
    expect([found.program.nodes.length, others]).toEqual([1, []])
    // Few significant bits: four are enough for any number above 20.
    expect(x > 20 && Number.isInteger(x / 2 ** (Math.floor(Math.log2(x)) - 3))).toBe(true)
    expect(Number(found.error.worst?.got) / Math.exp(x)).toBeCloseTo(1.01, 6)
  })

  it('keeps the bits of a NaN', async () => {
    const found = await reduced('relu/patterns/float32', {
      operations: {
        relu: (inputs, attributes, shape, right) =>
          right(inputs, attributes, shape).map((y, i) => {
            const words = new Uint32Array(Float32Array.of(Number(inputs[0]?.data[i])).buffer)
            return Number.isNaN(y) && Number(words[0]) >= 0 ? 0 : y
          }),
      },
    })
    expect(elements(found)).toEqual({ x: [Number.NaN] })
    expect(found.error.worst).toMatchObject({ expected: Number.NaN, got: 0 })
  })

  it('is a product with the shortest sum that goes wrong, and operands of zeros elsewhere', async () => {
    const found = await reduced('matmul/k130/nn/float32', {
      operations: {
        matmul: (inputs, attributes, shape, right) => {
          const length = Number(inputs[0]?.shape.at(-1))
          const exact = right(inputs, attributes, shape)
          return length > 48 ? exact.map((z) => z + 1) : exact
        },
      },
    })
    const { x, y } = found.xs
    expect([x?.shape, y?.shape]).toEqual([
      [1, 1, 49],
      [1, 49, 1],
    ])
    expect([...(x?.data ?? [])].every((value) => value === 0)).toBe(true)
  })

  it('takes along the nodes that it needs: a square root that is wrong of an exponential alone', async () => {
    const b = new Builder('rooted')
    const x = b.xs('x', { dtype: 'float32', shape: [8] })
    const program = b.finish({ carry: {}, ys: { y: b.sqrt(b.neg(b.exp(b.neg(x)))), z: b.sqrt(b.exp(b.relu(x))) } })
    const xs = { x: tensor('float32', [1, 8], [1, 2, 3, 4, 5, 6, 7, 8]) }
    const subject = { id: 'rooted', build: () => ({ program, constants: {}, scans: [{ carry: {}, xs }] }) }
    const faulty = faultyBackend({
      compile: async (right, own, constants) => {
        const fused = own.nodes.flatMap((node) => {
          const from = own.nodes.find(({ id }) => id === node.inputs[0])
          return node.op === 'sqrt' && from?.op === 'exp' ? [node.name] : []
        })
        const executable = await right(own, constants)
        return {
          ...executable,
          scan: async (carry, given) => {
            const result = await executable.scan(carry, given)
            for (const name of fused) {
              const { data } = result.ys[name] ?? {}
              data?.set([2 * Number(data[0])])
            }
            return result
          },
        }
      },
    })
    const found = await reduceFailure(faulty, subject, 'sqrt')
    expect(found?.program.nodes.map(({ op }) => op)).toEqual(['exp', 'sqrt'])
    expect(Object.values(found?.xs ?? {}).map(({ data }) => [...data])).toEqual([[0]])
  })

  it('is a short sum where products are within their bound and of fewer bits, with the errors that it makes', async () => {
    const faulty = faultyBackend({
      operations: {
        matmul: (inputs, attributes, shape, right) => right(inputs.map(cut), attributes, shape),
      },
    })
    const subject = caseOf('matmul/k130/nn/float32')
    expect(await reduceFailure(faulty, subject)).toBeUndefined()
    const found = await reduceFailure(faulty, subject, 'matmul', 'imprecise')
    const { x = [], y = [] } = elements(found as Reduced)
    const inner = Number(found?.xs['x']?.shape.at(-1))
    expect([x.length, y.length]).toEqual([inner, inner])
    expect(inner).toBeLessThan(130)
    const exact = dot(x, y)
    expect([...(found?.imprecision?.expected ?? [])]).toEqual([expect.closeTo(exact, 12)])
    const error = Math.fround(dot(x.map(in16Bits), y.map(in16Bits))) - exact
    const [usual = 0] = found?.imprecision?.usual ?? []
    expect(found?.imprecision?.size).toBeCloseTo(Math.abs(error) / usual, 6)
    expect(Math.abs(error) / usual).toBeGreaterThan(6)
    // Independent roundings of a sum of n terms: of the order of u |sum| sqrt(n), and no less than the last one.
    expect(usual / (2 ** -24 * Math.abs(exact))).toBeLessThan(10)
  })

  it('is nothing where nothing is wrong', async () => {
    const right = faultyBackend({})
    expect(await reduceFailure(right, caseOf('exp/vector/float32'))).toBeUndefined()
    expect(await reduceFailure(right, caseOf('exp/vector/float32'), 'exp', 'imprecise')).toBeUndefined()
  })
})
