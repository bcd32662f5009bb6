/** What a scan means: steps in order, any batch, the same bits however it is cut, and nothing left behind. */
import { type Executable, rows, type ScanResult, tensor, type TensorMap } from '@isograd/core/backend'
import { Builder, type Program, tap } from '@isograd/core/ir'
import { describe, expect, it } from 'vitest'
import { backendOn } from '../src/backend.js'
import { cpuDevice, type Device } from '../src/device/device.js'
import { wasmDevice } from '../src/wasm/device.js'
import { live, openBackend, tf, type Variant, variants } from './backends.js'
import { dataOf, type Network, stepsOf, trainingProgram, weightsOf } from './network.js'

// An inner dimension of 200 makes the products of wasm go both ways round.
const network: Network = { widths: [200, 30, 5], rows: 60, activation: 'relu' }
const program = trainingProgram(network)

async function compile(variant: Variant, of: Program = program): Promise<Executable> {
  return (await openBackend(variant)).compile(of, dataOf(network))
}

function cut(xs: TensorMap, start: number, stop: number): TensorMap {
  return Object.fromEntries(Object.entries(xs).map(([name, stacked]) => [name, rows(stacked, start, stop)]))
}

function joined(results: readonly ScanResult[], name: string): number[] {
  return results.flatMap(({ ys }) => Array.from(ys[name]?.data ?? []))
}

describe.each(variants)('%s', (variant) => {
  it('gives the same bits again, on the same executable and on another', async () => {
    const [one, other] = [await compile(variant), await compile(variant)]
    const [weights, xs] = [weightsOf(program), stepsOf(network, 6, 16)]
    const first = await one.scan(weights, xs)
    expect(await one.scan(weights, xs)).toEqual(first)
    expect(await other.scan(weights, xs)).toEqual(first)
  })

  it('gives the same bits in one scan and step by step', async () => {
    const executable = await compile(variant)
    const xs = stepsOf(network, 5, 16)
    const whole = await executable.scan(weightsOf(program), xs)
    const parts: ScanResult[] = []
    for (let i = 0; i < 5; i++) {
      parts.push(await executable.scan(parts.at(-1)?.carry ?? weightsOf(program), cut(xs, i, i + 1)))
    }
    expect(parts.at(-1)?.carry).toEqual(whole.carry)
    expect(joined(parts, 'loss')).toEqual(Array.from(whole.ys['loss']?.data ?? []))
  })

  it('takes batches of several sizes through one executable', async () => {
    const executable = await compile(variant)
    const large = await executable.scan(weightsOf(program), stepsOf(network, 2, 32))
    const small = await executable.scan(large.carry, stepsOf(network, 1, 7))
    const fresh = await (await compile(variant)).scan(large.carry, stepsOf(network, 1, 7))
    expect(small).toEqual(fresh)
    expect(await executable.scan(weightsOf(program), stepsOf(network, 2, 32))).toEqual(large)
  })

  it('leaves every result as it was when all nodes are tapped', async () => {
    const names = program.nodes.map(({ name }) => name)
    const tapped = await compile(variant, tap(program, names))
    const plain = await (await compile(variant)).scan(weightsOf(program), stepsOf(network, 3, 16))
    const { carry, ys } = await tapped.scan(weightsOf(program), stepsOf(network, 3, 16))
    expect(carry).toEqual(plain.carry)
    expect(ys['loss']).toEqual(plain.ys['loss'])
    expect(Object.keys(ys)).toHaveLength(names.length + 1)
  })

  it('neither writes to what it is given nor hands it back', async () => {
    const executable = await compile(variant)
    const [weights, xs] = [weightsOf(program), stepsOf(network, 2, 8)]
    const copies = structuredClone([weights, xs])
    const { carry } = await executable.scan(weights, xs)
    const none = await executable.scan(weights, cut(xs, 0, 0))
    for (const result of [carry, none.carry]) for (const { data } of Object.values(result)) data.fill(7)
    expect([weights, xs]).toEqual(copies)
  })

  it('carries one value twice, an untouched value, and a constant', async () => {
    const b = new Builder('carries')
    const [x, y, z] = (['x', 'y', 'z'] as const).map((name) => b.carry(name, { dtype: 'float32', shape: [2] }))
    const constant = b.constants('c', { dtype: 'float32', shape: [2] })
    const step = b.xs('step', { dtype: 'float32', shape: [] })
    if (x === undefined || y === undefined || z === undefined) throw new RangeError('three carries')
    const sum = b.add(x, step)
    const twice = b.finish({ carry: { x: sum, y: sum, z }, ys: { constant, sum } })
    const executable = await (await openBackend(variant)).compile(twice, { c: tensor('float32', [2], [8, 9]) })
    const before = live()
    const start = {
      x: tensor('float32', [2], [1, 2]),
      y: tensor('float32', [2], [0, 0]),
      z: tensor('float32', [2], [5, 6]),
    }
    const { carry, ys } = await executable.scan(start, { step: tensor('float32', [3], [1, 10, 100]) })
    expect(Object.values(carry).map(({ data }) => [...data])).toEqual([
      [112, 113],
      [112, 113],
      [5, 6],
    ])
    expect(ys['constant']?.data).toEqual(Float32Array.of(8, 9, 8, 9, 8, 9))
    expect(ys['sum']?.data).toEqual(Float32Array.of(2, 3, 12, 13, 112, 113))
    expect(live()).toEqual(before)
  })
})

