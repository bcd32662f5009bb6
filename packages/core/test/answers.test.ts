/** The answers of a backend are checked once, for runs, checks and conformance cases alike. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Backend, backendFault, nameFault, holdToContract, type ScanResult, tensor } from '../src/backend/index.js'
import { Builder } from '../src/ir/index.js'
import { referenceBackend } from '../src/reference/backend.js'

/** total <- total + sum(x), y = 2 x. */
function program() {
  const b = new Builder('small/train')
  const total = b.carry('total', { dtype: 'float32', shape: [] })
  const x = b.xs('x', { dtype: 'float32', shape: ['batch', 2] })
  return b.finish({ carry: { total: b.add(total, b.reduceSum(x)) }, ys: { y: b.add(x, x) } })
}

const inputs = [{ total: tensor('float32', [], [1]) }, { x: tensor('float32', [3, 1, 2], [1, 2, 3, 4, 5, 6]) }] as const

function changed(change: (result: ScanResult) => unknown): Backend {
  const healthy = referenceBackend()
  return {
    ...healthy,
    name: 'odd',
    compile: async (given, constants) => {
      const inside = await healthy.compile(given, constants)
      return { ...inside, scan: async (carry, xs) => change(await inside.scan(carry, xs)) as ScanResult }
    },
  }
}

async function messageOf(backend: Backend): Promise<string> {
  const executable = await holdToContract(backend).compile(program(), {})
  return executable.scan(...inputs).then(
    () => 'nothing',
    (error: Error) => `${error.name} ${error.message}`,
  )
}

const throwing = (thrown: unknown) => (): never => {
  throw thrown
}

const notExecutable = async (): Promise<never> => ({ scan: 1 }) as never

const y = (data: unknown, shape: unknown = [3, 1, 2], dtype: unknown = 'float32') => ({
  carry: inputs[0],
  ys: { y: { dtype, shape, data } },
})
const six = [2, 4, 6, 8, 10, 12]

describe('what a scan returns', () => {
  it('passes untouched where it is right', async () => {
    const executable = await holdToContract(changed((result) => result)).compile(program(), {})
    const { carry, ys } = await executable.scan(...inputs)
    expect([carry['total']?.data, ys['y']?.data]).toEqual([new Float32Array([22]), new Float32Array(six)])
  })

  it.each([
    [() => undefined, 'expected { carry, ys }, got undefined'],
    [() => ({ carry: inputs[0] }), 'ys: expected tensors by name, got undefined'],
    [() => ({ carry: {}, ys: {} }), 'carry "total": expected float32[], got nothing'],
    [() => y(new Float32Array(six), [6]), 'ys "y": expected float32[3,1,2], got float32[6]'],
    [() => y(new Float64Array(six), [3, 1, 2], 'float64'), 'ys "y": expected float32[3,1,2], got float64[3,1,2]'],
    [
      () => y(new Float64Array(six)),
      'ys "y": expected float32[3,1,2] in a Float32Array of 6, got float32[3,1,2] in a Float64Array of 6',
    ],
    [() => y(six), 'ys "y": expected float32[3,1,2] in a Float32Array of 6, got float32[3,1,2] in a list'],
    [
      () => y(new Float32Array(5)),
      'ys "y": expected float32[3,1,2] in a Float32Array of 6, got float32[3,1,2] in a Float32Array of 5',
    ],
    [
      (result: ScanResult) => ({ ...result, ys: { ...result.ys, z: inputs[0].total } }),
      'ys "z" is not an output of the program',
    ],
  ])('is told of where it is not, %#', async (change, message) => {
    expect(await messageOf(changed(change))).toBe(`AnswerError [odd] scan of "small/train": ${message}`)
  })

  it('is the fault of the backend, whatever it throws', async () => {
    expect(await messageOf(changed(throwing(new TypeError('no\u001b device'))))).toBe(
      'BackendError [odd] no\\u001b device',
    )
    const { InputError } = await import('../src/errors.js')
    expect(await messageOf(changed(throwing(new InputError('odd', 'carry is missing'))))).toBe(
      'BackendError [odd] carry is missing',
    )
  })
})

describe('what create and compile answer', () => {
  it('has a name that can stand in a path and in a table', () => {
    const expected = 'expected a name of 1 to 64 letters, digits, ".", "_", ":" or "-", got'
    for (const name of ['onnx', 'tfjs-wasm:autograd', 'a.b_C-9', 'n'.repeat(64)]) {
      expect(nameFault(name)).toBeUndefined()
    }
    expect(nameFault('n'.repeat(300))).toBe(`${expected} 300 letters`)
    expect(nameFault('a/b\n')).toBe(`${expected} "a/b\\n"`)
    expect(nameFault('')).toBe(`${expected} ""`)
    expect(nameFault(undefined)).toBe(`${expected} undefined`)
  })

  it('is told of by its field', () => {
    const { info } = referenceBackend()
    const backend = { info, compile: () => {}, dispose: () => {} }
    expect(backendFault(backend)).toBeUndefined()
    expect(backendFault({ ...backend, dispose: undefined })).toBe('dispose: expected a function, got undefined')
    expect(backendFault({ ...backend, info: { ...info, threads: 0 } })).toBe(
      'info.threads: expected a whole number from 1, got 0',
    )
    expect(backendFault({ ...backend, info: { ...info, dtypes: ['float32', 'complex128'] } })).toBe(
      'info.dtypes: expected some of float32, float64, int32, uint8, bool, got "float32, complex128"',
    )
    expect(backendFault({ ...backend, info: { ...info, precision: 'int8' } })).toBe(
      'info.precision: expected tf32, bfloat16, float16, float32, or nothing, got "int8"',
    )
    expect(backendFault({ ...backend, info: { ...info, note: 'x' } })).toBe(
      'info.note: expected no such field; what else can be said stands in info.options',
    )
    expect(backendFault({ ...backend, info: { ...info, options: { f: () => 1 } } })).toMatch(/^info\.options: expected/)
  })

  it('never makes the check itself fail', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        expect(backendFault(value)).toEqual(expect.any(String))
      }),
    )
  })

  it('is an executable', async () => {
    await expect(
      holdToContract({ ...referenceBackend(), name: 'odd', compile: notExecutable }).compile(program(), {}),
    ).rejects.toThrow('[odd] compile of "small/train": scan: expected a function, got 1')
  })
})
