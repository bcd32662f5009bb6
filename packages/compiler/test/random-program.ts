/** Random loop programs with their data, for holding targets against the interpreter. */
import * as fc from 'fast-check'
import { binary, compare, constant, convert, load, local, select, unary } from '../src/loops/build.js'
import {
  type BinaryOp,
  type Buffer,
  bytesOf,
  type ElementType,
  type Expression,
  type Index,
  type Local,
  loadedAs,
  type LoopProgram,
  type Matrix,
  type RegisterType,
  type Statement,
} from '../src/loops/loops.js'
import { ALIGNMENT, HEAD, TAIL } from '../src/memory/plan.js'
import type { Elements } from '../src/target.js'
import { arrays, fill, LIMIT, type RandomProgram, specials } from './random-data.js'

const LENGTH = 420
const elementTypes: readonly ElementType[] = ['f32', 'f64', 'i32', 'u8', 'bool']
const floats: readonly ElementType[] = ['f32', 'f64']

const spaces: readonly Buffer['space'][] = ['arena', 'constant', 'x', 'y']

/** Buffers of every type in every space; more of those that products read. */
function allBuffers(): Buffer[] {
  const kinds = spaces.flatMap((space) =>
    (space === 'arena' ? [...elementTypes, ...elementTypes, ...floats] : elementTypes).map((type, index) => ({
      space,
      type,
      index,
    })),
  )
  return kinds.map(({ space, type, index }, id) => ({
    id,
    name: `${space}${index}:${type}`,
    type,
    space,
    index,
    length: LENGTH,
  }))
}

interface Loop {
  readonly local: Local
  readonly extent: number
  /** Only these strides are allowed. */
  readonly isLane: boolean
}

/** The names that a statement may give. */
interface Scope {
  readonly loops: readonly Loop[]
  readonly locals: readonly { readonly local: Local; readonly type: RegisterType }[]
  /** Row numbers that have been held to 0 .. LIMIT-1. */
  readonly rows: readonly Local[]
  readonly written: readonly Buffer[]
}

class Maker {
  readonly buffers = allBuffers()
  #locals = 0
  readonly #gen: fc.GeneratorValue
  constructor(gen: fc.GeneratorValue) {
    this.#gen = gen
  }

  get locals(): number {
    return this.#locals
  }

  name(): Local {
    return this.#locals++
  }

  integer(min: number, max: number): number {
    return this.#gen(fc.integer, { min, max })
  }

  pick<T>(from: readonly T[]): T {
    return from[this.integer(0, from.length - 1)] as T
  }

  /** An index that stays within the buffer. */
  index(scope: Scope, loops = scope.loops, last = LENGTH - 1): Index {
    let room = last
    const terms: { local: Local; stride: number }[] = []
    let first = 0
    for (const { local: variable, extent, isLane } of loops) {
      const largest = Math.floor(room / Math.max(extent - 1, 1))
      const stride = isLane ? this.integer(0, Math.min(1, largest)) : this.integer(-2, Math.min(largest, 30))
      if (Math.abs(stride) > largest) continue
      room -= Math.abs(stride) * (extent - 1)
      if (stride < 0) first += -stride * (extent - 1)
      terms.push({ local: variable, stride })
    }
    const row = scope.rows.length > 0 && this.integer(0, 1) === 1 ? this.pick(scope.rows) : undefined
    if (row !== undefined && room >= LIMIT) {
      const stride = this.integer(1, Math.floor(room / LIMIT))
      terms.push({ local: row, stride })
      room -= stride * LIMIT
    }
    return { constant: first + this.integer(0, room), terms }
  }

  load(scope: Scope, type: RegisterType, loops?: readonly Loop[]): Expression | undefined {
    const fitting = this.buffers.filter((buffer) => loadedAs[buffer.type] === type && !scope.written.includes(buffer))
    return fitting.length === 0 ? undefined : load(this.pick(fitting), this.index(scope, loops))
  }

  leaf(scope: Scope, type: RegisterType): Expression {
    const named = scope.locals.filter((one) => one.type === type)
    if (named.length > 0 && this.integer(0, 2) > 0) return local(type, this.pick(named).local)
    if (type === 'i32' && scope.loops.length > 0 && this.integer(0, 3) === 0)
      return local('i32', this.pick(scope.loops).local)
    const loaded = this.integer(0, 3) > 0 ? this.load(scope, type) : undefined
    if (loaded !== undefined) return loaded
    if (type === 'i64') return constant('i64', BigInt(this.integer(-5, 5)) << BigInt(this.integer(0, 58)))
    if (type === 'bool') return constant('bool', this.integer(0, 1))
    return constant(type, type === 'i32' ? this.integer(-5, 300) : this.pick(specials))
  }

