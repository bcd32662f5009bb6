/** Expressions as instructions that leave a value on the stack: of one number, or of lanes where they differ. */
import { bytesOf, type Expression } from '../loops/loops.js'
import type { Address } from './addresses.js'
import type { FunctionCode } from './encode.js'
import type { Lanes } from './lanes.js'
import {
  apply,
  constant,
  memoryOps,
  type Rule,
  scalarBinary,
  scalarCompare,
  scalarConvert,
  scalarUnary,
} from './scalar.js'
import { type Shape, shapes, shifts, vectorBinary, vectorCompare, vectorConvert, vectorUnary } from './vector.js'
import type { ActiveLanes, KernelWriter } from './writer.js'

type Rules<R extends unknown[]> = {
  readonly [K in Expression['kind']]: (writer: KernelWriter, e: Extract<Expression, { kind: K }>, ...rest: R) => void
}

/** @throws where an operation has no instruction for a type. */
function emit(code: FunctionCode, rule: Rule | undefined, what: string): void {
  if (rule === undefined) throw new Error(`wasm: no instruction for ${what}`)
  apply(code, rule)
}

const scalarRules: Rules<[]> = {
  constant: ({ code }, e) => constant(code, e.type, e.value),
  local: (writer, e) => writer.number(e.local, e.type),
  load(writer, e) {
    const { load, align } = memoryOps[e.buffer.type]
    const offset = writer.address(writer.addresses.of(e.buffer, e.index))
    writer.code.memory(load, align, offset)
  },
  unary(writer, e) {
    scalar(writer, e.x)
    emit(writer.code, scalarUnary[e.x.type][e.op], `${e.op} of ${e.x.type}`)
  },
  binary(writer, e) {
    scalar(writer, e.x)
    scalar(writer, e.y)
    emit(writer.code, scalarBinary[e.type][e.op], `${e.op} of ${e.type}`)
  },
  compare(writer, e) {
    scalar(writer, e.x)
    scalar(writer, e.y)
    emit(writer.code, scalarCompare[e.x.type][e.op], `${e.op} of ${e.x.type}`)
  },
  select(writer, e) {
    scalar(writer, e.x)
    scalar(writer, e.y)
    scalar(writer, e.condition)
    writer.code.op('select')
  },
  convert(writer, e) {
    scalar(writer, e.x)
    if (e.x.type !== e.type) emit(writer.code, scalarConvert[e.x.type][e.type], `${e.x.type} as ${e.type}`)
  },
}

/** Puts the value of an expression on the stack, as one number. */
export function scalar(writer: KernelWriter, e: Expression): void {
  const rule = scalarRules[e.kind] as (writer: KernelWriter, e: Expression) => void
  rule(writer, e)
}

/** The shape of a type's lanes. @throws where it has another width. */
function shapeOf({ width }: Lanes, type: Expression['type']): Shape {
  const shape = shapes[width][type]
  if (shape === undefined) throw new Error(`wasm: no lanes of ${type} beside others of ${width} bits`)
  return shape
}

/** Puts the number on the stack into all lanes. */
export function splat(writer: KernelWriter, lanes: Lanes, type: Expression['type']): void {
  const shape = shapeOf(lanes, type)
  if (type === 'bool' && lanes.width === 64) writer.code.op('i64.extend_i32_s')
  writer.code.op(`${shape}.splat`)
  if (type === 'bool') writer.code.op(shape === 'i64x2' ? 'i64x2.neg' : 'i32x4.neg')
}

function uniform(writer: KernelWriter, e: Expression, lanes: ActiveLanes): void {
  const kept = writer.splatOf(e)
  if (e.kind === 'constant') {
    shapeOf(lanes, e.type)
    writer.splat(e.type, lanes.width, e.value)
  } else if (kept === undefined) {
    scalar(writer, e)
    splat(writer, lanes, e.type)
  } else writer.code.get(kept)
}

/** 0, 1, 2, 3. */
const firstLanes = Array.from({ length: 16 }, (_, i) => (i % 4 === 0 ? i / 4 : 0))

const wideLoads: Readonly<Record<string, (writer: KernelWriter, offset: number) => void>> = {
  f32: ({ code }, offset) => code.memory('v128.load', 2, offset),
  i32: ({ code }, offset) => code.memory('v128.load', 2, offset),
  f64: ({ code }, offset) => code.memory('v128.load', 3, offset),
  u8: fourBytes,
  bool(writer, offset) {
    fourBytes(writer, offset)
    writer.code.op('i32x4.neg')
  },
}

