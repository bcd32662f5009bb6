/** The cases of the worst inputs: an error that is planted at one of them alone is found, and no sound backend is blamed. */
import { describe, expect, it } from 'vitest'
import { casesMatching, runConformance } from '../src/conformance/index.js'
import { type Faults, faultyBackend } from './faulty-backend.js'

const cases = casesMatching('--only', ['*/worst/*'])
const ofWords = (word: number): number => new Float32Array(Uint32Array.of(word).buffer)[0] as number

async function failed(faults: Faults): Promise<string[]> {
  const { results } = await runConformance(faultyBackend(faults), { cases })
  return results.flatMap(({ id, status }) => (status === 'failed' ? [id] : []))
}

describe('worst inputs', () => {
  it('are there for every operation that rounds', () => {
    const ids = cases.map(({ id }) => id).filter((id) => id.endsWith('float32'))
    const names = ['add', 'sub', 'mul', 'div', 'exp', 'log', 'sqrt', 'sigmoid', 'tanh']
    expect(ids).toEqual(names.map((name) => `${name}/worst/float32`))
  })

  it('find an error at one of them, where all else is right', async () => {
    expect(await failed({})).toEqual([])
    // The worst of exp on wasm in the sample: twenty units of float32.
    const at = ofWords(0xc0a5a57d)
    const exp: Faults['operations'] = {
      exp: (inputs, attributes, shape, right) =>
        right(inputs, attributes, shape).map((y, i) => (inputs[0]?.data[i] === at ? y * (1 + 20 * 2 ** -23) : y)),
    }
    // In float64 twenty units of float32 are far more than is allowed as well.
    expect(await failed({ operations: exp })).toEqual(['exp/worst/float32', 'exp/worst/float64'])
  })
})
