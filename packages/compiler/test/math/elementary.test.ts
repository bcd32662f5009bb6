import { describe, expect, it } from 'vitest'
import { local } from '../../src/loops/build.js'
import type { Buffer, Expression, Index, LoopProgram, Statement } from '../../src/loops/loops.js'
import { interpreting } from '../../src/loops/interpret.js'
import { elementary } from '../../src/math/index.js'
import { HEAD, TAIL } from '../../src/memory/plan.js'
import type { Elements, Target } from '../../src/target.js'
import { createWasm } from '../../src/wasm/target.js'
import { evaluate } from './evaluate.js'
import vectors from './vectors.json' with { type: 'json' }

type Name = keyof typeof elementary
const names = Object.keys(elementary) as Name[]
const modes = [false, true]

/** In float64, exact to far less than a unit of f32. */
const references: Readonly<Record<Name, (x: number) => number>> = {
  exp: Math.exp,
  log: Math.log,
  tanh: Math.tanh,
  sigmoid: (x) => (x < 0 ? Math.exp(x) : 1) / (1 + Math.exp(-Math.abs(x))),
}

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

type Row = readonly [number, number | string, number]

describe.each(names)('%s', (name) => {
  it.each(modes)('of f32 is within 1 ulp on inputs of every exponent (contracted: %s)', (contracted) => {
    const worst = { error: 0, x: 0 }
    for (const x of inputs32()) {
      const error = error32(evaluate(elementary[name].f32, 'f32', x, contracted), references[name](x))
      if (!(error <= worst.error)) Object.assign(worst, { error, x })
    }
    expect(worst.error, `at ${worst.x}`).toBeLessThan(1)
  })

  it.each(modes)('of f64 is within 1 ulp of results in 400 digits (contracted: %s)', (contracted) => {
    for (const [x, rounded, rest] of vectors[name] as unknown as Row[]) {
      const [got, want] = [evaluate(elementary[name].f64, 'f64', x, contracted), Number(rounded)]
      const error = Math.abs(units64(got, want) - (Number.isFinite(want) ? rest : 0))
      expect(error, `of ${x}: ${got}, not ${want}`).toBeLessThan(1)
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
  it.each(['f32', 'f64'] as const)('%s', (type) => {
    for (const contracted of modes) {
      for (const [x, want] of [...SPECIAL[name], [Number.NaN, Number.NaN] as const]) {
        expect(evaluate(elementary[name][type], type, x, contracted), `of ${x}`).toBe(want)
      }
    }
  })
})

/** y = f(x) in one loop over lanes. */
function program(name: Name, type: 'f32' | 'f64', length: number): LoopProgram {
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
  return { name, kernels: [{ name, locals: body.length, body: [loop] }], faults: [] }
}

/** NaN of either sign: of which no bits are promised. */
const NANS: Readonly<Record<'f32' | 'f64', Elements>> = {
  f32: new Float32Array(
    new Uint32Array([0x7fc00000, 0xffc00000, 0x7fa00001, 0xffa00001, 0x7fffffff, 0xffffffff]).buffer,
  ),
  f64: new Float64Array(new BigUint64Array([0x7ff8n << 48n, 0xfff8n << 48n, (0x7ff4n << 48n) + 1n]).buffer),
}

describe.each(names)('%s in wasm', (name) => {
  it.each(['f32', 'f64'] as const)('has the bits of the interpreter, and NaN for NaN: %s', async (type) => {
    const inputs = type === 'f32' ? [...inputs32()] : (vectors[name] as unknown as Row[]).map(([x]) => x)
    const length = inputs.length + NANS[type].length
    const x = type === 'f32' ? new Float32Array(length) : new Float64Array(length)
    x.set(inputs)
    // By bytes, so that a signalling NaN stays one.
    new Uint8Array(x.buffer).set(new Uint8Array(NANS[type].buffer), inputs.length * x.BYTES_PER_ELEMENT)
    const on = async (target: Target): Promise<Elements> => {
      const y = x.slice().fill(0)
      const instance = await target.load(program(name, type, length), { offsets: new Map(), bytes: HEAD + TAIL }, [])
      instance.run([x], [y], 0, 1)
      instance.dispose()
      return y
    }
    const [got, want] = [await on(createWasm()), await on(interpreting)]
    expect(got.findIndex((y, i) => !Object.is(y, want[i]))).toBe(-1)
    expect([...got.subarray(inputs.length)].every(Number.isNaN)).toBe(true)
    expect(evaluate(elementary[name][type], type, Number(x[9]), false)).toBe(want[9])
  })
})
