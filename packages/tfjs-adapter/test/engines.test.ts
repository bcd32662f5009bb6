/** Several backends in one process, all on TensorFlow.js's one global engine. */
import type { Executable, ScanResult } from '@isograd/core/backend'
import * as wasm from '@tensorflow/tfjs-backend-wasm'
import { describe, expect, it } from 'vitest'
import { Autograd } from '../src/autograd/autograd.js'
import { backendOn } from '../src/backend.js'
import { cpuDevice } from '../src/device/device.js'
import { tfjsBackend } from '../src/index.js'
import { wasmDevice } from '../src/wasm/device.js'
import { live, openBackend, tf } from './backends.js'
import { dataOf, type Network, stepsOf, trainingProgram, weightsOf } from './network.js'

const network: Network = { widths: [60, 20, 10], rows: 100, activation: 'sigmoid' }
const program = trainingProgram(network)

/** All engines both ways, and with TensorFlow.js's gradients, in backends that let others work after every step. */
async function alternating(): Promise<Executable[]> {
  const { info } = await openBackend('tfjs-wasm')
  await openBackend('tfjs-cpu')
  const [onWasm, onCpu] = [tf.findBackend('wasm'), tf.findBackend('cpu')]
  const devices = [wasmDevice(tf, 'wasm', onWasm, wasm.version_wasm), cpuDevice(tf, 'cpu', onCpu)]
  const plain = devices.map((device) => backendOn(device, 'alternating', info, 0))
  const tapes = [
    new Autograd(tf, wasmDevice(tf, 'wasm', onWasm, wasm.version_wasm), onWasm),
    new Autograd(tf, cpuDevice(tf, 'cpu', onCpu), onCpu),
  ]
  const withAutograd = tapes.map((tape) => backendOn(tape.device, 'alternating', info, 0, tape))
  return Promise.all([...plain, ...withAutograd].map((backend) => backend.compile(program, dataOf(network))))
}

function train(executable: Executable, steps: number): Promise<ScanResult> {
  return executable.scan(weightsOf(program), stepsOf(network, steps, 64))
}

describe('several engines at once', () => {
  it('scan interleaved and each give what they give alone', async () => {
    const all = await alternating()
    const alone: ScanResult[] = []
    for (const executable of all) alone.push(await train(executable, 10))
    const before = live()
    const together = await Promise.all(all.map((executable) => train(executable, 10)))
    expect(together).toEqual(alone)
    expect(live()).toEqual(before)
    await Promise.all(all.map((executable) => executable.dispose()))
  })

  it('stop when disposed in the middle of a scan, and leave nothing behind', async () => {
    const before = live()
    const executables = await alternating()
    const scans = executables.map((executable) => train(executable, 10))
    await Promise.all(executables.map((executable) => executable.dispose()))
    const results = await Promise.allSettled(scans)
    expect(results.map((result) => (result.status === 'rejected' ? String(result.reason) : 'went on'))).toEqual(
      executables.map(() => 'BackendError: [alternating] scan of "training" after dispose'),
    )
    expect(live()).toEqual(before)
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

it('takes an engine that the caller has registered, by its name, which gives the bits of what it is', async () => {
  if (!('mine' in tf.engine().registry)) {
    tf.registerBackend('mine', () => new tf.MathBackendCPU())
    tf.copyRegisteredKernels('cpu', 'mine')
  }
  const mine = await tfjsBackend({ tf, engine: 'registered', registered: 'mine' })
  const cpu = await openBackend('tfjs-cpu')
  expect([mine.name, mine.info.device]).toEqual(['tfjs-mine', 'mine'])
  const [a, b] = await Promise.all(
    [mine, cpu].map(async (backend) => train(await backend.compile(program, dataOf(network)), 3)),
  )
  expect(a).toStrictEqual(b)
  await mine.dispose()
  await expect(tfjsBackend({ tf, engine: 'registered', registered: 'nobodys' })).rejects.toThrow(/\[tfjs-nobodys\]/)
})
