/** A backend in a thread of its own is the same backend: bits, errors, ownership. */
import { referenceBackend, type Tensor, tensor, type TensorMap } from '@isograd/core'
import type { Backend, Executable } from '@isograd/core/backend'
import { runConformance } from '@isograd/core/conformance'
import { Builder, type Program } from '@isograd/core/ir'
import * as fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import type { LoadedBackend } from '../src/backends/load.js'
import { RemoteBackend } from '../src/backends/remote-backend.js'
import type { CarrierKind } from '../src/backends/remote-carriers.js'
import { packError, unpackError } from '../src/backends/remote-errors.js'
import { OwnConstants, shareConstants, transferable } from '../src/backends/remote-memory.js'
import { deliberateStatus } from '../src/errors/failure.js'
import { fixture } from './command.js'

const module = new URL('../dist/remote-host.js', import.meta.url)
const thread = { options: {}, kind: 'thread', module } as const
const backends: Backend[] = []

afterAll(async () => {
  await Promise.all(backends.map((backend) => backend.dispose()))
})

async function load(asked: string, kind: CarrierKind = 'thread'): Promise<LoadedBackend> {
  const { loaded } = await RemoteBackend.load(asked, { options: {}, kind, module })
  if (!loaded.ok) throw new Error(`${asked}: ${loaded.reason}`)
  backends.push(loaded.backend)
  return loaded
}

async function variant(name: string): Promise<Backend> {
  return (await load(`${fixture('thread-adapter')}#${name}`)).backend
}

/** total <- total + sum(x w), y = x w + total. */
function program(): Program {
  const b = new Builder('sums')
  const w = b.constants('w', { dtype: 'float32', shape: [2, 2] })
  const total = b.carry('total', { dtype: 'float32', shape: [] })
  const y = b.matmul(b.xs('x', { dtype: 'float32', shape: [1, 2] }), w)
  return b.finish({ carry: { total: b.add(total, b.reduceSum(y)) }, ys: { y: b.add(y, total), z: y } })
}

const constants: TensorMap = { w: tensor('float32', [2, 2], [1, -2, 3, 4]) }

function carryOf(value = 0): TensorMap {
  return { total: tensor('float32', [], [value]) }
}

function xsOf(values: readonly number[]): TensorMap {
  return { x: tensor('float32', [values.length / 2, 1, 2], values) }
}

async function compiled(backend: Backend): Promise<Executable> {
  return backend.compile(program(), constants)
}

describe('a backend in a thread', () => {
  it('passes every conformance case that it passes in this one', async () => {
    const { backend } = await load('reference')
    const { results } = await runConformance(backend)
    expect(results.filter(({ status }) => status === 'failed')).toEqual([])
    expect(results.length).toBeGreaterThan(100)
  }, 120_000)

  it('computes the same bits, whatever the numbers', async () => {
    const there = await compiled((await load('reference')).backend)
    const here = await compiled(referenceBackend())
    const values = fc.array(fc.float(), { minLength: 0, maxLength: 20 }).map((list) => [...list, ...list])
    await fc.assert(
      fc.asyncProperty(fc.float(), values, async (start, list) => {
        const results = await Promise.all([there, here].map((each) => each.scan(carryOf(start), xsOf(list))))
        expect(results[0]).toStrictEqual(results[1])
      }),
      { numRuns: 50 },
    )
  })

  it('leaves carry and xs to the caller, and what it returns as well', async () => {
    const executable = await compiled((await load('reference')).backend)
    const [carry, xs] = [carryOf(1), xsOf([1, 1, 2, 0])]
    const first = await executable.scan(carry, xs)
    expect([carry['total']?.data, xs['x']?.data]).toEqual([new Float32Array([1]), new Float32Array([1, 1, 2, 0])])
    first.ys['y']?.data.fill(0)
    first.carry['total']?.data.fill(0)
    expect((await executable.scan(carry, xs)).carry['total']?.data).toEqual(new Float32Array([1 + 6 - 2]))
  })

  it('keeps apart what one scan returns and what the next is given', async () => {
    const executable = await compiled(await variant('echoes'))
    const results: TensorMap[] = []
    for (const value of [1, 2, 3]) {
      // oxlint-disable-next-line no-await-in-loop -- the memory of a scan is used again by the next
      results.push((await executable.scan(carryOf(value), xsOf([1, 1]))).carry)
    }
    expect(results.map(({ total }) => total?.data[0])).toEqual([1, 2, 3])
  })

  it('takes results that are views on memory that has more in it', async () => {
    const [views, plain] = await Promise.all([variant('views'), load('reference')])
    const [a, b] = await Promise.all(
      [views, plain.backend].map(async (each) => (await compiled(each)).scan(carryOf(2), xsOf([1, 1, -1, 0]))),
    )
    expect(a).toStrictEqual(b)
    expect(a?.ys['y']?.data.buffer.byteLength).toBe(2 * 2 * 4)
  })

  it('never gets shared memory, which native code may refuse', async () => {
    const executable = await compiled(await variant('healthy'))
    const { carry } = await executable.scan(carryOf(), xsOf([1, 1]))
    expect(carry['total']?.data[0]).toBe(6)
  })

  it('tells the package and its version, and what it is made of', async () => {
    const { backend, packageName, packageVersion } = await load(`${fixture('thread-adapter')}#healthy`)
    expect([backend.name, packageName, packageVersion]).toEqual(['thread-healthy', 'thread-adapter', '1.0.0'])
    expect(backend.info).toMatchObject({ device: 'cpu', threads: 1 })
  })

  it('that is not to be had says why, as in this thread', async () => {
    const { loaded, remote } = await RemoteBackend.load(`${fixture('fake-adapter')}#absent`, thread)
    expect(loaded).toMatchObject({ ok: false, reason: 'the moon is not full', cure: 'wait for it' })
    expect(remote.alive).toBe(false)
    await expect(RemoteBackend.load('onxx', thread)).rejects.toMatchObject({
      name: 'InputError',
      message: expect.stringMatching(/^\[isograd\] unknown backend "onxx"; did you mean "onnx"\?/),
    })
  })
})

