/** Statements as instructions. */
import type { Expression, Local, Statement } from '../loops/loops.js'
import { inUnits } from './dealing.js'
import { EMPTY } from './encode.js'
import { scalar, splat, value } from './expressions.js'
import { type Lanes, lanesOfBody } from './lanes.js'
import { product } from './product.js'
import { reduction } from './reduction.js'
import { memoryOps } from './scalar.js'
import { storeLanes } from './stores.js'
import { shapes } from './vector.js'
import { eachValue, lengthOf } from '../loops/walk.js'
import type { ActiveLanes, KernelWriter } from './writer.js'

type Rules = {
  readonly [K in Statement['kind']]: (writer: KernelWriter, s: Extract<Statement, { kind: K }>) => void
}

function assign(writer: KernelWriter, s: Extract<Statement, { kind: 'let' | 'variable' | 'assign' }>): void {
  const { lanes } = writer
  if (lanes?.locals.has(s.local) === true) {
    value(writer, s.value)
    writer.code.set(writer.laneRegister(s.local))
  } else {
    scalar(writer, s.value)
    writer.code.set(writer.register(s.local, s.value.type))
    writer.moveBy(s.local)
  }
}

const rules: Rules = {
  for(writer, s) {
    if (s.extent === 0) return
    const lanes = s.vector && writer.lanes === undefined ? lanesOfBody(s.local, s.body) : undefined
    if (lanes !== undefined) return inLanes(writer, s, lanes)
    const units = { local: s.local, unit: 1, whole: s.extent, isDealt: writer.dealt.has(s) }
    inUnits(writer, units, () => statements(writer, s.body))
  },
  let: assign,
  variable: assign,
  assign,
  store(writer, s) {
    if (writer.lanes !== undefined) return storeLanes(writer, s, writer.lanes)
    const { store, align } = memoryOps[s.buffer.type]
    const offset = writer.address(writer.addresses.of(s.buffer, s.index))
    scalar(writer, s.value)
    writer.code.memory(store, align, offset)
  },
  reduce: reduction,
  product: (writer, s) =>
    product(writer, s, {
      around: (lanes, write) => withSplats(writer, s.body, lanes, write),
      lanes: (lanes, valid) => block(writer, s.body, vectorsOf(lanes, [valid])),
      single: () => statements(writer, s.body),
    }),
  guard(writer, s) {
    const { code } = writer
    const row = writer.register(s.local, 'i32')
    scalar(writer, s.row)
    code.tee(row)
    code.i32(s.limit)
    code.op('i32.ge_u')
    code.op('if', EMPTY)
    fault(writer, s.fault, row)
    code.i32(0)
    code.set(row)
    code.op('end')
    writer.moveBy(s.local)
  },
}

/** Writes a fault and its row where the thread has its place for it, if there is none yet. */
function fault({ code, threads }: KernelWriter, number: number, row: number): void {
  const place = (): void => code.numbered('global.get', threads.faults)
  place()
  code.memory('i32.load', 2, 0)
  code.op('i32.eqz')
  code.op('if', EMPTY)
  place()
  code.i32(1 + number)
  code.memory('i32.store', 2, 0)
  place()
  code.get(row)
  code.memory('i32.store', 2, 4)
  code.op('end')
}

/** Writes a body. */
export function statements(writer: KernelWriter, body: readonly Statement[]): void {
  for (const s of body) statement(writer, s)
}

function statement(writer: KernelWriter, s: Statement): void {
  const rule = rules[s.kind] as (writer: KernelWriter, s: Statement) => void
  rule(writer, s)
}

/**
 * Writes a body for some vectors of a block, statement by statement: the loops inside of it run once for all of them, and what
 * is the same for all lanes is computed once.
 */
function block(writer: KernelWriter, body: readonly Statement[], vectors: readonly ActiveLanes[]): void {
  for (const s of body) {
    if (s.kind === 'for') {
      if (s.extent === 0) continue
      writer.start(s.local)
      writer.repeat(s.local, s.extent, 1, () => block(writer, s.body, vectors))
    } else if (s.kind === 'let' && vectors[0]?.locals.has(s.local) === false) assign(writer, s)
    else {
      for (const lanes of vectors) {
        const write = (): void => statement(writer, s)
        writer.displaced([[lanes.over, lanes.copy * lanes.count]], () => writer.withLanes(lanes, write))
      }
    }
  }
}

/** The vectors of a block. @param valid lanes that have an iteration, of each. */
const vectorsOf = (lanes: Lanes, valid: readonly number[]): ActiveLanes[] =>
  valid.map((count, copy) => ({ ...lanes, valid: count, copy }))

/** Vectors of a block: several where a body is short, so that its loop costs little and sums do not wait for each other. */
function copiesOf(body: readonly Statement[]): number {
  const parts = lengthOf(body)
  return parts <= 12 ? 4 : parts <= 24 ? 2 : 1
}

/** A loop in lanes: blocks, then what is left as a shorter block whose last vector may have fewer lanes. */
function inLanes(writer: KernelWriter, s: Extract<Statement, { kind: 'for' }>, lanes: Lanes): void {
  const [full, rest] = [Math.floor(s.extent / lanes.count), s.extent % lanes.count]
  const copies = copiesOf(s.body)
  const [blocks, singles] = [Math.floor(full / copies), full % copies]
  const whole = (vectors: number): number[] => Array.from({ length: vectors }, () => lanes.count)
  const unit = copies * lanes.count
  const all = (): void => block(writer, s.body, vectorsOf(lanes, whole(copies)))
  const others = vectorsOf(lanes, [...whole(singles), ...(rest === 0 ? [] : [rest])])
  const left = others.length === 0 ? undefined : (): void => block(writer, s.body, others)
  const units = { local: s.local, unit, whole: blocks, isDealt: writer.dealt.has(s) }
  withSplats(writer, s.body, lanes, () => inUnits(writer, units, all, left))
}

/** Writes with the numbers that a body takes from outside in registers that have them in all lanes. */
function withSplats(writer: KernelWriter, body: readonly Statement[], lanes: Lanes, write: () => void): void {
  const kept = new Map<Local, number>()
  const see = (e: Expression): void => {
    if (e.kind !== 'local' || lanes.locals.has(e.local) || kept.has(e.local) || !writer.isKnown(e.local)) return
    if (shapes[lanes.width][e.type] === undefined) return
    const register = writer.code.local('v128')
    scalar(writer, e)
    splat(writer, lanes, e.type)
    writer.code.set(register)
    kept.set(e.local, register)
  }
  eachValue(body, see)
  writer.keepSplats([...kept], write)
}
