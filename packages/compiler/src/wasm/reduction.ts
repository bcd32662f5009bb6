/** Sums and maxima over a loop, in sixteen logical lanes. */
import type { Statement } from '../loops/loops.js'
import { own } from './addresses.js'
import { scalar, value } from './expressions.js'
import { type Lanes, lanesOfValue } from './lanes.js'
import { apply, constant, memoryOps, scalarBinary } from './scalar.js'
import { vectorBinary } from './vector.js'
import type { KernelWriter } from './writer.js'

type Reduce = Extract<Statement, { kind: 'reduce' }>

/** Lanes that a sum has, whatever the machine. */
const LOGICAL = 16

type Summed = 'f32' | 'f64' | 'i32'

/** @throws where values of a type are not summed. */
function typeOf({ value: { type } }: Reduce): Summed {
  if (type === 'f32' || type === 'f64' || type === 'i32') return type
  throw new Error(`wasm: no sums of ${type}`)
}

const lowest: Readonly<Record<Summed, number>> = { f32: -Infinity, f64: -Infinity, i32: -(2 ** 31) }

const extracts = { f32: 'f32x4.extract_lane', f64: 'f64x2.extract_lane', i32: 'i32x4.extract_lane' } as const

/** The element that changes nothing. */
const identityOf = (s: Reduce): number => (s.op === 'add' ? 0 : lowest[typeOf(s)])

/** A sum or a maximum. */
export function reduction(writer: KernelWriter, s: Reduce): void {
  const lanes = lanesOfValue(s.over, s.value)
  writer.start(s.over)
  if (lanes === undefined) inMemory(writer, s)
  else inLanes(writer, s, lanes)
  writer.code.set(writer.register(s.local, s.value.type))
  writer.moveBy(s.local)
}

/** Applies the operation to what is on the stack. */
function join(writer: KernelWriter, s: Reduce, rules: typeof scalarBinary): void {
  const rule = rules[s.value.type][s.op]
  if (rule === undefined) throw new Error(`wasm: no ${s.op} of ${s.value.type}`)
  apply(writer.code, rule)
}

function inLanes(writer: KernelWriter, s: Reduce, lanes: Lanes): void {
  const [blocks, rest] = [Math.floor(s.extent / LOGICAL), s.extent % LOGICAL]
  const vectors = Math.ceil(Math.min(s.extent, LOGICAL) / lanes.count)
  const sums = Array.from({ length: vectors }, () => writer.code.local('v128'))
  const identity = (): void => writer.splat(s.value.type, lanes.width, identityOf(s))
  const add = (sum: number, number: number, valid: number): void => {
    writer.code.get(sum)
    writer.displaced([[s.over, number * lanes.count]], () =>
      writer.withLanes({ ...lanes, valid, copy: 0 }, () => value(writer, s.value)),
    )
    if (valid < lanes.count) masked(writer, lanes, valid, identity)
    join(writer, s, vectorBinary)
    writer.code.set(sum)
  }
  for (const sum of sums) {
    identity()
    writer.code.set(sum)
  }
  writer.repeat(s.over, blocks, LOGICAL, () => sums.forEach((sum, i) => add(sum, i, lanes.count)))
  sums
    .slice(0, Math.ceil(rest / lanes.count))
    .forEach((sum, i) => add(sum, i, Math.min(lanes.count, rest - i * lanes.count)))
  total(writer, s, lanes, sums)
}

/** Puts the identity into those lanes of the vector on the stack that have no iteration. */
function masked(writer: KernelWriter, lanes: Lanes, valid: number, identity: () => void): void {
  identity()
  const size = 16 / lanes.count
  writer.vector(Array.from({ length: 16 }, (_, i) => (i < valid * size ? 255 : 0)))
  writer.code.op('v128.bitselect')
}

/** Joins halves of the sixteen lanes until there is one, and puts it on the stack. */
function total(writer: KernelWriter, s: Reduce, lanes: Lanes, sums: readonly number[]): void {
  const { code } = writer
  const [first] = sums
  if (first === undefined) throw new Error('wasm: a sum of nothing')
  for (let half = LOGICAL / lanes.count / 2; half >= 1; half /= 2) {
    sums.slice(half, 2 * half).forEach((upper, i) => {
      const lower = sums[i]
      if (lower === undefined) return
      code.get(lower)
      code.get(upper)
      join(writer, s, vectorBinary)
      code.set(lower)
    })
  }
  for (let bytes = 8; bytes >= 16 / lanes.count; bytes /= 2) {
    code.get(first)
    code.get(first)
    code.get(first)
    code.bytes(
      'i8x16.shuffle',
      Array.from({ length: 16 }, (_, i) => (i + bytes) % 16),
    )
    join(writer, s, vectorBinary)
    code.set(first)
  }
  code.get(first)
  code.op(extracts[typeOf(s)], 0)
}

/** The sixteen lanes in memory, one number after the other: for values that have no vectors. */
function inMemory(writer: KernelWriter, s: Reduce): void {
  const { code } = writer
  const { load, store, align } = memoryOps[typeOf(s)]
  const size = 2 ** align
  const used = Math.min(LOGICAL, s.extent)
  for (let lane = 0; lane < used; lane++) {
    writer.pointer(own)
    constant(code, s.value.type, identityOf(s))
    code.memory(store, align, lane * size)
  }
  const lane = code.local('i32')
  writer.repeat(s.over, s.extent, 1, () => {
    writer.number(s.over, 'i32')
    code.i32(LOGICAL - 1)
    code.op('i32.and')
    code.i32(align)
    code.op('i32.shl')
    writer.pointer(own)
    code.op('i32.add')
    code.tee(lane)
    code.get(lane)
    code.memory(load, align, 0)
    scalar(writer, s.value)
    join(writer, s, scalarBinary)
    code.memory(store, align, 0)
  })
  for (let half = LOGICAL / 2; half >= 1; half /= 2) {
    for (let i = 0; i < half && i + half < used; i++) {
      writer.pointer(own)
      for (const one of [i, i + half]) {
        writer.pointer(own)
        code.memory(load, align, one * size)
      }
      join(writer, s, scalarBinary)
      code.memory(store, align, i * size)
    }
  }
  writer.pointer(own)
  code.memory(load, align, 0)
}
