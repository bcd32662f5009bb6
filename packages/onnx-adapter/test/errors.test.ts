/** What is refused, when, and in which words. */
import { BackendError, InputError, tensor, UnsupportedOpError } from '@isograd/core/backend'
import { Builder, type Program } from '@isograd/core/ir'
import * as ort from 'onnxruntime-node'
import { afterAll, describe, expect, it } from 'vitest'
import { onnxBackend, type OrtModule } from '../src/index.js'

const backend = onnxBackend({ ort })
afterAll(() => backend.dispose())

/** Rows 10, 20, 30 by number: straight from xs, or computed from a carried offset. */
function gathering(from: 'xs' | 'carry'): Program {
  const b = new Builder('gathering')
  const table = b.constants('table', { dtype: 'float32', shape: [3] })
  const picked = b.xs('picked', { dtype: 'int32', shape: ['batch'] })
  const offset = b.carry('offset', { dtype: 'int32', shape: [1] })
  return b.finish({ carry: { offset }, ys: { y: b.gatherRows(table, from === 'xs' ? picked : offset), picked } })
}

const table = tensor('float32', [3], [10, 20, 30])
const zero = { offset: tensor('int32', [1], [0]) }

describe('a row number', () => {
  it.each([3, -1, -4, 2_147_483_647])('of %i in xs is refused before the run', async (row) => {
    const executable = await backend.compile(gathering('xs'), { table })
    const scan = executable.scan(zero, { picked: tensor('int32', [2, 1], [1, row]) })
    await expect(scan).rejects.toThrow(new InputError('onnx', `xs "picked": row ${row} is outside 0 .. 2`))
  })

  it.each([3, -1, -4, 2_147_483_647])('of %i that is carried is refused by the graph', async (row) => {
    const executable = await backend.compile(gathering('carry'), { table })
    const scan = executable.scan({ offset: tensor('int32', [1], [row]) }, { picked: tensor('int32', [1, 1], [0]) })
    await expect(scan).rejects.toThrow(BackendError)
    await expect(scan).rejects.toThrow(/^\[onnx\] scan of "gathering" failed: .*out of data bounds/s)
    const after = await executable.scan(zero, { picked: tensor('int32', [1, 1], [0]) })
    expect(after.ys['y']).toEqual(tensor('float32', [1, 1], [10]))
  })

  it('among the constants is refused when they are bound', async () => {
    const b = new Builder('fixed rows')
    const [source, fixed] = [
      b.carry('source', { dtype: 'float32', shape: [3] }),
      b.constants('fixed', { dtype: 'int32', shape: [2] }),
    ]
    const program = b.finish({
      carry: { source },
      ys: { y: b.gatherRows(source, fixed), x: b.xs('x', { dtype: 'int32', shape: [] }) },
    })
    const compiled = backend.compile(program, { fixed: tensor('int32', [2], [0, 3]) })
    await expect(compiled).rejects.toThrow('[onnx] constants "fixed": row 3 is outside 0 .. 2')
  })
})

describe('life', () => {
  it('ends with dispose, which may be called twice', async () => {
    const own = onnxBackend({ ort })
    const [one, other] = [await own.compile(gathering('xs'), { table }), await own.compile(gathering('xs'), { table })]
    await one.dispose()
    await one.dispose()
    const xs = { picked: tensor('int32', [1, 1], [2]) }
    await expect(one.scan(zero, xs)).rejects.toThrow('[onnx] scan of "gathering" after dispose')
    expect((await other.scan(zero, xs)).ys['y']).toEqual(tensor('float32', [1, 1], [30]))
    await own.dispose()
    await own.dispose()
    await expect(other.scan(zero, xs)).rejects.toThrow(BackendError)
    await expect(own.compile(gathering('xs'), { table })).rejects.toThrow('[onnx] compile of "gathering" after dispose')
  })
})

/** ONNX Runtime that refuses every model with a message. */
function refusing(message: string): OrtModule {
  const create = (): Promise<never> => Promise.reject(new Error(message))
  return { ...ort, InferenceSession: { ...ort.InferenceSession, create } }
}

describe('compile', () => {
  it('names the operation and the dtype that have no kernel', async () => {
    const program = gathering('xs')
    const [node] = program.nodes
    const text = `Could not find an implementation for Gather(13) node with name '%${node?.id} forward/gatherRows#2'`
    const compiled = onnxBackend({ ort: refusing(text) }).compile(program, { table })
    await expect(compiled).rejects.toThrow(new UnsupportedOpError('onnx', 'gatherRows', 'float32', text))
  })

  it('keeps the cause of any other refusal', async () => {
    const compiled = onnxBackend({ ort: refusing('no memory') }).compile(gathering('xs'), { table })
    await expect(compiled).rejects.toThrow('[onnx] compile of "gathering" failed: no memory')
    await expect(compiled).rejects.toHaveProperty('cause.message', 'no memory')
  })

  it.each([0, 1.5, -1, Number.NaN])('is not reached with %d threads', (threads) => {
    expect(() => onnxBackend({ ort, threads })).toThrow(InputError)
  })
})