describe('errors of another thread', () => {
  it.each([
    [
      'unsupported',
      'UnsupportedOpError',
      '[thread-unsupported] operation "matmul" is not supported for float64: no such kernel',
      3,
    ],
    ['input', 'InputError', '[thread-input] carry "w" is missing', 2],
    ['derived', 'InputError', '[thread-derived] too cold', 2],
    ['program', 'ProgramError', '[thread-program] a rule is broken', undefined],
    ['untyped', 'BackendError', '[thread-untyped] scan failed: out of range', 3],
  ])('%s is a %s with its message', async (name, kind, message, status) => {
    const executable = await compiled(await variant(name))
    const error: unknown = await executable.scan(carryOf(), xsOf([1, 1])).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({ name: kind, message })
    expect(deliberateStatus(error)).toBe(status)
  })

  it('keep what only some of them have', async () => {
    const executable = await compiled(await variant('unsupported'))
    const fields = { op: 'matmul', dtype: 'float64', source: 'thread-unsupported' }
    await expect(executable.scan(carryOf(), xsOf([1, 1]))).rejects.toMatchObject(fields)
  })

  it('survive what is no error at all', () => {
    for (const thrown of ['text', undefined, 7]) {
      expect(unpackError(structuredClone(packError(thrown))).message).toBe(String(thrown))
    }
  })

  it('say who failed when the thread ends, once and for all', async () => {
    const backend = await variant('exits')
    const b = new Builder('any/train')
    const total = b.carry('total', { dtype: 'float32', shape: [] })
    const x = b.xs('x', { dtype: 'float32', shape: [] })
    const executable = await backend.compile(b.finish({ carry: { total: b.add(total, x) }, ys: {} }), {})
    const scan = (): Promise<unknown> => executable.scan(carryOf(), { x: tensor('float32', [1], [1]) })
    for (const call of [scan, scan]) {
      // oxlint-disable-next-line no-await-in-loop -- the second call comes after the end
      await expect(call()).rejects.toMatchObject({
        name: 'BackendError',
        message: expect.stringMatching(
          /its thread has ended: it ended with status 7; --jobs 1 runs it in the main thread$/,
        ),
      })
    }
    await expect(executable.dispose()).resolves.toBeUndefined()
    // What was lost is started again by the next program.
    const { carry } = await (await compiled(backend)).scan(carryOf(), xsOf([1, 1]))
    expect(carry['total']?.data[0]).toBe(6)
    await expect(backend.dispose()).resolves.toBeUndefined()
  })

  it.each([
    ['functions', 'scan of "sums": carry "total": expected float32[], got nothing'],
    ['nothing', 'scan of "sums": expected { carry, ys }, got undefined'],
    ['hollow', 'scan of "sums": carry "total": expected float32[], got null'],
  ])('say what is no answer to a scan: %s', async (name, fault) => {
    const executable = await compiled(await variant(name))
    await expect(executable.scan(carryOf(), xsOf([1, 1]))).rejects.toMatchObject({
      name: 'AnswerError',
      message: expect.stringContaining(fault),
    })
  })

  it('say what is no executable', async () => {
    await expect(compiled(await variant('no-executable'))).rejects.toMatchObject({
      name: 'BackendError',
      message: expect.stringContaining('compile of "sums": expected an executable, got undefined'),
    })
  })

  it('come of a use after dispose', async () => {
    const { backend } = await load('reference')
    const executable = await compiled(backend)
    await executable.dispose()
    await expect(executable.scan(carryOf(), xsOf([1, 1]))).rejects.toThrow(/after dispose/)
    await backend.dispose()
    await expect(compiled(backend)).rejects.toThrow(/used after dispose/)
    await expect(backend.dispose()).resolves.toBeUndefined()
  })
})

