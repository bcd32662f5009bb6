import { afterEach, describe, expect, it, vi } from 'vitest'
import { binary, compare, constant, convert, load, local, select, unary } from '../src/loops/build.js'
import { interpreting } from '../src/loops/interpret.js'
import type { Buffer, Expression, LoopProgram, Statement } from '../src/loops/loops.js'
import type { MemoryPlan } from '../src/memory/plan.js'
import type { Elements, Target } from '../src/target.js'
import { lanesOfBody } from '../src/wasm/lanes.js'
import { createWasm } from '../src/wasm/target.js'
import { fill } from './random-data.js'

const buffer = (space: Buffer['space'], type: Buffer['type'], length: number): Buffer => ({
  id: 0,
  name: `${space}:${type}`,
  type,
  length,
  space,
  index: 0,
})

const along = (variable: number) => ({ constant: 0, terms: [{ local: variable, stride: 1 }] })

const plan: MemoryPlan = { bytes: 256, offsets: new Map() }

const programOf = (...body: Statement[]): LoopProgram => ({
  name: 'test',
  kernels: [{ name: 'test', locals: 9, body }],
  faults: [{ node: 'rows', limit: 1000 }],
  uncovered: 0,
})

/** ys[0] after some steps. */
async function made<Y extends Elements>(
  target: Target,
  program: LoopProgram,
  given: { constants?: Elements[]; xs?: Elements[]; y: Y; steps: number },
) {
  const instance = await target.load(program, plan, given.constants ?? [])
  const y = given.y.slice() as Y
  instance.run(given.xs ?? [], [y], 0, given.steps)
  instance.dispose()
  return y
}

const SPECIALS = [
  0,
  -0,
  Number.NaN,
  Infinity,
  -Infinity,
  1e-45,
  -1e-45,
  1.1754942e-38,
  3.4e38,
  0.5,
  1.5,
  2.5,
  -2.5,
  2147483648,
  -3e9,
  1e-310,
]

/** Expressions of two numbers of a type, each of which has instructions of its own. */
function expressionsOf(type: 'f32' | 'f64', x: Expression, y: Expression): Record<string, Expression> {
  const binaries = (['add', 'sub', 'mul', 'div', 'max', 'min'] as const).map((op) => [op, binary(op, x, y)] as const)
  const unaries = (['neg', 'abs', 'sqrt', 'nearest'] as const).map((op) => [op, unary(op, x)] as const)
  const compares = (['gt', 'ge', 'eq', 'ne'] as const).map((op) => [op, convert(type, compare(op, x, y))] as const)
  const relu = select(compare('gt', x, constant(type, 0)), x, constant(type, 0))
  const isTrue = convert(type, convert('bool', x))
  const integer = convert(type, convert('i32', x))
  return { ...Object.fromEntries([...binaries, ...unaries, ...compares]), relu, isTrue, integer }
}

describe('special values', () => {
  for (const [type, array] of [
    ['f32', Float32Array],
    ['f64', Float64Array],
  ] as const) {
    const pairs = SPECIALS.flatMap((x) => SPECIALS.map((y) => [x, y]))
    const [xs, ys] = [0, 1].map((i) => array.from(pairs.map((pair) => pair[i] as number))) as [Elements, Elements]
    const x = buffer('constant', type, pairs.length)
    const y = { ...x, index: 1 }
    const expressions = expressionsOf(type, load(x, along(0)), load(y, along(0)))
    it.each(Object.keys(expressions))(`${type} %s is that of the interpreter, with lanes and without`, async (name) => {
      const value = expressions[name] as Expression
      const out = buffer('y', type, pairs.length)
      const results = await Promise.all(
        [true, false].flatMap((vector) => {
          const store: Statement = { kind: 'store', buffer: out, index: along(0), value }
          const program = programOf({ kind: 'for', local: 0, extent: pairs.length, vector, body: [store] })
          const given = { constants: [xs, ys], y: new array(pairs.length), steps: 1 }
          return [made(createWasm(), program, given), made(interpreting, program, given)]
        }),
      )
      for (const result of results) expect(result).toEqual(results[0])
    })
  }
})