  expression(scope: Scope, type: RegisterType, depth: number): Expression {
    if (depth === 0) return this.leaf(scope, type)
    const of = (one: RegisterType): Expression => this.expression(scope, one, depth - 1)
    const makers: (() => Expression)[] = [
      () => select(of('bool'), of(type), of(type)),
      () => this.leaf(scope, type),
      () => this.binary(type, of),
      () => this.binary(type, of),
      ...this.special(type, of),
    ]
    return this.pick(makers)()
  }

  binary(type: RegisterType, of: (type: RegisterType) => Expression): Expression {
    const ops: Readonly<Record<string, readonly BinaryOp[]>> = {
      float: ['add', 'sub', 'mul', 'div', 'max', 'min'],
      integer: ['add', 'sub', 'mul', 'max', 'min', 'and', 'or', 'xor', 'shl', 'shr', 'ushr'],
      bool: ['and', 'or', 'xor'],
    }
    const kind = type === 'bool' ? 'bool' : type === 'i32' || type === 'i64' ? 'integer' : 'float'
    const op = this.pick(ops[kind] ?? [])
    if (op !== 'shl' && op !== 'shr' && op !== 'ushr') return binary(op, of(type), of(type))
    return binary(
      op,
      of(type),
      type === 'i64' ? constant(type, BigInt(this.integer(0, 63))) : constant(type, this.integer(0, 31)),
    )
  }

  /** Members that some types have beside. */
  special(type: RegisterType, of: (type: RegisterType) => Expression): (() => Expression)[] {
    const number: () => Expression = () => {
      const x = of('f32')
      return select(compare('eq', x, x), x, constant('f32', 1))
    }
    const longNumber: () => Expression = () => {
      const x = of('f64')
      return select(compare('eq', x, x), x, constant('f64', 1))
    }
    const ofFloats = (['neg', 'abs', 'sqrt', 'nearest'] as const).map((op) => () => unary(op, of(type)))
    const ofIntegers = (['neg', 'abs'] as const).map((op) => () => unary(op, of(type)))
    const compared = (['f32', 'f64', 'i32', 'i64'] as const).map(
      (one) => () => compare(this.pick(['gt', 'ge', 'eq', 'ne']), of(one), of(one)),
    )
    const from = (...types: RegisterType[]) => types.map((one) => () => convert(type, of(one)))
    return {
      f32: [...ofFloats, ...from('f64', 'i32', 'bool'), () => unary('float', of('i32'))],
      f64: [...ofFloats, ...from('f32', 'i32', 'i64', 'bool'), () => unary('float', of('i64'))],
      i32: [...ofIntegers, ...from('f32', 'f64', 'bool'), () => unary('bits', number())],
      i64: [...ofIntegers, ...from('i32', 'bool'), () => unary('bits', longNumber())],
      bool: [...compared, ...from('f32', 'i32', 'f64', 'i64')],
    }[type]
  }

  /** A store to a place of its own for each iteration of the loops that are lanes. */
  store(scope: Scope, buffer: Buffer, loops: readonly Loop[], depth: number): Statement {
    const type = loadedAs[buffer.type]
    const terms: { local: Local; stride: number }[] = []
    let stride = 1
    for (const { local: variable, extent } of loops.toReversed()) {
      if (stride * extent > LENGTH) break
      terms.push({ local: variable, stride })
      stride *= extent
    }
    const index = { constant: this.integer(0, LENGTH - stride), terms }
    const value = this.expression(scope, type, depth)
    // In place: what is written at an element may come from it.
    const old = this.integer(0, 2) === 0 && type !== 'bool' ? binary('add', load(buffer, index), value) : value
    return { kind: 'store', buffer, index, value: old }
  }

  /** Names for values, which come before what uses them. */
  lets(scope: Scope, depth: number): { statements: Statement[]; scope: Scope } {
    const types = Array.from({ length: this.integer(0, 2) }, () =>
      this.pick<RegisterType>(['f32', 'f64', 'i32', 'i64', 'bool']),
    )
    let inner = scope
    const statements = types.map((type): Statement => {
      const value = this.expression(inner, type, depth)
      const name = this.name()
      inner = { ...inner, locals: [...inner.locals, { local: name, type }] }
      return { kind: 'let', local: name, value }
    })
    return { statements, scope: inner }
  }

