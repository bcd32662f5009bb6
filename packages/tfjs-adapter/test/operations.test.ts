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

async function run(backend: Backend, op: OpName, one: OperationCase): Promise<TensorMap> {
  const executable = await backend.compile(programOf(op, one), {})
  const { ys } = await executable.scan({}, inputsOf(one))
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

const everyCase = opNames.flatMap((op) => operationCases[op].map((one) => [`${op}: ${one.name}`, op, one] as const))

describe.each(variants)('%s', (variant) => {
  let backend: Backend
  beforeAll(async () => {
    backend = await openBackend(variant)
  })
  afterAll(() => backend.dispose())

  it.each(everyCase)('%s', async (_, op, one) => {
    const [got, want] = [await run(backend, op, one), await run(referenceBackend(), op, one)]
    expect(got['y']?.dtype).toBe(want['y']?.dtype)
    expect(got['y']?.shape).toEqual(want['y']?.shape)
    expect(deviations(got['y'], want['y'], one.tolerance, want['scale'])).toEqual([])
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
