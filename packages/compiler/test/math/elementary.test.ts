import { describe, expect, it } from 'vitest'
import { local } from '../../src/loops/build.js'
import type { Buffer, Expression, Index, LoopProgram, Statement } from '../../src/loops/loops.js'
import { interpreting } from '../../src/loops/interpret.js'
import { elementary } from '../../src/math/index.js'
import { HEAD, TAIL } from '../../src/memory/plan.js'
import { createNative } from '../../src/native/target.js'
import type { Elements, Instance, Target } from '../../src/target.js'
import { createWasm } from '../../src/wasm/target.js'
import { evaluate } from './evaluate.js'
import vectors from './vectors.json' with { type: 'json' }

type Name = keyof typeof elementary
const names = Object.keys(elementary) as Name[]
type Type = 'f32' | 'f64'
const types: readonly Type[] = ['f32', 'f64']
const modes = [false, true]

/** In float64, exact to far less than a unit of f32. */
const references: Readonly<Record<Name, (x: number) => number>> = {
  exp: Math.exp,
  log: Math.log,
  tanh: Math.tanh,
  sigmoid: (x) => (x < 0 ? Math.exp(x) : 1) / (1 + Math.exp(-Math.abs(x))),
}

/** Why there is no compiler, or nothing. */
const missing = await createNative('native').then(
  (target) => target.dispose(),
  (error: Error) => error.message,
)

const bits = new Uint32Array(1)
const floatOf = new Float32Array(bits.buffer)

/** Eight inputs of each exponent and sign, the first and the last of them, and others by a multiplicative sequence. */
function* inputs32(): Generator<number> {
  for (let high = 0; high < 512; high++) {
    for (let i = 0; i < 8; i++) {
      bits[0] = high * 2 ** 23 + ([0, 2 ** 23 - 1][i] ?? Math.imul(high * 8 + i, 0x9e3779b1) >>> 9)
      yield Number(floatOf[0])
    }
  }
}

/** The error of an f32 in units in the last place; beyond the largest number infinity counts as the next power of two. */
function error32(got: number, reference: number): number {
  const want = Math.abs(reference) > 2 ** 128 ? Math.sign(reference) * 2 ** 128 : reference
  if (Number.isNaN(want) || want === 0 || got === want) return Object.is(got, want) ? 0 : Infinity
  const exponent = Math.min(Math.max(Math.floor(Math.log2(Math.abs(want))), -126), 127)
  const value = Math.abs(got) === Infinity ? Math.sign(got) * 2 ** 128 : got
  return Math.abs(value - want) / 2 ** (exponent - 23)
}

/** The distance of two f64 in units in the last place of the second. */
function units64(got: number, want: number): number {
  if (got === want) return 0
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, Math.abs(want))
  const exponent = Math.max(Number(view.getBigInt64(0) >> 52n), 1) - 1075
  return ((got - want) * 2 ** (exponent < -600 ? 500 : 0)) / 2 ** (exponent < -600 ? exponent + 500 : exponent)
}

interface Case {
  readonly x: number
  /** The error of a result in units in the last place. */
  readonly error: (got: number) => number
}

/** Of f32 inputs of every exponent, of f64 those of which the results are known in 400 digits. */
function casesOf(name: Name, type: Type): Case[] {
  if (type === 'f32') return [...inputs32()].map((x) => ({ x, error: (got) => error32(got, references[name](x)) }))
  return (vectors[name] as (number | string)[][]).map((row) => {
    const [x, rounded, rest] = row.map(Number) as [number, number, number]
    return { x, error: (got) => Math.abs(units64(got, rounded) - rest) }
  })
}

/** Results that are wrong by one unit or more. */
const far = (cases: readonly Case[], result: (x: number, i: number) => number): object[] =>
  cases.map(({ x, error }, i) => ({ x, error: error(result(x, i)) })).filter(({ error }) => !(error < 1))

describe.each(names)('%s', (name) => {
  it.each(types)('of %s is within 1 ulp, contracted or not', (type) => {
    for (const contracted of modes) {
      expect(far(casesOf(name, type), (x) => evaluate(elementary[name][type], type, x, contracted))).toEqual([])
    }
  })
})

const SPECIAL: Readonly<Record<Name, readonly (readonly [number, number])[]>> = {
  exp: [
    [0, 1],
    [-0, 1],
    [Infinity, Infinity],
    [-Infinity, 0],
  ],
  log: [
    [0, -Infinity],
    [-0, -Infinity],
    [1, 0],
    [Infinity, Infinity],
    [-Infinity, Number.NaN],
    [-1, Number.NaN],
    [-(2 ** -149), Number.NaN],
  ],
  tanh: [
    [0, 0],
    [-0, -0],
    [Infinity, 1],
    [-Infinity, -1],
    [2 ** -149, 2 ** -149],
    [-(2 ** -149), -(2 ** -149)],
  ],
  sigmoid: [
    [0, 0.5],
    [-0, 0.5],
    [Infinity, 1],
    [-Infinity, 0],
  ],
}

