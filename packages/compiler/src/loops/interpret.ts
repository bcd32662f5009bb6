/**
 * The meaning of the loop IR, slow and obvious: emitters are held against it bit for bit, and it is held against the
 * reference. Registers are numbers (`bool` is 0 or 1), `i64` a bigint.
 */
import { internalError } from '@isograd/core/backend'
import { HEAD, type MemoryPlan } from '../memory/plan.js'
import type { Elements, Instance, Target } from '../target.js'
import type {
  BinaryOp,
  Buffer,
  CompareOp,
  Expression,
  Index,
  Kernel,
  LoopProgram,
  Matrix,
  RegisterType,
  Statement,
  UnaryOp,
} from './loops.js'

type Value = number | bigint
type Operation<T> = (x: T, y: T) => T

/** Reads and writes one element: `start` is that of the step at hand. */
interface View {
  readonly data: Elements
  readonly start: number
}

const scratch = new DataView(new ArrayBuffer(8))

/** The nearest integer, halves to even. */
const nearestEven = (x: number): number => (Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x))

function bitsOf(x: number, type: RegisterType): Value {
  if (type === 'f32') scratch.setFloat32(0, x)
  else scratch.setFloat64(0, x)
  return type === 'f32' ? scratch.getInt32(0) : scratch.getBigInt64(0)
}

function floatOf(x: Value): number {
  if (typeof x === 'bigint') scratch.setBigInt64(0, x)
  else scratch.setInt32(0, x)
  return typeof x === 'bigint' ? scratch.getFloat64(0) : scratch.getFloat32(0)
}

/** A result as its register holds it: floats rounded once, integers wrapped. */
const held: Readonly<Record<RegisterType, (x: Value) => Value>> = {
  f32: (x) => Math.fround(Number(x)),
  f64: Number,
  i32: (x) => Number(x) | 0,
  i64: (x) => BigInt.asIntN(64, BigInt(x)),
  bool: (x) => x,
}

const unaryOps: Readonly<Record<UnaryOp, (x: Value, type: RegisterType) => Value>> = {
  neg: (x) => -x,
  abs: (x) => (typeof x === 'bigint' ? (x < 0n ? -x : x) : Math.abs(x)),
  sqrt: (x) => Math.sqrt(Number(x)),
  nearest: (x) => nearestEven(Number(x)),
  bits: (x, type) => bitsOf(Number(x), type),
  float: floatOf,
}

const ofNumbers: Readonly<Record<BinaryOp, Operation<number>>> = {
  add: (x, y) => x + y,
  sub: (x, y) => x - y,
  mul: (x, y) => x * y,
  div: (x, y) => x / y,
  max: Math.max,
  min: Math.min,
  and: (x, y) => x & y,
  or: (x, y) => x | y,
  xor: (x, y) => x ^ y,
  shl: (x, y) => x << y,
  shr: (x, y) => x >> y,
  ushr: (x, y) => x >>> y,
}

const ofBigints: Readonly<Record<Exclude<BinaryOp, 'div'>, Operation<bigint>>> = {
  add: (x, y) => x + y,
  sub: (x, y) => x - y,
  mul: (x, y) => x * y,
  max: (x, y) => (x > y ? x : y),
  min: (x, y) => (x < y ? x : y),
  and: (x, y) => x & y,
  or: (x, y) => x | y,
  xor: (x, y) => x ^ y,
  shl: (x, y) => x << y,
  shr: (x, y) => x >> y,
  ushr: (x, y) => BigInt.asUintN(64, x) >> y,
}

const compareOps: Readonly<Record<CompareOp, (x: Value, y: Value) => boolean>> = {
  gt: (x, y) => x > y,
  ge: (x, y) => x >= y,
  eq: (x, y) => x === y,
  ne: (x, y) => x !== y,
}

/** The result of an operation of two operands, as a register of the type holds it. */
function binary(op: BinaryOp, type: RegisterType, x: Value, y: Value): Value {
  if (typeof x === 'bigint' && typeof y === 'bigint' && op !== 'div') return held[type](ofBigints[op](x, y))
  if (op === 'mul' && type === 'i32') return Math.imul(Number(x), Number(y))
  return held[type](ofNumbers[op](Number(x), Number(y)))
}