  /** A loop whose lanes sum over a loop inside. */
  sums(scope: Scope, out: Buffer, lane: Loop): Statement[] {
    const type = loadedAs[out.type]
    const sum = this.name()
    const inside: Loop = { local: this.name(), extent: this.integer(0, 5), isLane: false }
    const within = { ...scope, loops: [...scope.loops, inside] }
    const named = this.lets(within, 1)
    const value = this.binary(type, () => this.expression(named.scope, type, 1))
    return [
      { kind: 'variable', local: sum, value: this.expression(scope, type, 1) },
      {
        kind: 'for',
        local: inside.local,
        extent: inside.extent,
        vector: false,
        body: [
          ...named.statements,
          {
            kind: 'assign',
            local: sum,
            value: select(this.expression(named.scope, 'bool', 1), local(type, sum), value),
          },
        ],
      },
      this.store(
        { ...scope, locals: [...scope.locals, { local: sum, type }] },
        out,
        [...scope.loops.slice(0, -1), lane],
        1,
      ),
    ]
  }

  /** A row number, by a guard. */
  guard(scope: Scope, faults: LoopProgram['faults']): { statements: Statement[]; scope: Scope } {
    const source = this.pick(this.buffers.filter(({ type, space }) => type === 'i32' && space !== 'y'))
    const name = this.name()
    const row = load(source, this.index(scope))
    const statements: Statement[] = [
      { kind: 'guard', local: name, row, limit: LIMIT, fault: this.integer(0, faults.length - 1) },
    ]
    const named = [...scope.locals, { local: name, type: 'i32' as const }]
    return { statements, scope: { ...scope, rows: [...scope.rows, name], locals: named } }
  }

  reduce(scope: Scope): { statement: Statement; scope: Scope } {
    const type = this.pick<RegisterType>(['f32', 'f64', 'i32'])
    const [name, over] = [this.name(), this.name()]
    const extent = this.integer(1, 70)
    const inner = { ...scope, loops: [...scope.loops, { local: over, extent, isLane: this.integer(0, 2) > 0 }] }
    const value = this.expression(inner, type, this.integer(0, 2))
    const named = [...scope.locals, { local: name, type }]
    return {
      statement: { kind: 'reduce', local: name, op: this.pick(['add', 'max']), over, extent, value },
      scope: { ...scope, locals: named },
    }
  }

  product(scope: Scope, out: Buffer): Statement {
    const type = this.pick<'f32' | 'f64'>(['f32', 'f64'])
    const fits = this.buffers.filter((buffer) => buffer.type === type && buffer !== out)
    const rows = this.integer(1, 20)
    const columns = this.integer(1, Math.min(30, Math.floor(LENGTH / rows)))
    const inner = this.integer(1, Math.min(20, Math.floor(LENGTH / Math.max(rows, columns))))
    const isTransposed = this.integer(0, 1) === 1
    const matrix = (buffer: Buffer, size: number, strides: { rowStride: number; columnStride: number }): Matrix => ({
      buffer,
      start: this.index({ ...scope, rows: [] }, scope.loops, LENGTH - size),
      ...strides,
    })
    const a = matrix(
      this.pick(fits),
      rows * inner,
      isTransposed ? { rowStride: 1, columnStride: rows } : { rowStride: inner, columnStride: 1 },
    )
    const arena = fits.filter(({ space }) => space === 'arena')
    const b = matrix(this.pick(arena), inner * columns, { rowStride: columns, columnStride: 1 })
    const [row, column, value] = [this.name(), this.name(), this.name()]
    const loops: Loop[] = [
      { local: row, extent: rows, isLane: false },
      { local: column, extent: columns, isLane: true },
    ]
    const within: Scope = {
      ...scope,
      loops: [...scope.loops, ...loops],
      written: [out, a.buffer, b.buffer],
      locals: [...scope.locals, { local: value, type }],
    }
    const named = this.lets(within, 1)
    const body = [...named.statements, this.store(named.scope, out, loops, 2)]
    return { kind: 'product', type, rows, inner, columns, a, b, row, column, value, body }
  }

