/** Finding jax-js, the words for not finding it, and what a step leaves behind. */
import { tensor, UnsupportedOpError } from '@isograd/core/backend'
import { Builder, type Program } from '@isograd/core/ir'
import { describe, expect, it } from 'vitest'
import { isogradAdapter, loadJax } from '../src/index.js'
import { openBackend } from './backends.js'

describe('the adapter', () => {
  it('tells the version that is installed, which jax-js itself does not', async () => {
    const made = await isogradAdapter.create('jaxjs-wasm', {})
    if (!made.ok) throw new Error(made.reason)
    const { name, info } = made.backend
    expect([name, info.device, info.threads]).toEqual(['jaxjs-wasm', 'wasm', 1])
    expect(info.versions).toEqual({ '@jax-js/jax': expect.stringMatching(/^0\.1\.\d+$/) as string })
    await made.backend.dispose()
  })

  it('says where WebGPU is to be had, and what variants there are', async () => {
    expect(await isogradAdapter.create('jaxjs-webgpu', {})).toEqual({
      ok: false,
      reason: '[jaxjs-webgpu] jax-js has no device "webgpu" here',
      cure: 'jaxjs-webgpu needs a page of a browser that has WebGPU; jaxjs-wasm runs everywhere.',
    })
    expect(await isogradAdapter.create('jaxjs', {})).toEqual({
      ok: false,
      reason: 'there is no variant "jaxjs"',
      cure: 'Use one of: jaxjs-wasm, jaxjs-wasm:native, jaxjs-webgpu.',
    })
  })

  it.each([
    ["Cannot find package '@jax-js/jax' imported from /a.js", '@jax-js/jax is not installed', /^npm install/],
    ["Could not find package '@jax-js/jax' from referrer", '@jax-js/jax is not installed', /^npm install/],
    ["a tried to access @jax-js/jax (a peer dependency) but it isn't", '@jax-js/jax is not installed', /^npm install/],
    ['strange\n    at a stack', 'jax-js does not load: strange', /another backend/],
  ])('explains "%s"', async (message, reason, cure) => {
    const result = await loadJax(() => Promise.reject(new Error(message)))
    expect(result).toEqual({ ok: false, reason, cure: expect.stringMatching(cure) as string })
  })
})

/** h' = tanh(0.3 h + x), so many units alike, with the first of them as an output. */
function recurrence(units: number): Program {
  const b = new Builder('recurrence')
  const h = b.carry('h', { dtype: 'float32', shape: [units] })
  const w = b.constants('w', { dtype: 'float32', shape: [] })
  const next = b.tanh(b.add(b.mul(h, w), b.xs('x', { dtype: 'float32', shape: [] })))
  return b.finish({ carry: { h: next }, ys: { first: b.slice(h, 0, 0, 1) } })
}

describe('the backend', () => {
  it('keeps nothing of the steps that it has done, and comes to the fixed point', async () => {
    const backend = await openBackend()
    const units = 50_000
    const executable = await backend.compile(recurrence(units), { w: tensor('float32', [], [0.3]) })
    const run = async (steps: number) => {
      const h = tensor('float32', [units], new Float32Array(units))
      return executable.scan({ h }, { x: tensor('float32', [steps], new Float32Array(steps).fill(0.5)) })
    }
    const { carry } = await run(60)
    const [h = 0] = carry['h']?.data ?? []
    expect(Math.abs(h - Math.tanh(0.3 * h + 0.5))).toBeLessThan(1e-6)
    const before = process.memoryUsage().external
    await run(400)
    // A step that kept its carry would keep 0.2 MB: 80 MB of them.
    expect(process.memoryUsage().external - before).toBeLessThan(20e6)
    await backend.dispose()
  })

  it('refuses float64 when it compiles', async () => {
    const backend = await openBackend()
    const b = new Builder('double')
    const x = b.xs('x', { dtype: 'float64', shape: [] })
    await expect(backend.compile(b.finish({ carry: {}, ys: { y: b.add(x, x) } }), {})).rejects.toThrow(
      UnsupportedOpError,
    )
    await backend.dispose()
  })
})