function fourBytes({ code }: KernelWriter, offset: number): void {
  code.memory('v128.load32_zero', 0, offset)
  code.op('i16x8.extend_low_i8x16_u')
  code.op('i32x4.extend_low_i16x8_u')
}

/** Loads each lane by itself, and those without an iteration not at all. */
function gathered(
  writer: KernelWriter,
  e: Expression & { kind: 'load' },
  lanes: ActiveLanes,
  { address, bytes }: { address: Address; bytes: number },
): void {
  const shape = shapeOf(lanes, e.type)
  const { load, align } = memoryOps[e.buffer.type]
  for (let lane = 0; lane < lanes.valid; lane++) {
    const offset = writer.address(address, lane * bytes)
    writer.code.memory(load, align, offset)
    if (shape === 'i64x2') writer.code.op('i64.extend_i32_s')
    if (lane === 0) writer.code.op(`${shape}.splat`)
    else writer.code.op(`${shape}.replace_lane`, lane)
  }
  if (e.type === 'bool') writer.code.op(shape === 'i64x2' ? 'i64x2.neg' : 'i32x4.neg')
}

/** Of two locals or constants: the same bits. */
function isSame(x: Expression, y: Expression): boolean {
  if (x.kind === 'local') return y.kind === 'local' && x.local === y.local
  return x.kind === 'constant' && y.kind === 'constant' && Object.is(x.value, y.value)
}

type Limit = readonly [op: `${'f32x4' | 'f64x2'}.${'pmin' | 'pmax'}`, x: Expression, y: Expression]

/** The one instruction of `x > y ? y : x` or of `x > y ? x : y`: of operands that do not compare it gives its first. */
function limiting({ condition, x, y, type }: Expression & { kind: 'select' }): Limit | undefined {
  if (condition.kind !== 'compare' || condition.op !== 'gt' || (type !== 'f32' && type !== 'f64')) return undefined
  const shape = type === 'f32' ? 'f32x4' : 'f64x2'
  if (isSame(condition.x, y) && isSame(condition.y, x)) return [`${shape}.pmin`, y, x]
  return isSame(condition.x, x) && isSame(condition.y, y) ? [`${shape}.pmax`, y, x] : undefined
}

const vectorRules: Rules<[lanes: ActiveLanes]> = {
  constant: uniform,
  local(writer, e, { over }) {
    if (e.local !== over) return writer.code.get(writer.laneRegister(e.local))
    writer.number(over, 'i32')
    writer.code.op('i32x4.splat')
    writer.vector(firstLanes)
    writer.code.op('i32x4.add')
  },
  load(writer, e, lanes) {
    const address = writer.addresses.of(e.buffer, e.index)
    const moved = address.terms.find(({ local }) => local === lanes.over)
    const bytes = moved === undefined ? 0 : moved.bytes
    const isWide = bytes === bytesOf[e.buffer.type] && !(e.type === 'bool' && lanes.width === 64)
    if (isWide) wideLoads[e.buffer.type]?.(writer, writer.address(address))
    else gathered(writer, e, lanes, { address, bytes })
  },
  unary(writer, e) {
    value(writer, e.x)
    emit(writer.code, vectorUnary[e.x.type][e.op], `${e.op} of lanes of ${e.x.type}`)
  },
  binary(writer, e) {
    value(writer, e.x)
    if (shifts.has(e.op) && e.y.kind === 'constant') writer.code.i32(Number(e.y.value))
    else value(writer, e.y)
    emit(writer.code, vectorBinary[e.type][e.op], `${e.op} of lanes of ${e.type}`)
  },
  compare(writer, e) {
    value(writer, e.x)
    value(writer, e.y)
    emit(writer.code, vectorCompare[e.x.type][e.op], `${e.op} of lanes of ${e.x.type}`)
  },
  select(writer, e) {
    const [op, x, y] = limiting(e) ?? ['v128.bitselect' as const, e.x, e.y]
    value(writer, x)
    value(writer, y)
    if (op === 'v128.bitselect') value(writer, e.condition)
    writer.code.op(op)
  },
  convert(writer, e) {
    value(writer, e.x)
    if (e.x.type !== e.type) emit(writer.code, vectorConvert[e.x.type][e.type], `lanes of ${e.x.type} as ${e.type}`)
  },
}

/** Puts the value of an expression on the stack: a vector where there are lanes. */
export function value(writer: KernelWriter, e: Expression): void {
  const { lanes } = writer
  if (lanes === undefined) return scalar(writer, e)
  if (!lanes.differs(e)) return uniform(writer, e, lanes)
  const rule = vectorRules[e.kind] as (writer: KernelWriter, e: Expression, lanes: ActiveLanes) => void
  rule(writer, e, lanes)
}