const LARGEST = 2 ** 31 - 1

/** A number of any type as another type. */
function converted(x: Value, from: RegisterType, to: RegisterType): Value {
  if (to === 'bool') return Number(x) === 0 ? 0 : 1
  if (to !== 'i32' || from === 'i32') return held[to](x)
  const number = Number(x)
  return Number.isNaN(number) ? 0 : Math.trunc(Math.min(Math.max(number, -LARGEST - 1), LARGEST)) | 0
}

/** Runs the kernels of one step. */
class Interpreter {
  readonly #locals: Value[] = []
  readonly #view: (buffer: Buffer) => View
  readonly #head: Int32Array
  constructor(head: Int32Array, view: (buffer: Buffer) => View) {
    this.#head = head
    this.#view = view
  }

  kernel(kernel: Kernel): void {
    this.#run(kernel.body)
  }

  #local(local: number): Value {
    const value = this.#locals[local]
    if (value === undefined) throw internalError(`loops: local ${local} is read before it has a value`)
    return value
  }

  #at(index: Index): number {
    return index.terms.reduce((sum, { local, stride }) => sum + stride * Number(this.#local(local)), index.constant)
  }

  /** The place of an element within its tensor's array; one outside of the buffer is a fault of the lowering. */
  #place(buffer: Buffer, element: number): { data: Elements; place: number } {
    if (element < 0 || element >= buffer.length) {
      throw internalError(`loops: element ${element} of ${buffer.name}, which has ${buffer.length}`)
    }
    const { data, start } = this.#view(buffer)
    return { data, place: start + element }
  }

  #load(buffer: Buffer, element: number): number {
    const { data, place } = this.#place(buffer, element)
    return Number(data[place])
  }

  readonly #expressions: {
    readonly [K in Expression['kind']]: (e: Extract<Expression, { kind: K }>) => Value
  } = {
    constant: (e) => held[e.type](e.value),
    local: (e) => this.#local(e.local),
    load: (e) => this.#load(e.buffer, this.#at(e.index)),
    unary: (e) => held[e.type](unaryOps[e.op](this.#value(e.x), e.x.type)),
    binary: (e) => binary(e.op, e.type, this.#value(e.x), this.#value(e.y)),
    compare: (e) => Number(compareOps[e.op](this.#value(e.x), this.#value(e.y))),
    select: (e) => {
      const [x, y] = [this.#value(e.x), this.#value(e.y)]
      return this.#value(e.condition) === 0 ? y : x
    },
    convert: (e) => converted(this.#value(e.x), e.x.type, e.type),
  }

  #value(e: Expression): Value {
    const rule = this.#expressions[e.kind] as (e: Expression) => Value
    return rule(e)
  }

  readonly #statements: {
    readonly [K in Statement['kind']]: (s: Extract<Statement, { kind: K }>) => void
  } = {
    for: (s) => {
      for (let i = 0; i < s.extent; i++) {
        this.#locals[s.local] = i
        this.#run(s.body)
      }
    },
    let: (s) => this.#assign(s.local, this.#value(s.value)),
    variable: (s) => this.#assign(s.local, this.#value(s.value)),
    assign: (s) => this.#assign(s.local, this.#value(s.value)),
    store: (s) => {
      const value = Number(this.#value(s.value))
      const { data, place } = this.#place(s.buffer, this.#at(s.index))
      data[place] = value
    },
    reduce: (s) => {
      const { type } = s.value
      const lowest = type === 'i32' ? -LARGEST - 1 : -Infinity
      const lanes: Value[] = Array.from({ length: Math.min(16, s.extent) }, () => (s.op === 'add' ? 0 : lowest))
      const join = (lane: number, y: Value | undefined): void => {
        if (y !== undefined) lanes[lane] = binary(s.op, type, lanes[lane] as Value, y)
      }
      for (let i = 0; i < s.extent; i++) {
        this.#locals[s.over] = i
        join(i % 16, this.#value(s.value))
      }
      for (const half of [8, 4, 2, 1]) for (let lane = 0; lane < half; lane++) join(lane, lanes[lane + half])
      this.#assign(s.local, lanes[0] as Value)
    },
    product: (s) => {
      for (let row = 0; row < s.rows; row++) {
        for (let column = 0; column < s.columns; column++) {
          this.#assign(s.value, this.#dot(s, row, column))
          this.#assign(s.row, row)
          this.#assign(s.column, column)
          this.#run(s.body)
        }
      }
    },
    guard: (s) => {
      const row = Number(this.#value(s.row))
      const isFaulty = row < 0 || row >= s.limit
      if (isFaulty && this.#head[0] === 0) this.#head.set([1 + s.fault, row])
      this.#assign(s.local, isFaulty ? 0 : row)
    },
  }

  #dot({ type, a, b, inner }: Extract<Statement, { kind: 'product' }>, row: number, column: number): Value {
    const element = (m: Matrix, i: number, j: number): number =>
      this.#load(m.buffer, this.#at(m.start) + i * m.rowStride + j * m.columnStride)
    const term = (k: number): Value => binary('mul', type, element(a, row, k), element(b, k, column))
    let sum = term(0)
    for (let k = 1; k < inner; k++) sum = binary('add', type, sum, term(k))
    return sum
  }

  #assign(local: number, value: Value): void {
    this.#locals[local] = value
  }

  #run(body: readonly Statement[]): void {
    for (const s of body) {
      const rule = this.#statements[s.kind] as (s: Statement) => void
      rule(s)
    }
  }
}

const viewsOf: Readonly<Record<Buffer['type'], (arena: ArrayBuffer, offset: number, length: number) => Elements>> = {
  f32: (arena, offset, length) => new Float32Array(arena, offset, length),
  f64: (arena, offset, length) => new Float64Array(arena, offset, length),
  i32: (arena, offset, length) => new Int32Array(arena, offset, length),
  u8: (arena, offset, length) => new Uint8Array(arena, offset, length),
  bool: (arena, offset, length) => new Uint8Array(arena, offset, length),
}

/** The tensor whose elements a buffer has. */
function tensorOf(tensors: readonly Elements[], { index, name }: Buffer): Elements {
  const data = tensors[index]
  if (data === undefined) throw internalError(`loops: there is no tensor ${index} for ${name}`)
  return data
}

/** An arena without code, for the interpreter. */
function instance(program: LoopProgram, plan: MemoryPlan, constants: readonly Elements[]): Instance {
  const arena = new ArrayBuffer(plan.bytes)
  const head = new Int32Array(arena, 0, HEAD / 4)
  const place = ({ id, name }: Buffer): number => {
    const offset = plan.offsets.get(id)
    if (offset === undefined) throw internalError(`loops: the plan has no place for ${name}`)
    return offset
  }
  return {
    interpreted: program.uncovered + program.kernels.length,
    arena: () => new Uint8Array(arena),
    run(xs, ys, from, to) {
      head.fill(0)
      for (let step = from; step < to && head[0] === 0; step++) {
        const spaces: Readonly<Record<Buffer['space'], (buffer: Buffer) => View>> = {
          arena: (buffer) => ({ data: viewsOf[buffer.type](arena, place(buffer), buffer.length), start: 0 }),
          constant: (buffer) => ({ data: tensorOf(constants, buffer), start: 0 }),
          x: (buffer) => ({ data: tensorOf(xs, buffer), start: step * buffer.length }),
          y: (buffer) => ({ data: tensorOf(ys, buffer), start: step * buffer.length }),
        }
        const views = new Map<Buffer, View>()
        const interpreter = new Interpreter(head, (buffer) => {
          const view = views.get(buffer) ?? spaces[buffer.space](buffer)
          views.set(buffer, view)
          return view
        })
        for (const kernel of program.kernels) interpreter.kernel(kernel)
      }
    },
    dispose: () => undefined,
  }
}

/** The target `loops`: interprets. */
export const interpreting: Target = {
  name: 'loops',
  threads: 1,
  load: (program, plan, constants) => Promise.resolve(instance(program, plan, constants)),
  bytes: () => 0,
  dispose: () => undefined,
}