async function inProcess(name: string, note?: (text: string) => void): Promise<Executable> {
  const wish = { options: {}, kind: 'process' as const, module, ...(note && { note }) }
  const { loaded } = await RemoteBackend.load(`${fixture('thread-adapter')}#${name}`, wish)
  if (!loaded.ok) throw new Error(loaded.reason)
  backends.push(loaded.backend)
  return compiled(loaded.backend)
}

describe('a backend in a process of its own', () => {
  it('that closes the channel to the command is not taken for one that memory ran out for', async () => {
    const executable = await inProcess('disconnects')
    await expect(executable.scan(carryOf(), xsOf([1, 1]))).rejects.toThrow(
      '[thread-disconnects] its process has closed the channel to the command, as process.disconnect() does (in scan of "sums")',
    )
  })

  it('that prints a line without an end is told of in parts, none of which is kept', async () => {
    const parts: string[] = []
    const executable = await inProcess('endless-line', (text) => parts.push(text))
    await executable.scan(carryOf(), xsOf([1, 1]))
    await expect.poll(() => parts.join('').replace(/[^x]/g, '').length).toBeGreaterThan((3 << 20) - 65_536)
    expect(Math.max(...parts.map(({ length }) => length))).toBeLessThan(200_000)
  })
})

describe('memory between threads', () => {
  const bytes: Tensor = { dtype: 'uint8', shape: [4], data: new Uint8Array([0, 1, 2, 3, 4, 5]).subarray(1, 5) }

  it('has a data set once, however often and in whichever parts it is used', () => {
    const shared = [bytes, bytes, { ...bytes, shape: [2], data: bytes.data.subarray(2) } as Tensor].map(
      (each) => shareConstants({ each })['each'],
    )
    expect(new Set(shared.map((each) => each?.buffer)).size).toBe(1)
    expect(new Set(shared.map((each) => each?.memory)).size).toBe(1)
    expect(shared.map((each) => [each?.byteOffset, each?.length])).toEqual([
      [1, 4],
      [1, 4],
      [3, 2],
    ])
  })

  it('is taken as it is where it is shared already', () => {
    const data = new Uint8Array(new SharedArrayBuffer(4))
    expect(shareConstants({ a: { dtype: 'uint8', shape: [4], data } })['a']?.buffer).toBe(data.buffer)
  })

  it('is copied once in a thread, to the bit', () => {
    const own = new OwnConstants()
    const doubles = tensor('float64', [3], [Number.NaN, -0, 1 / 3])
    const [a, b] = [own.of(shareConstants({ doubles, bytes })), own.of(shareConstants({ doubles, bytes }))]
    expect(a).toStrictEqual({ doubles, bytes: tensor('uint8', [4], [1, 2, 3, 4]) })
    expect(a['bytes']?.data).toBe(b['bytes']?.data)
    expect(a['bytes']?.data.buffer).toBeInstanceOf(ArrayBuffer)
  })

  it('changes hands only where a tensor has it for itself', () => {
    const whole = tensor('float32', [2], new Float32Array([1, 2]))
    const { tensors, transfer } = transferable({ whole, again: whole, part: bytes })
    expect(transfer).toContain(whole.data.buffer)
    expect(transfer).not.toContain(bytes.data.buffer)
    expect(tensors['part']?.data).toEqual(new Uint8Array([1, 2, 3, 4]))
    expect(structuredClone(tensors, { transfer: [...transfer] })['again']).toStrictEqual(tensor('float32', [2], [1, 2]))
    expect([whole.data.length, bytes.data.length]).toEqual([0, 4])
  })
})