describe.each(variants)('%s, tensors in TensorFlow.js', (variant) => {
  it('are as many after each scan as before it, and none is left after dispose', async () => {
    const backend = await openBackend(variant)
    const before = live()
    const executable = await backend.compile(program, dataOf(network))
    // The first scan uploads the scalars that are kept.
    await executable.scan(weightsOf(program), stepsOf(network, 1, 16))
    const settled = live()
    for (const steps of [1, 4, 9]) {
      await executable.scan(weightsOf(program), stepsOf(network, steps, 16))
      expect(live()).toEqual(settled)
    }
    await executable.dispose()
    await executable.dispose()
    expect(live()).toEqual(before)
  })

  it('are freed when a scan throws midway', async () => {
    const backend = await openBackend(variant)
    const before = live()
    const executable = await backend.compile(program, dataOf(network))
    await executable.scan(weightsOf(program), stepsOf(network, 1, 4))
    const settled = live()
    const xs = stepsOf(network, 4, 4)
    const bad = { ...xs, rows: tensor('int32', [4, 4], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, network.rows, 0, 0, 0, 0]) }
    await expect(executable.scan(weightsOf(program), bad)).rejects.toThrow(/step 2: expected rows in 0 \.\. 59, got 60/)
    expect(live()).toEqual(settled)
    await backend.dispose()
    expect(live()).toEqual(before)
  })
})

describe('memory', () => {
  it('holds a value only until its last use', async () => {
    const b = new Builder('chain')
    const x = b.xs('x', { dtype: 'float32', shape: [4] })
    let y = b.exp(x)
    for (let i = 0; i < 30; i++) y = b.tanh(b.neg(y))
    const { info } = await openBackend('tfjs-cpu')
    const device = cpuDevice(tf, 'cpu', tf.findBackend('cpu'))
    const before = live().cpu
    let most = 0
    const spy: Device = {
      ...device,
      run: (...call) => {
        const result = device.run(...call)
        most = Math.max(most, live().cpu - before)
        return result
      },
    }
    const executable = await backendOn(spy, 'spy', info).compile(b.finish({ carry: {}, ys: { y } }), {})
    await executable.scan({}, { x: tensor('float32', [1, 4], [1, 2, 3, 4]) })
    // The input of the operation that runs, and its result.
    expect(most).toBe(2)
  })

  it('may move: when the wasm heap grows, shapes are still written where kernels read them', async () => {
    const executable = await compile('tfjs-wasm')
    const expected = await executable.scan(weightsOf(program), stepsOf(network, 2, 16))
    const heap = tf.findBackend('wasm')
    const size = 2 ** 27
    const grown = [1, 2].map(() => heap.write(new Float32Array(size / 4), [size / 4], 'float32'))
    expect(await executable.scan(weightsOf(program), stepsOf(network, 2, 16))).toEqual(expected)
    for (const dataId of grown) heap.disposeData(dataId)
  })

  it.each(variants)('of what depends on the batch alone is not kept: %s', async (variant) => {
    const b = new Builder('ones')
    const x = b.xs('x', { dtype: 'float32', shape: ['batch'] })
    const ones = b.broadcastTo(b.constant(1, 'float32'), ['batch'])
    const sum = b.finish({ carry: {}, ys: { y: b.add(x, ones) } })
    const executable = await (await openBackend(variant)).compile(sum, {})
    for (const data of [[1, 2, 3], [4]]) {
      const { ys } = await executable.scan({}, { x: tensor('float32', [1, data.length], data) })
      expect(ys['y']?.data).toEqual(Float32Array.from(data, (value) => value + 1))
    }
  })
})

describe('a kernel that fails in the middle of a composition', () => {
  it.each([1, 2, 3, 5, 8, 13, 21, 34, 55])('leaves nothing behind: call %i', async (failing) => {
    const { info } = await openBackend('tfjs-wasm')
    const device = wasmDevice(tf, 'wasm', tf.findBackend('wasm'), '4.22.0')
    const before = live()
    let calls = 0
    const faulty: Device = {
      ...device,
      run: (kernel, ...rest) => {
        if (++calls === failing) throw new Error('out of luck')
        return device.run(kernel, ...rest)
      },
    }
    const backend = backendOn(faulty, 'faulty', info)
    const executable = await backend.compile(program, dataOf(network))
    await expect(executable.scan(weightsOf(program), stepsOf(network, 3, 4))).rejects.toThrow('out of luck')
    await backend.dispose()
    expect(live()).toEqual(before)
  })
})

describe('uploads', () => {
  it('are the batch and its labels as float32, never the data set, and the weights once', async () => {
    const { info } = await openBackend('tfjs-wasm')
    const device = wasmDevice(tf, 'wasm', tf.findBackend('wasm'), '4.22.0')
    const uploads: number[] = []
    const spy: Device = {
      ...device,
      upload: (data, ...rest) => {
        uploads.push(data.length)
        return device.upload(data, ...rest)
      },
    }
    const executable = await backendOn(spy, 'spy', info).compile(program, dataOf(network))
    await executable.scan(weightsOf(program), stepsOf(network, 1, 16))
    uploads.length = 0
    await executable.scan(weightsOf(program), stepsOf(network, 3, 16))
    const weights = [200 * 30, 30, 30 * 5, 5]
    // Pixels, one-hot labels, the size of the batch and the learning rate, three times.
    const step = [16 * 200, 16 * 5, 1, 1]
    const expected = [...weights, ...step, ...step, ...step]
    expect(uploads.toSorted((x, y) => x - y)).toEqual(expected.toSorted((x, y) => x - y))
  })
})
