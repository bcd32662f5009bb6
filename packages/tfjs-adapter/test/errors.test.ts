/** Errors say who, what and where; what is unsupported is refused by compile and never later. */
import { BackendError, type Executable, InputError, tensor, UnsupportedOpError } from '@isograd/core/backend'
import { Builder } from '@isograd/core/ir'
import { describe, expect, it } from 'vitest'
import { backendOn } from '../src/backend.js'
import { cpuDevice, type Device } from '../src/device/device.js'
import { openBackend, tf } from './backends.js'
import { dataOf, type Network, stepsOf, trainingProgram, weightsOf } from './network.js'

const network: Network = { widths: [4, 3], rows: 5, activation: 'relu' }
const program = trainingProgram(network)

async function caught(action: () => Promise<unknown>): Promise<Error> {
  try {
    await action()
  } catch (error) {
    if (error instanceof Error) return error
  }
  throw new Error('expected an error')
}

async function cpu(change: Partial<Device> = {}) {
  const { info } = await openBackend('tfjs-cpu')
  return backendOn({ ...cpuDevice(tf, 'cpu', tf.findBackend('cpu')), ...change }, 'tfjs-cpu', info)
}

function relu(shape: readonly number[], dtype: 'float32' | 'float64' = 'float32') {
  const b = new Builder('relu')
  return b.finish({ carry: {}, ys: { y: b.relu(b.xs('x', { dtype, shape })) } })
}

describe('compile', () => {
  it('refuses float64 and names a way out', async () => {
    const backend = await openBackend('tfjs-wasm')
    const error = await caught(() => backend.compile(relu([2], 'float64'), {}))
    expect(error).toBeInstanceOf(UnsupportedOpError)
    expect(error.message).toBe(
      '[tfjs-wasm] operation "input x" is not supported for float64: TensorFlow.js computes in float32 only; use another backend, such as onnx or reference',
    )
  })

  it('refuses float64 in the middle of a program', async () => {
    const b = new Builder('inner')
    const y = b.cast(b.exp(b.cast(b.xs('x', { dtype: 'float32', shape: [2] }), 'float64')), 'float32')
    const backend = await openBackend('tfjs-cpu')
    const error = await caught(() => backend.compile(b.finish({ carry: {}, ys: { y } }), {}))
    expect(error).toMatchObject({ name: 'UnsupportedOpError', op: 'cast', dtype: 'float64' })
  })

  it('refuses an operation whose kernel is missing', async () => {
    const backend = await cpu({ kernels: new Set(['Add']) })
    const error = await caught(() => backend.compile(relu([2]), {}))
    expect(error).toMatchObject({ name: 'UnsupportedOpError', op: 'relu' })
    expect(error.message).toContain('TensorFlow.js has no kernel Relu for cpu')
  })

  it('refuses more axes than XNNPACK takes, which would give what was in memory', async () => {
    const shape = [1, 1, 1, 1, 1, 1, 2]
    const error = await caught(async () => (await openBackend('tfjs-wasm')).compile(relu(shape), {}))
    expect(error.message).toBe('[tfjs-wasm] operation "relu" is not supported for float32: at most 6 axes, got 7')
    const onCpu = await (await openBackend('tfjs-cpu')).compile(relu(shape), {})
    const { ys } = await onCpu.scan({}, { x: tensor('float32', [1, ...shape], [-1, 3]) })
    expect(ys['y']?.data).toEqual(Float32Array.of(0, 3))
  })

  it('refuses constants that do not fit', async () => {
    const backend = await openBackend('tfjs-wasm')
    const constants = { ...dataOf(network), labels: tensor('uint8', [4], [0, 0, 0, 0]) }
    await expect(backend.compile(program, constants)).rejects.toThrow(
      '[tfjs-wasm] constant "labels": expected uint8[5], got uint8[4]',
    )
  })
})

async function compiled(): Promise<Executable> {
  return (await openBackend('tfjs-wasm')).compile(program, dataOf(network))
}

describe('scan', () => {
  it('names the node, the program and the step of a row that does not exist', async () => {
    const executable = await compiled()
    const xs = { ...stepsOf(network, 1, 2), rows: tensor('int32', [1, 2], [0, -1]) }
    const error = await caught(() => executable.scan(weightsOf(program), xs))
    expect(error).toBeInstanceOf(InputError)
    expect(error.message).toBe(
      '[tfjs-wasm] gatherRows "forward/gatherRows" of "training", step 0: expected rows in 0 .. 4, got -1',
    )
  })

  it('wraps what TensorFlow.js throws, and keeps it as the cause', async () => {
    const cause = new Error('no memory')
    const device = cpuDevice(tf, 'cpu', tf.findBackend('cpu'))
    const backend = await cpu({
      run: (kernel, ...rest) => {
        if (kernel === 'BatchMatMul') throw cause
        return device.run(kernel, ...rest)
      },
    })
    const executable = await backend.compile(program, dataOf(network))
    const error = await caught(() => executable.scan(weightsOf(program), stepsOf(network, 1, 2)))
    expect(error).toBeInstanceOf(BackendError)
    expect(error.message).toBe('[tfjs-cpu] matmul "forward/dense0/matmul" of "training", step 0: no memory')
    expect(error.cause).toBe(cause)
  })

  it('refuses inputs that do not fit, before it computes', async () => {
    const executable = await compiled()
    const { rate: _, ...xs } = stepsOf(network, 1, 2)
    await expect(executable.scan(weightsOf(program), xs)).rejects.toThrow('[tfjs-wasm] xs "rate" is missing')
  })

  it('refuses to run after dispose, of the executable and of the backend', async () => {
    const backend = await openBackend('tfjs-wasm')
    const [one, other] = [
      await backend.compile(program, dataOf(network)),
      await backend.compile(program, dataOf(network)),
    ]
    await one.dispose()
    const scan = (executable: Executable) => () => executable.scan(weightsOf(program), stepsOf(network, 1, 2))
    expect((await caught(scan(one))).message).toBe('[tfjs-wasm] scan of "training" after dispose')
    await scan(other)()
    await backend.dispose()
    await backend.dispose()
    expect(await caught(scan(other))).toBeInstanceOf(BackendError)
    expect(await caught(() => backend.compile(program, dataOf(network)))).toBeInstanceOf(BackendError)
  })
})
