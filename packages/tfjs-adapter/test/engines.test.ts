/** Several backends in one process, all on TensorFlow.js's one global engine. */
import { type Backend, type Executable, type ScanResult } from '@isograd/core'
import * as wasm from '@tensorflow/tfjs-backend-wasm'
import { describe, expect, it } from 'vitest'
import { tfjsBackend } from '../src/index.js'
import { live, openBackend, tf, variants } from './backends.js'
import { dataOf, type Network, stepsOf, trainingProgram, weightsOf } from './network.js'

// Some milliseconds a step in plain JavaScript, so that scans of 40 steps let each other in.
const network: Network = { widths: [300, 100, 10], rows: 100, activation: 'sigmoid' }
const program = trainingProgram(network)

async function opened(): Promise<readonly (readonly [Backend, Executable])[]> {
  const backends = await Promise.all(variants.map(openBackend))
  return Promise.all(
    backends.map(async (backend) => [backend, await backend.compile(program, dataOf(network))] as const),
  )
}

function train(executable: Executable, steps: number): Promise<ScanResult> {
  return executable.scan(weightsOf(program), stepsOf(network, steps, 64))
}

describe('several engines at once', () => {
  it('scan interleaved and each give what they give alone', async () => {
    const all = await opened()
    const alone: ScanResult[] = []
    for (const [, executable] of all) alone.push(await train(executable, 40))
    const before = live()
    const together = await Promise.all(all.map(([, executable]) => train(executable, 40)))
    expect(together).toEqual(alone)
    expect(live()).toEqual(before)
    await Promise.all(all.map(([backend]) => backend.dispose()))
  })

  it('do not care which engine is active', async () => {
    const backend = await openBackend('tfjs-wasm')
    const executable = await backend.compile(program, dataOf(network))
    await tf.setBackend('wasm')
    const expected = await train(executable, 2)
    await tf.setBackend('cpu')
    expect(await train(executable, 2)).toEqual(expected)
    expect(tf.getBackend()).toBe('cpu')
    await backend.dispose()
  })

  it('can be opened at the same time, and leave the active one as it was', async () => {
    await tf.setBackend('cpu')
    const backends = await Promise.all([openBackend('tfjs-wasm'), openBackend('tfjs-cpu'), openBackend('tfjs-wasm')])
    expect(tf.getBackend()).toBe('cpu')
    expect(backends.map(({ name, info }) => `${name} on ${info.device}`)).toEqual([
      'tfjs-wasm on wasm',
      'tfjs-cpu on cpu',
      'tfjs-wasm on wasm',
    ])
  })

  it('outlive each other', async () => {
    const [first, second] = [await openBackend('tfjs-wasm'), await openBackend('tfjs-wasm')]
    const executable = await second.compile(program, dataOf(network))
    const expected = await train(executable, 2)
    await (await first.compile(program, dataOf(network))).dispose()
    await first.dispose()
    expect(await train(executable, 2)).toEqual(expected)
    await second.dispose()
  })
})

describe('what a backend says of itself', () => {
  it('names the packages that compute, by version', async () => {
    const { info } = await tfjsBackend({ tf, wasm, engine: 'wasm' })
    expect(info.versions).toEqual({
      '@tensorflow/tfjs': tf.version.tfjs,
      '@tensorflow/tfjs-backend-wasm': wasm.version_wasm,
    })
    expect(info).toMatchObject({ threads: 1, options: { simd: true } })
    expect(info.dtypes).not.toContain('float64')
  })

  it('takes another name', async () => {
    const backend = await tfjsBackend({ tf, engine: 'cpu', name: 'mine' })
    await backend.dispose()
    await expect(backend.compile(program, dataOf(network))).rejects.toThrow(
      '[mine] compile of "training" after dispose',
    )
  })
})
