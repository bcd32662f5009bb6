/** A failure is shown by the least that it takes: one output, one step, one element. */
import { describe, expect, it } from 'vitest'
import { conformanceCases, runConformance } from '../src/conformance/index.js'
import { smallestFailure, type Trial } from '../src/conformance/shrink.js'
import { type Faults, faultyBackend } from './faulty-backend.js'

async function smallest(id: string, faults: Faults): Promise<Trial> {
  const one = conformanceCases().find((each) => each.id === id)
  if (one?.kind !== 'values') throw new Error('no such case')
  const trial = await smallestFailure(one, faultyBackend(faults))
  if (trial === undefined) throw new Error('nothing found')
  return trial
}

function elements({ scans: [{ carry, xs }], constants }: Trial): Record<string, number[]> {
  const all = Object.entries({ ...constants, ...carry, ...xs })
  return Object.fromEntries(all.map(([name, { data }]) => [name, [...data]]))
}

const lossOfNaN: Faults = {
  operations: {
    relu: (inputs, attributes, shape, right) => right(inputs, attributes, shape).map((y) => (Number.isNaN(y) ? 0 : y)),
  },
}

describe('the smallest failure', () => {
  it('is one element where one shows it', async () => {
    expect(elements(await smallest('relu/patterns/float32', lossOfNaN))).toEqual({ x: [Number.NaN] })
  })

  it('is one output of several, and one pair of elements', async () => {
    const product = await smallest('mul/patterns/float32', {
      operations: {
        mul: (inputs, attributes, shape, right) =>
          right(inputs, attributes, shape).map((z) => (z === Number.POSITIVE_INFINITY ? 3e38 : z)),
      },
    })
    expect(product.program.outputs.ys).toHaveLength(1)
    expect(product.program.nodes).toHaveLength(1)
    expect(Object.values(elements(product)).map(({ length }) => length)).toEqual([1, 1])
  })

  it('keeps the length that it takes to go wrong', async () => {
    const trial = await smallest('relu/vector/float32', {
      operations: {
        relu: (inputs, attributes, shape, right) =>
          right(inputs, attributes, shape).map((y, i, all) => (all.length > 4 && i === all.length - 1 ? y + 1 : y)),
      },
    })
    const [length = 0] = Object.values(elements(trial)).map((own) => own.length)
    expect(length).toBeGreaterThan(4)
    expect(length).toBeLessThan(10)
  })

  it('is one step with the carry that it begins from', async () => {
    const trial = await smallest('scan/carry-order/float32', {
      operations: {
        add: (inputs, attributes, shape, right) => right(inputs, attributes, shape).map((z) => (z > 150 ? 0 : z)),
      },
    })
    expect(trial.scans[0].xs['x']?.shape[0]).toBe(1)
    expect(trial.program.outputs.ys.length).toBeLessThan(2)
  })

  it('is told as a program, with the bits of NaN', async () => {
    const cases = conformanceCases().filter(({ id }) => id === 'relu/patterns/float32')
    const origin = { module: 'isograd-adapter-mine', variant: 'fast' }
    const { results } = await runConformance(faultyBackend(lossOfNaN), { cases, origin })
    const text = results[0]?.reproduction ?? ''
    expect(text).toMatch(/^\/\/ relu\/patterns\/float32 on faulty: relu of every kind of float/)
    expect(text).toContain('//   %1 = relu(%0): float32[batch]  # relu')
    expect(text).toMatch(/data: new Float32Array\(Uint32Array\.of\(0x[7f]f[0-9a-f]{6}\)\.buffer\)/)
    expect(text).toContain("import { isogradAdapter } from 'isograd-adapter-mine'")
    expect(text).toContain("isogradAdapter.create('fast', {})")
  })
})
