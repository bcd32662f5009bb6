/** What TensorFlow.js cannot differentiate is refused by compile; what fails in a step leaves nothing behind. */
import { tensor } from '@isograd/core/backend'
import { Builder, gradient, type Program } from '@isograd/core/ir'
import type { Tensor, TensorLike } from '@tensorflow/tfjs'
import { describe, expect, it } from 'vitest'
import { Autograd } from '../src/autograd/autograd.js'
import { backendOn } from '../src/backend.js'
import { cpuDevice } from '../src/device/device.js'
import { live, openBackend, tf } from './backends.js'
import { dataOf, type Network, stepsOf, trainingProgram, weightsOf } from './network.js'
import { first, numbers, run } from './autograd-run.js'

function embedding(): Program {
  const b = new Builder('embedding', 'forward')
  const table = b.carry('table', { dtype: 'float32', shape: [3, 2] })
  const picked = b.gatherRows(table, b.xs('rows', { dtype: 'int32', shape: ['batch'] }))
  const loss = b.reduceSum(b.mul(picked, picked))
  return b.finish({ carry: { table }, ys: { loss, byTable: first(gradient(b, loss, [table])) } })
}

describe('rows by number', () => {
  const table = tensor('float32', [3, 2], [1, 2, 3, 4, 5, 6])

  it('are differentiated where TensorFlow.js can: twice the row for each time it was picked', async () => {
    const xs = { rows: tensor('int32', [1, 3], [2, 0, 2]) }
    const { ys } = await run('tfjs-cpu:autograd', embedding(), { carry: { table }, xs })
    expect(numbers(ys)).toEqual({ loss: [127], byTable: [2, 4, 0, 0, 20, 24] })
  })

  it('are refused by compile where it cannot', async () => {
    const backend = await openBackend('tfjs-wasm:autograd')
    await expect(backend.compile(embedding(), {})).rejects.toMatchObject({
      name: 'UnsupportedOpError',
      op: 'gatherRows',
      message:
        '[tfjs-wasm:autograd] operation "gatherRows" is not supported for float32: TensorFlow.js differentiates it with a kernel UnsortedSegmentSum, which wasm has not',
    })
    await backend.dispose()
  })

  it('that do not exist are an error, after which nothing is left of the tape', async () => {
    const backend = await openBackend('tfjs-cpu:autograd')
    const executable = await backend.compile(embedding(), {})
    const before = live()
    const xs = { rows: tensor('int32', [2, 2], [1, 2, 0, 3]) }
    await expect(executable.scan({ table }, xs)).rejects.toThrow(
      '[tfjs-cpu:autograd] gradients of "forward/reduceSum" of "embedding", step 1: expected rows in 0 .. 2, got 3',
    )
    expect(live()).toEqual(before)
    await backend.dispose()
  })
})

const forward: typeof tf.sigmoid = () => {
  throw new Error('no sigmoid today')
}
const backward: typeof tf.sigmoid = <T extends Tensor>(x: T | TensorLike) =>
  tf.customGrad((y) => ({ value: tf.sigmoid(y as Tensor), gradFunc: () => forward(y as Tensor) }))(x as T) as T

describe('an operation that fails', () => {
  const network: Network = { widths: [6, 5, 3], rows: 9, activation: 'sigmoid' }
  const program = trainingProgram(network)

  it.each([
    ['on the way forward', 'wasm', forward],
    ['on the way back', 'wasm', backward],
    ['on the way forward', 'cpu', forward],
    ['on the way back', 'cpu', backward],
  ])('%s on %s leaves nothing behind', async (_, engine, sigmoid) => {
    const { info } = await openBackend(engine === 'wasm' ? 'tfjs-wasm' : 'tfjs-cpu')
    const kernels = tf.findBackend(engine)
    const tape = new Autograd({ ...tf, sigmoid }, cpuDevice(tf, engine, kernels), kernels)
    const before = live()
    const backend = backendOn(tape.device, 'failing', info, 50, tape)
    const executable = await backend.compile(program, dataOf(network))
    const train = () => executable.scan(weightsOf(program), stepsOf(network, 1, 4))
    await expect(train()).rejects.toThrow('[failing] gradients of "loss/div" of "training", step 0: no sigmoid today')
    const settled = live()
    await expect(train()).rejects.toThrow('no sigmoid today')
    expect(live()).toEqual(settled)
    await backend.dispose()
    expect(live()).toEqual(before)
  })
})