  /** A product, or several. */
  products(): Statement {
    const out = this.pick(this.buffers.filter(({ space }) => space === 'arena' || space === 'y'))
    const loop: Loop = { local: this.name(), extent: this.integer(1, 3), isLane: false }
    const body = [this.product({ loops: [loop], locals: [], rows: [], written: [out] }, out)]
    return { kind: 'for', local: loop.local, extent: loop.extent, vector: false, body }
  }

  /** Loops around one of the things that kernels do. */
  nest(faults: LoopProgram['faults']): Statement {
    const out = this.pick(this.buffers.filter(({ space }) => space === 'arena' || space === 'y'))
    const loops = Array.from({ length: this.integer(1, 3) }, (_, i): Loop => {
      return { local: this.name(), extent: i === 0 ? this.integer(1, 40) : this.integer(1, 6), isLane: false }
    }).toReversed()
    const last = loops.at(-1) as Loop
    const lane: Loop = { ...last, isLane: true }
    const isVector = this.integer(0, 3) > 0
    const outside: Scope = { loops: loops.slice(0, -1), locals: [], rows: [], written: [out] }
    const guarded = this.integer(0, 3) === 0 ? this.guard(outside, faults) : { statements: [], scope: outside }
    const reduced = this.integer(0, 2) === 0 ? this.reduce(guarded.scope) : undefined
    const before = [...guarded.statements, ...(reduced === undefined ? [] : [reduced.statement])]
    const scope = reduced?.scope ?? guarded.scope
    const inside: Scope = { ...scope, loops: [...scope.loops, isVector ? lane : last] }
    const named = this.lets(inside, 2)
    const isSum = this.integer(0, 2) === 0 && out.type !== 'u8'
    const stored = isSum ? this.sums(named.scope, out, lane) : [this.store(named.scope, out, inside.loops, 3)]
    const body = [...named.statements, ...stored]
    const inner: Statement[] = [
      ...before,
      { kind: 'for', local: last.local, extent: last.extent, vector: isVector, body },
    ]
    const around = loops
      .slice(0, -1)
      .reduceRight<Statement[]>(
        (statements, { local: variable, extent }) => [
          { kind: 'for', local: variable, extent, vector: false, body: statements },
        ],
        inner,
      )
    return around[0] as Statement
  }
}

/** Sets a whole buffer to 0. */
function cleared(buffer: Buffer, variable: Local): Statement {
  const index = { constant: 0, terms: [{ local: variable, stride: 1 }] }
  const value = constant(loadedAs[buffer.type], 0)
  return { kind: 'for', local: variable, extent: LENGTH, vector: true, body: [{ kind: 'store', buffer, index, value }] }
}

const wrap = (body: readonly Statement[], locals: number): LoopProgram['kernels'][number] => ({
  name: 'kernel',
  locals,
  body,
})

/** Any program. */
export const randomProgram: fc.Arbitrary<RandomProgram> = fc.gen().map((gen): RandomProgram => {
  const maker = new Maker(gen)
  const faults = [
    { node: 'first', limit: LIMIT },
    { node: 'second', limit: LIMIT },
  ]
  const ys = maker.buffers.filter(({ space }) => space === 'y')
  const first = ys.map((buffer) => cleared(buffer, maker.name()))
  const bodies = Array.from({ length: maker.integer(1, 3) }, () =>
    maker.integer(0, 2) === 0 ? maker.products() : maker.nest(faults),
  )
  const steps = maker.integer(1, 3)
  const seed = maker.integer(1, 2 ** 30)
  const tensors = (space: Buffer['space'], times: number): Elements[] =>
    maker.buffers
      .filter((one) => one.space === space)
      .map((one) => fill(new arrays[one.type](LENGTH * times), one.type, seed + one.id))
  const offsets = new Map<number, number>()
  let bytes = HEAD
  for (const { id, type, length, space } of maker.buffers) {
    if (space !== 'arena') continue
    offsets.set(id, bytes)
    bytes += Math.ceil((length * bytesOf[type]) / ALIGNMENT) * ALIGNMENT
  }
  return {
    program: {
      name: 'random',
      kernels: [wrap(first, maker.locals), ...bodies.map((one) => wrap([one], maker.locals))],
      faults,
      uncovered: 0,
    },
    plan: { bytes: bytes + TAIL, offsets },
    buffers: maker.buffers,
    constants: tensors('constant', 1),
    xs: tensors('x', steps),
    ys: tensors('y', steps),
    steps,
    seed,
  }
})