describe('the target wasm', () => {
  const [x, y] = [buffer('x', 'i32', 1000), buffer('y', 'i32', 1)]
  const sum = programOf(
    { kind: 'reduce', local: 0, op: 'add', over: 1, extent: 1000, value: load(x, along(1)) },
    { kind: 'store', buffer: y, index: { constant: 0, terms: [] }, value: local('i32', 0) },
  )

  it('copies the data of many steps in parts', async () => {
    const steps = 3000
    const xs = Int32Array.from({ length: 1000 * steps }, (_, i) => (i % 1000 === 7 ? i : 0))
    const sums = await made(createWasm(), sum, { xs: [xs], y: new Int32Array(steps), steps })
    expect(sums).toEqual(Int32Array.from({ length: steps }, (_, i) => i * 1000 + 7))
  })

  it('runs the steps that it is told, and stops after the first fault', async () => {
    const guard: Statement = {
      kind: 'guard',
      local: 0,
      row: load(x, { constant: 3, terms: [] }),
      limit: 1000,
      fault: 0,
    }
    const store: Statement = { kind: 'store', buffer: y, index: { constant: 0, terms: [] }, value: load(x, along(0)) }
    const instance = await createWasm().load(programOf(guard, store), plan, [])
    const xs = Int32Array.from({ length: 6000 }, (_, i) => (i === 4003 ? -5 : i % 1000))
    const ys = new Int32Array(6).fill(-1)
    instance.run([xs], [ys], 1, 6)
    expect([...ys]).toEqual([-1, 3, 3, 3, 0, -1])
    expect([...new Int32Array(instance.arena().slice(0, 8).buffer)]).toEqual([1, -5])
    instance.run([xs], [ys], 0, 2)
    expect([...new Int32Array(instance.arena().slice(0, 8).buffer)]).toEqual([0, -5].map(() => 0))
  })

  it('holds a constant once, and gives all memory back', async () => {
    const wasm = createWasm()
    const data = new Float32Array(1_000_000)
    const source = buffer('constant', 'f32', data.length)
    const out = buffer('y', 'f32', 1)
    const program = programOf({
      kind: 'store',
      buffer: out,
      index: { constant: 0, terms: [] },
      value: load(source, { constant: 5, terms: [] }),
    })
    const first = await wasm.load(program, plan, [data])
    const second = await wasm.load(program, plan, [data])
    expect(wasm.bytes()).toBeLessThan(4_010_000)
    first.dispose()
    first.dispose()
    expect(wasm.bytes()).toBeGreaterThan(4_000_000)
    second.dispose()
    expect(wasm.bytes()).toBe(0)
    await wasm.load(program, plan, [data])
    wasm.dispose()
    expect(wasm.bytes()).toBe(0)
  })

  it('refuses a program over 4 GB, and gives back what it has taken for it', async () => {
    const wasm = createWasm()
    const program = wasm.load(sum, { bytes: 5e9, offsets: new Map() }, [new Float32Array(10)])
    await expect(program).rejects.toThrow(/\[wasm\] the program "test" takes 5,000 MB.*at most 4,295 MB.*smaller batch/)
    expect(wasm.bytes()).toBe(0)
  })

  it('finds memory again that was given back', async () => {
    const wasm = createWasm()
    const load2 = (bytes: number) => wasm.load(sum, { bytes, offsets: new Map() }, [])
    const [a, b, c] = [await load2(1e6), await load2(2e6), await load2(1e6)]
    b.dispose()
    a.dispose()
    const before = c.arena().buffer.byteLength
    const d = await load2(2.9e6)
    expect(d.arena().buffer.byteLength).toBe(before)
    expect(d.arena().every((byte) => byte === 0)).toBe(true)
  })
})

