import { describe, expect, it } from 'vitest'
import { binary, constant, convert, load, local, unary } from '../src/loops/build.js'
import { interpreting } from '../src/loops/interpret.js'
import type { Buffer, Expression, Index, LoopProgram, Statement } from '../src/loops/loops.js'
import type { Elements } from '../src/target.js'

const buffer = (space: Buffer['space'], type: Buffer['type'], length: number, index = 0): Buffer => ({
  id: 0,
  name: `${space}${index}`,
  type,
  length,
  space,
  index,
})

const at = (first: number, ...terms: [number, number][]): Index => ({
  constant: first,
  terms: terms.map(([variable, stride]) => ({ local: variable, stride })),
})

/** The result of a body in one step with the given xs; there is one y. */
async function result<Y extends Elements>(
  body: Statement[],
  xs: Elements[],
  y: Y,
  steps = 1,
): Promise<[Y, Uint8Array]> {
  const faults = [{ node: 'rows', limit: 3 }]
  const program: LoopProgram = { name: 'test', kernels: [{ name: 'test', locals: 9, body }], faults, uncovered: 0 }
  const instance = await interpreting.load(program, { bytes: 192, offsets: new Map() }, [])
  instance.run(xs, [y], 0, steps)
  return [y, instance.arena()]
}

const x = buffer('x', 'f32', 20)
const y = buffer('y', 'f32', 1)
const store = (value: Expression): Statement => ({ kind: 'store', buffer: y, index: at(0), value })

/** A number without xs. */
const made = async (e: Expression) => (await result([store(convert('f32', e))], [], new Float32Array(1)))[0][0]

describe('the interpreter of the loop IR', () => {
  it('sums in sixteen lanes that are joined by halves', async () => {
    const reduce: Statement = {
      kind: 'reduce',
      local: 0,
      op: 'add',
      over: 1,
      extent: 20,
      value: load(x, at(0, [1, 1])),
    }
    const data = Float32Array.from({ length: 20 }, (_, i) => (i === 0 ? 2 ** 24 : i === 16 || i === 8 ? 1 : 0))
    // Lane 0 loses its second term, 2^24 + 1; joined to lane 8 it loses that one too. In order as well; in pairs it would not.
    expect((await result([reduce, store(local('f32', 0))], [data], new Float32Array(1)))[0][0]).toBe(2 ** 24)
    data[8] = 3
    expect((await result([reduce, store(local('f32', 0))], [data], new Float32Array(1)))[0][0]).toBe(2 ** 24 + 4)
  })

  it('takes the sum of -0 as 0, and that of a product as -0', async () => {
    const reduce: Statement = { kind: 'reduce', local: 0, op: 'add', over: 1, extent: 2, value: constant('f32', -0) }
    expect((await result([reduce, store(local('f32', 0))], [], new Float32Array(1)))[0][0]).toBe(0)
    const matrix = { buffer: x, start: at(0), rowStride: 1, columnStride: 1 }
    const body = [store(local('f32', 2))]
    const sizes = { rows: 1, inner: 1, columns: 1 } as const
    const product: Statement = {
      kind: 'product',
      type: 'f32',
      ...sizes,
      a: matrix,
      b: matrix,
      row: 0,
      column: 1,
      value: 2,
      body,
    }
    expect((await result([product], [Float32Array.of(-0)], new Float32Array(1)))[0][0]).toBe(0)
    const other = { ...product, b: { ...matrix, start: at(1) } }
    expect((await result([other], [Float32Array.of(-0, 3)], new Float32Array(1)))[0][0]).toBe(-0)
  })

  it('rounds halves to even, converts with saturation and reinterprets bits', async () => {
    const numbers = [0.5, 1.5, 2.5, -0.5, -1.5, 8388607.5].map((n) => unary('nearest', constant('f32', n)))
    expect(await Promise.all(numbers.map(made))).toEqual([0, 2, 2, -0, -2, 8388608])
    const integers = [3e9, -3e9, Number.NaN, -1.9].map((n) => convert('i32', constant('f64', n)))
    expect(await Promise.all(integers.map(made))).toEqual([2 ** 31, -(2 ** 31), 0, -1])
    expect(await made(unary('float', binary('add', unary('bits', constant('f32', 1)), constant('i32', 1 << 23))))).toBe(
      2,
    )
    expect(await made(unary('float', binary('shl', constant('i64', 1023n), constant('i64', 52n))))).toBe(1)
  })

  it('ends after the step with a fault, whose row is taken as 0', async () => {
    const rows = buffer('x', 'i32', 1)
    const row = load(rows, at(0))
    const body: Statement[] = [
      { kind: 'guard', local: 0, row, limit: 3, fault: 0 },
      store(convert('f32', binary('add', local('i32', 0), constant('i32', 10)))),
    ]
    const [ys, arena] = await result(body, [Int32Array.of(2, 7, 1)], new Float32Array(3), 3)
    expect([...ys]).toEqual([12, 10, 0])
    expect([...new Int32Array(arena.buffer, 0, 2)]).toEqual([1, 7])
  })

  it('refuses to load what is not there', async () => {
    await expect(result([store(load(x, at(20)))], [new Float32Array(20)], new Float32Array(1))).rejects.toThrow(
      /element 20 of x0/,
    )
  })
})
