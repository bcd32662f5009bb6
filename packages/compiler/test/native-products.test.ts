/** Products in tiles of every shape, and copies that turn: bit for bit, and with one rounding within the bound of sums. */
import { describe, expect, it } from 'vitest'
import { binary, load, local } from '../src/loops/build.js'
import { interpreting } from '../src/loops/interpret.js'
import type { Buffer, Index, LoopProgram, Statement } from '../src/loops/loops.js'
import { type Machine, plainMachine, widestMachine } from '../src/native/machine.js'
import { createNative, type NativeMode } from '../src/native/target.js'
import type { Elements, Instance } from '../src/target.js'

const own = await createNative('native').then(
  ({ machine }) => machine,
  () => undefined,
)
const machines: readonly Machine[] = [widestMachine, { bytes: 32, registers: 16, dialect: 'avx' }, plainMachine]
const usable = machines.filter(({ bytes }) => own !== undefined && bytes <= own.bytes)

type Type = 'f32' | 'f64'

const at = (...terms: [number, number][]): Index => ({
  constant: 0,
  terms: terms.map(([variable, stride]) => ({ local: variable, stride })),
})

/** A program with its plan; the last buffer of the arena is the result. */
interface Case {
  readonly program: LoopProgram
  readonly plan: { readonly bytes: number; readonly offsets: ReadonlyMap<number, number> }
  readonly constants: readonly Elements[]
  readonly type: Type
  readonly places: readonly { readonly first: number; readonly length: number }[]
}

const arrays = { f32: Float32Array, f64: Float64Array } as const

function placed(
  type: Type,
  lengths: readonly number[],
  body: (buffers: readonly Buffer[]) => readonly Statement[],
): Case {
  const size = type === 'f32' ? 4 : 8
  const offsets = new Map<number, number>()
  let bytes = 64
  const buffers = lengths.map((length, id): Buffer => {
    offsets.set(id, bytes)
    bytes += Math.ceil((length * size) / 64) * 64
    return { id, name: `b${id}`, type, length, space: 'arena', index: 0 }
  })
  const places = lengths.map((length, id) => ({ first: Number(offsets.get(id)), length }))
  const program = {
    name: 'case',
    faults: [],
    uncovered: 0,
    kernels: [{ name: 'case', locals: 9, body: body(buffers) }],
  }
  return { program, plan: { bytes: bytes + 128, offsets }, constants: [], type, places }
}

/** C = A B + C; A by rows or by columns. */
const product = (type: Type, [rows, inner, columns]: readonly [number, number, number], isTurned: boolean): Case =>
  placed(type, [rows * inner, inner * columns, rows * columns], ([a, b, c]) => {
    const [left, right, result] = [a, b, c] as [Buffer, Buffer, Buffer]
    const index = at([0, columns], [1, 1])
    const value = binary('add', local(type, 2), load(result, index))
    const ofA = isTurned ? { rowStride: 1, columnStride: rows } : { rowStride: inner, columnStride: 1 }
    return [
      {
        kind: 'product',
        type,
        rows,
        inner,
        columns,
        a: { buffer: left, start: at(), ...ofA },
        b: { buffer: right, start: at(), rowStride: columns, columnStride: 1 },
        row: 0,
        column: 1,
        value: 2,
        body: [{ kind: 'store', buffer: result, index, value }],
      },
    ]
  })

/** The transpose of a matrix. */
const turn = (type: Type, [rows, columns]: readonly [number, number]): Case =>
  placed(type, [rows * columns, rows * columns], ([from, to]) => {
    const [read, written] = [from, to] as [Buffer, Buffer]
    const value = load(read, at([0, 1], [1, rows]))
    const store = { kind: 'store', buffer: written, index: at([0, columns], [1, 1]), value } as const
    const inner = { kind: 'for', local: 1, extent: columns, vector: false, body: [store] } as const
    return [{ kind: 'for', local: 0, extent: rows, vector: false, body: [inner] }]
  })

const sizes = [1, 2, 3, 5, 8, 13, 16, 17, 31, 33, 48, 50, 70]
const shapes = sizes.flatMap((rows, i) => {
  const [inner, columns] = [sizes[(5 * i + 3) % 13], sizes[(3 * i + 7) % 13]] as [number, number]
  return [
    [rows, inner, columns],
    [columns, rows, inner],
  ] as const
})
const types = ['f32', 'f64'] as const
const products = types.flatMap((type) => shapes.map((shape, i) => product(type, shape, i % 3 === 0)))
const turns = types.flatMap((type) => shapes.map(([rows, , columns]) => turn(type, [rows, columns])))

/** The arena's numbers, those of a buffer at a time; they are drawn first. */
function results({ type, places }: Case, instance: Instance): readonly ArrayLike<number>[] {
  const { buffer, byteOffset } = instance.arena() as Uint8Array<ArrayBuffer>
  const views = places.map(({ first, length }) => new arrays[type](buffer, byteOffset + first, length))
  for (const [k, view] of views.entries()) view.forEach((_, i) => (view[i] = Math.sin(17 * i + k) * 2 ** ((7 * i) % 9)))
  instance.run([], [], 0, 1)
  return views.map((view) => view.slice())
}

async function compared(cases: readonly Case[], mode: NativeMode, machine: Machine) {
  const target = await createNative(mode, { machine })
  const instances = await target.loadAll(cases)
  const all = await Promise.all(
    cases.map(async (one, i) => {
      const loops = await interpreting.load(one.program, one.plan, [])
      return { one, expected: results(one, loops), got: results(one, instances[i] as Instance) }
    }),
  )
  target.dispose()
  return all
}

describe.skipIf(own === undefined)('native, or no compiler', () => {
  for (const machine of usable) {
    it(`has the bits of the interpreter with vectors of ${machine.bytes} bytes`, async () => {
      for (const { expected, got } of await compared([...products, ...turns], 'native:strict', machine)) {
        expect(got).toEqual(expected)
      }
    })

    it(`rounds products once within the bound of sums with vectors of ${machine.bytes} bytes`, async () => {
      for (const { one, expected, got } of await compared(products, 'native', machine)) {
        const [statement] = one.program.kernels[0]?.body ?? []
        const { inner } = statement as Extract<Statement, { kind: 'product' }>
        // Terms are below 2^16: each of the sums, exact or not, is within inner roundings of their sum.
        const bound = 2 * (inner + 1) * inner * 2 ** 16 * (one.type === 'f32' ? 2 ** -24 : 2 ** -53)
        const differences = Array.from(got[2] ?? [], (x, i) => Math.abs(x - Number(expected[2]?.[i])))
        expect(Math.max(...differences)).toBeLessThanOrEqual(bound)
      }
    })
  }
})
