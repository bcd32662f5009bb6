import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Executable } from '../src/backend/contract.js'
import { allocateOutputs, checkScan, scanByStep, sliceStep, storeStep } from '../src/backend/scan.js'
import { BackendError, InputError } from '../src/errors.js'
import { Builder } from '../src/ir/builder.js'
import { BATCH, type Program } from '../src/ir/program.js'
import { rows, tensor, type Tensor, type TensorMap } from '../src/tensor.js'

/** c' = c / 2 + sum(w x); y = 3 rows of x plus c, as it was before the step. */
function program(): Program {
  const b = new Builder('p')
  const w = b.constants('w', { dtype: 'float64', shape: [2] })
  const c = b.carry('c', { dtype: 'float64', shape: [] })
  const x = b.xs('x', { dtype: 'float64', shape: [BATCH, 2] })
  const n = b.xs('n', { dtype: 'int32', shape: [] })
  const next = b.add(b.mul(c, b.constant(0.5, 'float64')), b.reduceSum(b.mul(x, w)))
  return b.finish({ carry: { c: next }, ys: { y: b.add(x, c), n } })
}

const constants = { w: tensor('float64', [2], [1, 10]) }

/** The same program by hand. */
function executable(): Executable {
  return scanByStep(program(), constants, 'test', (carry, x, batch) => {
    const [c, data] = [carry['c']?.data[0] ?? Number.NaN, Array.from(x['x']?.data ?? [])]
    const sum = data.reduce((total, value, i) => total + value * (i % 2 === 0 ? 1 : 10), 0)
    const y = tensor(
      'float64',
      [batch, 2],
      data.map((value) => value + c),
    )
    return { carry: { c: tensor('float64', [], [c / 2 + sum]) }, y: { y, n: x['n'] as Tensor } }
  })
}

const carry = { c: tensor('float64', [], [8]) }
const xs = {
  x: tensor('float64', [3, 2, 2], [1, 0, 0, 1, 2, 0, 0, 0, 0, 0, 0, 1]),
  n: tensor('int32', [3], [7, 8, 9]),
}

