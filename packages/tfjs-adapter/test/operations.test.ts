/** Every operation on every way to run, against the float64 evaluation that defines it. */
import { referenceBackend } from '@isograd/core'
import type { Backend, Tensor, TensorMap } from '@isograd/core/backend'
import { type OpName, opNames } from '@isograd/core/ir'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backendOn } from '../src/backend.js'
import { cpuDevice, type Device } from '../src/device/device.js'
import { lowerings } from '../src/lowerings/index.js'
import { openBackend, tf, variants } from './backends.js'
import { float32, of1, type OperationCase, type Tolerance } from './cases/case.js'
import { inputsOf, operationCases, programOf } from './cases/index.js'

async function run(backend: Backend, op: OpName, one: OperationCase, inputs = inputsOf(one)): Promise<TensorMap> {
  const executable = await backend.compile(programOf(op, one), {})
  const { ys } = await executable.scan({}, inputs)
  await executable.dispose()
  return ys
}

/** Elements that are out, as text; NaN is only NaN, and infinities agree in sign. */
function deviations(got: Tensor | undefined, want: Tensor | undefined, tolerance: Tolerance, scale?: Tensor): string[] {
  const { relative, absolute = 0 } = tolerance
  return Array.from(want?.data ?? [], (expected, i) => {
    const actual = got?.data[i] ?? -0.123
    const allowed = relative * Math.abs(scale?.data[i] ?? expected) + absolute
    const isClose = Number.isFinite(expected) ? Math.abs(actual - expected) <= allowed : Object.is(actual, expected)
    return isClose ? '' : `[${i}]: expected ${expected}, got ${actual}`
  }).filter((text) => text !== '')
}

/** The least float32 that is not subnormal. */
const LEAST_NORMAL = 2 ** -126

/** A case as TensorFlow takes it: subnormal numbers are zero, operands and results alike. */
function flushed(one: OperationCase, inputs: TensorMap): readonly [TensorMap, Tolerance] {
  const { relative, absolute = 0 } = one.tolerance
  for (const { data } of Object.values(inputs)) {
    if (data instanceof Float32Array) data.set(data.map((x) => (Math.abs(x) < LEAST_NORMAL ? 0 : x)))
  }
  return [inputs, { relative, absolute: absolute + LEAST_NORMAL }]
}

/** Position of the largest of a row with NaN: no backend has to give what another does. */
const undefinedInTensorFlow = 'argMax: NaN'

const everyCase = opNames.flatMap((op) => operationCases[op].map((one) => [`${op}: ${one.name}`, op, one] as const))

describe.each(variants)('%s', (variant) => {
  let backend: Backend
  beforeAll(async () => {
    backend = await openBackend(variant)
  })
  afterAll(() => backend.dispose())

  const isFlushing = variant === 'tfjs-node'
  const cases = everyCase.filter(([name]) => !isFlushing || name !== undefinedInTensorFlow)

  it.each(cases)('%s', async (_, op, one) => {
    const [inputs, tolerance] = isFlushing ? flushed(one, inputsOf(one)) : [inputsOf(one), one.tolerance]
    const [got, want] = [await run(backend, op, one, inputs), await run(referenceBackend(), op, one, inputs)]
    expect(got['y']?.dtype).toBe(want['y']?.dtype)
    expect(got['y']?.shape).toEqual(want['y']?.shape)
    expect(deviations(got['y'], want['y'], tolerance, want['scale'])).toEqual([])
  })
})

describe('lowerings', () => {
  it.each(everyCase)('name the kernels that they call: %s', async (_, op, one) => {
    const { info } = await openBackend('tfjs-cpu')
    const called = new Set<string>()
    const device = cpuDevice(tf, 'cpu', tf.findBackend('cpu'))
    const spy: Device = {
      ...device,
      run: (kernel, ...rest) => {
        called.add(kernel)
        return device.run(kernel, ...rest)
      },
    }
    await run(backendOn(spy, 'spy', info), op, one)
    const needs = new Set<string>(programOf(op, one).nodes.flatMap((node) => lowerings[node.op].needs))
    expect([...called].filter((kernel) => !needs.has(kernel))).toEqual([])
  })
})

describe('sums of many terms', () => {
  it('stay near the exact sum, where adding one by one in float32 drifts', async () => {
    const data = Array.from({ length: 784 * 520 }, (_, i) => Math.fround(0.1 + (i % 7) / 70))
    const exact = data.reduce((total, x) => total + x, 0)
    const long = of1('long', float32([784, 520], data), (b, x) => b.reduceSum(x))
    const { y } = await run(await openBackend('tfjs-wasm'), 'reduceSum', long)
    // Two stages of some 640 terms each; one by one the sum is off by 1e-4.
    expect(Math.abs((y?.data[0] ?? 0) / exact - 1)).toBeLessThan(3e-6)
  })
})