const validate = (): boolean => true
const instantiate = (): Promise<never> => Promise.reject(new Error('blocked by the policy of the page'))

function NoMemory(): never {
  throw new RangeError('could not allocate memory')
}

/** The target with another WebAssembly. */
async function targetWith(other: object | undefined): Promise<Target> {
  vi.resetModules()
  vi.stubGlobal('WebAssembly', other)
  const module = await import('../src/wasm/target.js')
  return module.createWasm()
}

describe('a platform', () => {
  afterEach(() => {
    vi.unstubAllGlobals()
    vi.resetModules()
  })

  const real = globalThis as unknown as {
    readonly WebAssembly: { readonly Memory: new (size: { maximum: number }) => object }
  }

  it('without WebAssembly, or without vectors, is refused at once', async () => {
    await expect(targetWith(undefined)).rejects.toThrow('[wasm] this platform has no WebAssembly, or does not allow it')
    await expect(targetWith({ validate: () => false })).rejects.toThrow(/no vectors \(SIMD\)\nUse Node 16.4/)
  })

  it('that refuses a module, or all memory, says so', async () => {
    const { WebAssembly } = real
    const program = programOf()
    const refusing = await targetWith({ validate, instantiate, Memory: WebAssembly.Memory })
    await expect(refusing.load(program, plan, [])).rejects.toThrow(/\[wasm\] the code of "test" is refused: blocked by/)
    expect(refusing.bytes()).toBe(0)
    const poor = await targetWith({ validate, instantiate, Memory: NoMemory })
    await expect(poor.load(program, plan, [])).rejects.toThrow('[wasm] the system gives WebAssembly no memory')
  })

  it('with little address space has a smaller memory', async () => {
    const { WebAssembly } = real
    const tried: number[] = []
    class Memory extends WebAssembly.Memory {
      constructor(size: { maximum: number }) {
        tried.push(size.maximum)
        if (size.maximum > 10_000) throw new RangeError('could not allocate memory')
        super(size)
      }
    }
    const target = await targetWith(Object.assign(Object.create(WebAssembly) as object, { Memory }))
    const instance = await target.load(programOf(), plan, [])
    instance.run([], [], 0, 3)
    expect(tried).toEqual([65536, 32768, 16384, 8192])
  })
})