describe('scanByStep', () => {
  it('hands the carry on and stacks the outputs', async () => {
    const result = await executable().scan(carry, xs)
    // c: 8 -> 4 + 11 = 15 -> 7.5 + 2 = 9.5 -> 4.75 + 10 = 14.75
    expect(result.carry).toEqual({ c: tensor('float64', [], [14.75]) })
    expect(result.ys).toEqual({
      y: tensor('float64', [3, 2, 2], [9, 8, 8, 9, 17, 15, 15, 15, 9.5, 9.5, 9.5, 10.5]),
      n: tensor('int32', [3], [7, 8, 9]),
    })
  })

  it('gives the same bits however the steps are divided', async () => {
    const number = fc.double({ noNaN: true })
    await fc.assert(
      fc.asyncProperty(fc.array(number, { minLength: 4, maxLength: 20 }), fc.nat(100), async (list, cut) => {
        const steps = Math.floor(list.length / 2)
        const all = {
          x: tensor('float64', [steps, 1, 2], list.slice(0, 2 * steps)),
          n: tensor(
            'int32',
            [steps],
            Array.from({ length: steps }, (_, i) => i),
          ),
        }
        const at = cut % (steps + 1)
        const part = (from: number, to: number): TensorMap => ({ x: rows(all.x, from, to), n: rows(all.n, from, to) })
        const whole = await executable().scan(carry, all)
        const first = await executable().scan(carry, part(0, at))
        const second = await executable().scan(first.carry, part(at, steps))
        expect(second.carry).toStrictEqual(whole.carry)
        expect([first, second].flatMap(({ ys }) => Array.from(ys['y']?.data ?? []))).toStrictEqual(
          Array.from(whole.ys['y']?.data ?? []),
        )
      }),
    )
  })

  it('of no steps returns a copy of the carry and empty outputs of the batch given', async () => {
    const none = { x: tensor('float64', [0, 5, 2], []), n: tensor('int32', [0], []) }
    const result = await executable().scan(carry, none)
    expect(result.carry).toEqual(carry)
    expect(result.carry['c']?.data).not.toBe(carry.c.data)
    expect(result.ys).toEqual({ y: tensor('float64', [0, 5, 2], []), n: tensor('int32', [0], []) })
  })

  it('shares no memory with what it is given, even where a step hands it on', async () => {
    const b = new Builder('p')
    const w = b.constants('w', { dtype: 'float64', shape: [2] })
    b.carry('c', { dtype: 'float64', shape: [2] })
    b.xs('x', { dtype: 'float64', shape: [] })
    const handing = scanByStep(b.finish({ carry: { c: w }, ys: {} }), constants, 'test', () => ({
      carry: { c: constants.w },
      y: {},
    }))
    const given = { c: tensor('float64', [2], [0, 0]) }
    const result = await handing.scan(given, { x: tensor('float64', [1], [0]) })
    result.carry['c']?.data.fill(99)
    expect(constants.w).toEqual(tensor('float64', [2], [1, 10]))
  })

  it('waits for steps that answer later', async () => {
    const later = scanByStep(program(), constants, 'test', async (c, x) => {
      await Promise.resolve()
      return { carry: c, y: { y: x['x'] as Tensor, n: x['n'] as Tensor } }
    })
    expect((await later.scan(carry, xs)).ys['y']).toEqual(xs.x)
  })

  it('lets timers and signals in between slow steps', async () => {
    let heard = 0
    const slow = scanByStep(program(), constants, 'test', (before, x) => {
      const until = performance.now() + 60
      while (performance.now() < until);
      return { carry: before, y: { y: x['x'] as Tensor, n: tensor('int32', [], [heard]) } }
    })
    setTimeout(() => heard++, 0)
    const { ys } = await slow.scan(carry, xs)
    // Two steps fill the time that a scan may hold the thread, so the third sees what happened meanwhile.
    expect([ys['n']?.data[0], ys['n']?.data[2]]).toEqual([0, 1])
  })

  it('rejects after dispose, which may be called twice', async () => {
    const disposed = executable()
    await disposed.dispose()
    await disposed.dispose()
    await expect(disposed.scan(carry, xs)).rejects.toThrow(BackendError)
    await expect(disposed.scan(carry, xs)).rejects.toThrow('[test] scan of "p" after dispose')
  })
})

const wide = tensor('float64', [3, 2, 4], new Float64Array(24))
const badScans: Readonly<Record<string, readonly [TensorMap, TensorMap, string]>> = {
  'a missing carry': [{}, xs, 'carry "c" is missing: expected float64[]'],
  'a missing x': [carry, { x: xs.x }, 'xs "n" is missing: expected int32[] for each step'],
  'a missing first x': [carry, { n: xs.n }, 'xs "x" is missing: expected float64[batch,2] for each step'],
  'a superfluous carry': [{ ...carry, d: carry.c }, xs, 'carry "d" is not an input of the program'],
  'a superfluous x': [carry, { ...xs, z: xs.n }, 'xs "z" is not an input of the program'],
  'a carry of another dtype': [{ c: tensor('float32', [], [1]) }, xs, 'carry "c": expected float64[], got float32[]'],
  'a carry of another shape': [{ c: tensor('float64', [1], [1]) }, xs, 'carry "c": expected float64[], got float64[1]'],
  'an x of another width': [carry, { ...xs, x: wide }, 'xs "x": expected float64[3,2,2], got float64[3,2,4]'],
  'an x of another number of steps': [
    carry,
    { ...xs, n: tensor('int32', [2], [0, 0]) },
    'xs "n": expected int32[3], got int32[2]',
  ],
  'an x without steps': [carry, { ...xs, n: tensor('int32', [], [0]) }, 'xs "n": expected int32[3], got int32[]'],
  'too few elements': [
    { c: { dtype: 'float64', shape: [], data: new Float64Array(2) } },
    xs,
    'carry "c": 2 elements do not fill float64[]',
  ],
  'a name that every object has': [carry, { ...xs, toString: xs.n }, 'xs "toString" is not an input of the program'],
}

