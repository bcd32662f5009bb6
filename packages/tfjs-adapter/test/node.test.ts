/**
 * tfjs-node on the real library, where that can be had: what it says of itself, what it leaves, what it repeats. What is
 * asked of a native module is tried on one that only counts.
 */
import type { Executable, ScanResult } from '@isograd/core/backend'
import { describe, expect, it } from 'vitest'
import { backendOn } from '../src/backend.js'
import { isogradAdapter } from '../src/index.js'
import { type Binding, bindingOf } from '../src/node/binding.js'
import { nodeDevice } from '../src/node/device.js'
import { node, openBackend } from './backends.js'
import { dataOf, type Network, stepsOf, trainingProgram, weightsOf } from './network.js'

const network: Network = { widths: [60, 20, 10], rows: 100, activation: 'relu' }
const program = trainingProgram(network)
if (!node.ok) console.warn(`tfjs-node is not tested here: ${node.reason}`)

function train(executable: Executable, steps: number): Promise<ScanResult> {
  return executable.scan(weightsOf(program), stepsOf(network, steps, 64))
}

/** The native module. */
function library() {
  if (!node.ok) throw new Error(node.reason)
  return bindingOf(node.options.tf.findBackend('tensorflow'))
}

/** A native module whose tensors are numbers alone: it refuses those that are not there. */
function countingModule(): Binding {
  const live = new Set<number>()
  let next = 0
  const made = (): number => live.add(next++) && next - 1
  const require = (id: number): void => {
    if (!live.has(id)) throw new Error(`there is no tensor ${id}`)
  }
  return {
    TF_Version: '0',
    TF_FLOAT: 1,
    TF_INT32: 3,
    TF_BOOL: 10,
    TF_ATTR_BOOL: 4,
    TF_ATTR_INT: 2,
    TF_ATTR_TYPE: 5,
    createTensor: made,
    deleteTensor: (id) => {
      require(id)
      live.delete(id)
    },
    getNumOfTensors: () => live.size,
    tensorDataSync: () => new Float32Array(0),
    executeOp: (_, __, inputs) => {
      for (const id of inputs) require(id)
      return [{ id: made(), shape: [1], dtype: 1 }]
    },
  }
}

describe('the way to a native module', () => {
  it('keeps no more axes, shapes and the like than some thousands, and none that a call still needs', () => {
    const counting = countingModule()
    const device = nodeDevice('tensorflow', counting)
    const x = device.upload(Float32Array.of(1), [1], 'float32')
    for (let i = 0; i < 20_000; i++) device.free(device.run('Slice', { x }, { begin: [i], size: [-i] }))
    expect(counting.getNumOfTensors()).toBeLessThan(5000)
    expect(device.memory()).toEqual({ bytes: 4, tensors: 1 })
  })

  it('tells 0 from -0 among the numbers that it keeps', () => {
    const counting = countingModule()
    const device = nodeDevice('tensorflow', counting)
    for (const value of [0, -0, 0, -0]) device.free(device.run('Fill', {}, { shape: [2], value, dtype: 'float32' }))
    // The shape, and a scalar of each.
    expect(counting.getNumOfTensors()).toBe(3)
  })
})

describe.skipIf(!node.ok)('tfjs-node', () => {
  it('says which TensorFlow computes, with how many threads, and whether oneDNN does', async () => {
    const { info } = await openBackend('tfjs-node')
    expect(info.versions['tensorflow']).toBe(library().TF_Version)
    expect(info.versions['tensorflow']).toMatch(/^2\.\d+/)
    expect([info.threads, process.env['TF_NUM_INTRAOP_THREADS']]).toEqual([1, '1'])
    expect(typeof info.options['oneDNN']).toBe('boolean')
  })

  it('takes another number of threads in this process no more, and says so', async () => {
    expect(await isogradAdapter.create('tfjs-node', { threads: 1 })).toMatchObject({ ok: true })
    expect(await isogradAdapter.create('tfjs-node', { threads: 3 })).toMatchObject({
      ok: false,
      reason: 'TensorFlow is loaded in this process with 1 thread, and takes 3 only in another',
    })
  })

  it('gives the same bits again, at once and step by step', async () => {
    const backend = await openBackend('tfjs-node')
    const executable = await backend.compile(program, dataOf(network))
    const whole = await train(executable, 12)
    expect(await train(executable, 12)).toEqual(whole)
    await backend.dispose()
  })

  it('leaves no tensor after thousands of steps', async () => {
    const device = nodeDevice('tensorflow', library())
    const { info } = await openBackend('tfjs-node')
    const executable = await backendOn(device, 'tfjs-node', info).compile(program, dataOf(network))
    await train(executable, 1)
    const [before, inLibrary] = [device.memory(), library().getNumOfTensors()]
    await train(executable, 3000)
    expect(device.memory()).toEqual(before)
    expect(library().getNumOfTensors()).toBe(inLibrary)
    await executable.dispose()
    expect(device.memory()).toEqual({ bytes: 0, tensors: 0 })
  })
})