describe('a product', () => {
  const [source, out] = [buffer('constant', 'f32', 40), buffer('y', 'f32', 20)]
  const at = { constant: 0, terms: [] }
  const b = { ...source, index: 1 }
  const store: Statement = {
    kind: 'store',
    buffer: out,
    index: { constant: 0, terms: [0, 1].map((variable) => ({ local: variable, stride: 5 - 4 * variable })) },
    value: local('f32', 2),
  }
  const program = programOf({
    kind: 'product',
    type: 'f32',
    rows: 4,
    inner: 3,
    columns: 5,
    a: { buffer: source, start: at, rowStride: 3, columnStride: 1 },
    b: { buffer: b, start: at, rowStride: 5, columnStride: 1 },
    row: 0,
    column: 1,
    value: 2,
    body: [store],
  })

  it.each([createWasm(), interpreting])('begins with its first term: -0 stays on $name', async (target) => {
    const constants = [new Float32Array(40).fill(-0), new Float32Array(40).fill(2)]
    const y = await made(target, program, { constants, y: new Float32Array(20), steps: 1 })
    expect(y).toEqual(new Float32Array(20).fill(-0))
  })

  it.each([
    ['in lanes', (x: Expression) => x],
    ['one by one', (x: Expression) => convert('f32', convert('f64', x))],
  ])('with a long body over large tensors is that of the interpreter, %s', async (_, turned) => {
    const [rows, inner, columns] = [257, 5, 130]
    const large = { ...buffer('arena', 'f32', rows * columns), id: 2 }
    const [moment, result] = [large, { ...large, id: 3 }]
    const [left, right] = [
      { ...buffer('arena', 'f32', rows * inner), id: 0 },
      { ...buffer('arena', 'f32', inner * columns), id: 1 },
    ]
    const offsets = new Map([left, right, moment, result].map(({ id }) => [id, 64 + id * 150_016]))
    const index = { constant: 0, terms: [0, 1].map((i) => ({ local: i, stride: i === 0 ? columns : 1 })) }
    const kept = binary('mul', load(moment, index), constant('f32', 0.9))
    const body: Statement[] = [
      { kind: 'let', local: 3, value: binary('add', kept, binary('mul', local('f32', 2), turned(local('f32', 2)))) },
      { kind: 'store', buffer: moment, index, value: local('f32', 3) },
      { kind: 'store', buffer: result, index, value: binary('sub', load(result, index), local('f32', 3)) },
    ]
    const program2 = programOf({
      kind: 'product',
      type: 'f32',
      rows,
      inner,
      columns,
      a: { buffer: left, start: at, rowStride: 1, columnStride: rows },
      b: { buffer: right, start: at, rowStride: columns, columnStride: 1 },
      row: 0,
      column: 1,
      value: 2,
      body,
    })
    const [ours, theirs] = await Promise.all(
      [createWasm(), interpreting].map(async (target) => {
        const instance = await target.load(program2, { bytes: 700_000, offsets }, [])
        const { buffer: bytes, byteOffset } = instance.arena()
        fill(new Float32Array(bytes, byteOffset + 64, 170_000), 'f32', 5)
        instance.run([], [], 0, 2)
        return new Float32Array(instance.arena().slice(64).buffer, 0, 170_000)
      }),
    )
    const differs = ours?.findIndex((x, i) => !Object.is(x, theirs?.[i]))
    expect(differs).toBe(-1)
  })

  it.each([createWasm(), interpreting])('adds in order, rounding twice, on $name', async (target) => {
    // 1 + 2^-24 is 1, and so it stays; the other way around the small ones would count. (1 + 2^-12)^2 loses its last bit.
    const e = 2 ** -24
    const constants = [Float32Array.of(1, e, e), new Float32Array(40).fill(1)].map((data) =>
      Float32Array.of(...data, ...Array(40).fill(0)),
    )
    const y = await made(target, program, { constants, y: new Float32Array(20), steps: 1 })
    expect(y[0]).toBe(1)
    const x = 1 + 2 ** -12
    const squared = [
      Float32Array.of(x, -1, 0, ...Array(37).fill(0)),
      Float32Array.of(x, 0, 0, 0, 0, Math.fround(x * x), ...Array(34).fill(0)),
    ]
    const z = await made(target, program, { constants: squared, y: new Float32Array(20), steps: 1 })
    expect(z[0]).toBe(0)
  })
})

describe('lanes', () => {
  const [f32, u8, f64] = [buffer('constant', 'f32', 8), buffer('constant', 'u8', 8), buffer('constant', 'f64', 8)]
  const store = (value: Expression): Statement => ({
    kind: 'store',
    buffer: buffer('y', 'f32', 8),
    index: along(0),
    value,
  })

  it('are had by bytes that become floats, and not by what mixes widths or goes in strides', () => {
    expect(lanesOfBody(0, [store(convert('f32', load(u8, along(0))))])?.count).toBe(4)
    expect(lanesOfBody(0, [store(convert('f32', load(f64, along(0))))])).toBeUndefined()
    const strided = { constant: 0, terms: [{ local: 0, stride: 2 }] }
    expect(lanesOfBody(0, [store(load(f32, strided))])).toBeUndefined()
    expect(lanesOfBody(0, [{ kind: 'store', buffer: f64, index: along(0), value: load(f64, along(0)) }])?.count).toBe(2)
  })

  it('take what is the same in all of them from any type', () => {
    const same = convert('f32', load(f64, { constant: 0, terms: [{ local: 4, stride: 1 }] }))
    expect(lanesOfBody(0, [store(binary('mul', load(f32, along(0)), same))])?.count).toBe(4)
  })
})