describe('what enters', () => {
  it.each(Object.entries(badScans))(
    '%s is refused with what was expected and what came',
    async (_, [c, x, message]) => {
      await expect(executable().scan(c, x)).rejects.toThrow(InputError)
      await expect(executable().scan(c, x)).rejects.toThrow(`[test] ${message}`)
    },
  )

  it.each([
    ['missing', {}, 'constant "w" is missing: expected float64[2]'],
    ['superfluous', { ...constants, v: constants.w }, 'constant "v" is not an input of the program'],
    ['mis-shaped', { w: tensor('float64', [3], [1, 2, 3]) }, 'constant "w": expected float64[2], got float64[3]'],
    ['mistyped', { w: tensor('float32', [2], [1, 2]) }, 'constant "w": expected float64[2], got float32[2]'],
  ] as const)('a %s constant is refused at once', (_, given: TensorMap, message) => {
    const make = () => scanByStep(program(), given, 'test', () => ({ carry: {}, y: {} }))
    expect(make).toThrow(InputError)
    expect(make).toThrow(`[test] ${message}`)
  })

  it('a missing tensor is missing even where its name is one that every object has', () => {
    const b = new Builder('p')
    const x = b.xs('toString', { dtype: 'float64', shape: [] })
    const named = b.finish({ carry: {}, ys: { x } })
    expect(() => checkScan('test', named, {}, {})).toThrow('xs "toString" is missing')
  })

  it('tells steps and batch, 0 where the program has no batch', () => {
    expect(checkScan('test', program(), carry, xs)).toEqual({ steps: 3, batch: 2 })
    const b = new Builder('p')
    const x = b.xs('x', { dtype: 'float64', shape: [4] })
    const plain = b.finish({ carry: {}, ys: { x } })
    expect(checkScan('test', plain, {}, { x: tensor('float64', [2, 4], new Float64Array(8)) })).toEqual({
      steps: 2,
      batch: 0,
    })
  })
})

describe('what a step returns', () => {
  const wrong: Readonly<Record<string, readonly [TensorMap, string]>> = {
    'nothing at all': [{ n: tensor('int32', [], [0]) }, 'output "y" should be float64[2,2], got nothing'],
    'another shape': [
      { y: tensor('float64', [4], [0, 0, 0, 0]), n: tensor('int32', [], [0]) },
      'output "y" should be float64[2,2], got float64[4]',
    ],
    'another dtype': [
      { y: tensor('float32', [2, 2], [0, 0, 0, 0]), n: tensor('int32', [], [0]) },
      'output "y" should be float64[2,2], got float32[2,2]',
    ],
  }

  it.each(Object.entries(wrong))('%s is a fault of the backend', async (_, [y, message]) => {
    const faulty = scanByStep(program(), constants, 'test', (c) => ({ carry: c, y }))
    await expect(faulty.scan(carry, xs)).rejects.toThrow(BackendError)
    await expect(faulty.scan(carry, xs)).rejects.toThrow(`[test] step 0: ${message}`)
  })

  it('lands in its own place of the stack', () => {
    const stacked = allocateOutputs(program(), { steps: 3, batch: 1 })
    storeStep('test', stacked, { y: tensor('float64', [1, 2], [5, 6]), n: tensor('int32', [], [4]) }, 1)
    expect(stacked['y']).toEqual(tensor('float64', [3, 1, 2], [0, 0, 5, 6, 0, 0]))
    expect(stacked['n']).toEqual(tensor('int32', [3], [0, 4, 0]))
  })

  it('is read from views on the stacked xs', () => {
    const step = sliceStep(xs, 1)
    expect(step).toEqual({ x: tensor('float64', [2, 2], [2, 0, 0, 0]), n: tensor('int32', [], [8]) })
    expect(step['x']?.data.buffer).toBe(xs.x.data.buffer)
  })
})