describe.each(names)('%s of what is special', (name) => {
  it.each(types)('%s', (type) => {
    for (const contracted of modes) {
      for (const [x, want] of [...SPECIAL[name], [Number.NaN, Number.NaN] as const]) {
        expect(evaluate(elementary[name][type], type, x, contracted), `of ${x}`).toBe(want)
      }
    }
  })
})

/** y = f(x) in one loop over lanes. */
function program(name: Name, type: Type, length: number): LoopProgram {
  const buffer = (id: number, space: 'x' | 'y'): Buffer => ({ id, name: space, type, length, space, index: 0 })
  const index: Index = { constant: 0, terms: [{ local: 0, stride: 1 }] }
  const body: Statement[] = []
  const bind = (value: Expression): Expression => {
    body.push({ kind: 'let', local: body.length + 1, value })
    return local(value.type, body.length)
  }
  const x: Expression = { kind: 'load', type, buffer: buffer(0, 'x'), index }
  const value = elementary[name][type](bind(x), bind)
  body.push({ kind: 'store', buffer: buffer(1, 'y'), index, value })
  const loop: Statement = { kind: 'for', local: 0, extent: length, vector: true, body }
  return { name, kernels: [{ name, locals: body.length, body: [loop] }], faults: [], uncovered: 0 }
}

/** NaN of either sign: of which no bits are promised. */
const NANS: Readonly<Record<Type, Elements>> = {
  f32: new Float32Array(
    new Uint32Array([0x7fc00000, 0xffc00000, 0x7fa00001, 0xffa00001, 0x7fffffff, 0xffffffff]).buffer,
  ),
  f64: new Float64Array(new BigUint64Array([0x7ff8n << 48n, 0xfff8n << 48n, (0x7ff4n << 48n) + 1n]).buffer),
}

const plan = { offsets: new Map<number, number>(), bytes: HEAD + TAIL }

/** Every function of every type as a program, with its inputs. */
const programs = names.flatMap((name) =>
  types.map((type) => {
    const cases = casesOf(name, type)
    const length = cases.length + NANS[type].length
    const x = type === 'f32' ? new Float32Array(length) : new Float64Array(length)
    x.set(cases.map((one) => one.x))
    // By bytes, so that a signalling NaN stays one.
    new Uint8Array(x.buffer).set(new Uint8Array(NANS[type].buffer), cases.length * x.BYTES_PER_ELEMENT)
    return { name, type, cases, x, program: program(name, type, length), plan, constants: [] }
  }),
)

type Planned = (typeof programs)[number]

function resultsOf({ x }: Planned, instance: Instance | undefined): Elements {
  const y = x.slice().fill(0)
  instance?.run([x], [y], 0, 1)
  instance?.dispose()
  return y
}

const loaded = async (target: Target, planned: Planned): Promise<Elements> =>
  resultsOf(planned, await target.load(planned.program, planned.plan, planned.constants))

/** The bits, one NaN being as another; NaN of NaN. */
function expectBits(planned: Planned, got: Elements, want: Elements): void {
  expect(
    got.findIndex((y, i) => !Object.is(y, want[i])),
    `${planned.name} ${planned.type}`,
  ).toBe(-1)
  expect([...got.subarray(planned.cases.length)].every(Number.isNaN)).toBe(true)
}

describe('in loops', () => {
  it('all have the same bits in wasm as by the interpreter and by the evaluation of this test', async () => {
    for (const planned of programs) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const [got, want] = [await loaded(createWasm(), planned), await loaded(interpreting, planned)]
      expectBits(planned, got, want)
      const { name, type, cases } = planned
      expect(cases.filter(({ x }, i) => !Object.is(evaluate(elementary[name][type], type, x, false), want[i]))).toEqual(
        [],
      )
    }
  })

  it.skipIf(missing !== undefined)(
    'all have the same bits in C that does not contract, others within 1 ulp',
    async () => {
      const [strict, contracting] = [await createNative('native:strict'), await createNative('native')]
      const [exact, close] = [await strict.loadAll(programs), await contracting.loadAll(programs)]
      for (const [k, planned] of programs.entries()) {
        // oxlint-disable-next-line no-await-in-loop -- it does not wait
        expectBits(planned, resultsOf(planned, exact[k]), await loaded(interpreting, planned))
        const got = resultsOf(planned, close[k])
        expect(far(planned.cases, (_, i) => Number(got[i]))).toEqual([])
      }
      strict.dispose()
      contracting.dispose()
    },
  )
})
