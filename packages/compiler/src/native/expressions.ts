/**
 * Expressions as C. In a loop of lanes a value that is the same in all of them stays a scalar until it meets one that is
 * not.
 */
import { internalError } from '@isograd/core/backend'
import { type Buffer, type Expression, type Index, loadedAs, type Local, type RegisterType } from '../loops/loops.js'
import { laneBytes, type Lanes, type NumberType, vectorType } from './machine.js'
import { binaryOps, compareOps, isShift, literals, unaryOps } from './operations.js'

/** Where an expression stands. */
export interface Scope {
  /** Locals that are loops' variables; the others are `v`. */
  readonly loops: ReadonlySet<Local>
  /** Present in a loop of lanes. */
  readonly lanes?: Lanes
  /** The loop's variable, of which lane l has the value + l. */
  readonly over?: Local
  /** Locals that have a value for each lane. */
  readonly varying: ReadonlySet<Local>
  /** Number of lanes that count, where not all do. */
  readonly some?: number
}

/** C text, and whether it is a vector. */
export interface Code {
  readonly text: string
  readonly isVector: boolean
}

/** The C variable of a buffer. */
export const pointer = ({ id, space }: Buffer): string => `${space === 'arena' ? 'b' : space.charAt(0)}${id}`

/** The C variable of a local. */
export const variable = (local: Local, { loops }: Scope): string => `${loops.has(local) ? 'i' : 'v'}${local}`

/** An element's number. */
export function indexText({ constant, terms }: Index, scope: Scope): string {
  const factors = terms.flatMap(({ local, stride }) => {
    const name = scope.loops.has(local) ? variable(local, scope) : `(long)${variable(local, scope)}`
    return stride === 0 ? [] : [stride === 1 ? name : `${name} * ${stride}`]
  })
  if (constant !== 0 || factors.length === 0) factors.push(String(constant))
  return factors.join(' + ')
}

/** The step between lanes of an index. */
export const strideOf = ({ terms }: Index, over: Local | undefined): number =>
  terms.reduce((sum, { local, stride }) => (local === over ? sum + stride : sum), 0)

/** The lanes that hold a scope; to be asked in a loop of lanes only. */
export function lanesIn({ lanes }: Scope): Lanes {
  if (lanes === undefined) throw internalError('native: a vector outside of a loop of lanes')
  return lanes
}

const scalarTypes: Readonly<Record<RegisterType, string>> = {
  f32: 'f32',
  f64: 'f64',
  i32: 'i32',
  i64: 'i64',
  bool: 'i32',
}

/** The C type of a register. */
export const typeText = (type: RegisterType, scope: Scope, isVector: boolean): string =>
  isVector ? vectorType(type, lanesIn(scope)) : scalarTypes[type]

const splat = ({ text, isVector }: Code, type: RegisterType, scope: Scope): string => {
  if (isVector) return text
  return `splat_${vectorType(type, lanesIn(scope))}(${type === 'bool' ? `-(${lanesIn(scope).mask})${text}` : text})`
}

/** A mask for lanes of another width. */
function maskAs(text: string, from: 'i32' | 'i64', to: 'i32' | 'i64', { count }: Lanes): string {
  return from === to ? text : `__builtin_convertvector(${text}, ${to}x${count})`
}

const maskOf = (type: NumberType): 'i32' | 'i64' => (laneBytes[type] === 4 ? 'i32' : 'i64')

/** A comparison's result, of the width of its operands, as a mask of the loop. */
function compared(text: string, type: NumberType, lanes: Lanes): string {
  const own = maskOf(type)
  return maskAs(`(${own}x${lanes.count})${text}`, own, lanes.mask, lanes)
}

type Rule<K extends Expression['kind']> = (e: Extract<Expression, { kind: K }>, scope: Scope) => Code

const scalar = (text: string): Code => ({ text, isVector: false })
const vector = (text: string): Code => ({ text, isVector: true })

/** Lanes that lie apart, one after the other: those that do not count are not read. */
function gathered(place: string, stride: number, type: string, scope: Scope): string {
  const { count } = lanesIn(scope)
  const lane = (l: number): string => (l < (scope.some ?? count) ? `${place}[${l * stride}]` : '0')
  return `(${type}x${count}){${Array.from({ length: count }, (_, l) => lane(l)).join(', ')}}`
}

/** Lanes side by side; of a foreign tensor no more is read than counts. */
function contiguous(place: string, type: string, { space }: Buffer, scope: Scope): string {
  const T = `${type}x${lanesIn(scope).count}`
  return scope.some === undefined || space === 'arena' ? `load_${T}(${place})` : `some_${T}(${place}, ${scope.some})`
}

function loadVector(buffer: Buffer, index: Index, scope: Scope): Code {
  const lanes = lanesIn(scope)
  const stored = buffer.type === 'bool' ? 'u8' : buffer.type
  const stride = strideOf(index, scope.over)
  const place = `(${pointer(buffer)} + ${indexText(index, scope)})`
  const text = stride === 1 ? contiguous(place, stored, buffer, scope) : gathered(place, stride, stored, scope)
  if (buffer.type === 'bool') return vector(`mask_of_u8x${lanes.count}(${text})`)
  return vector(buffer.type === 'u8' ? `i32_of_u8x${lanes.count}(${text})` : text)
}

function converted(x: Code, from: RegisterType, to: RegisterType, scope: Scope): Code {
  const T = typeText(from, scope, x.isVector)
  if (from === to) return x
  if (to === 'i32' && (from === 'f32' || from === 'f64')) return { ...x, text: `i32_of_${T}(${x.text})` }
  if (!x.isVector) return scalar(to === 'bool' ? `(${x.text} != 0)` : `((${scalarTypes[to]})${x.text})`)
  if (from === 'bool') {
    const [one, zero] = [1, 0].map((value) =>
      splat(rules.constant({ kind: 'constant', type: to, value }, scope), to, scope),
    )
    return vector(selected(x.text, String(one), String(zero), to, scope))
  }
  if (to === 'bool') return vector(compared(`(${x.text} != 0)`, from, lanesIn(scope)))
  return vector(`__builtin_convertvector(${x.text}, ${typeText(to, scope, true)})`)
}

/** Of scalars or vectors, by a mask. */
function selected(mask: string, x: string, y: string, type: RegisterType, scope: Scope): string {
  const lanes = lanesIn(scope)
  const T = vectorType(type, lanes)
  const own = type === 'bool' ? lanes.mask : maskOf(type)
  return `select_${T}(${maskAs(mask, lanes.mask, own, lanes)}, ${x}, ${y})`
}

const rules: { readonly [K in Expression['kind']]: Rule<K> } = {
  constant: ({ type, value }) => scalar(type === 'bool' ? (Number(value) === 0 ? '0' : '1') : literals[type](value)),
  local: ({ type, local }, scope) => {
    if (local === scope.over) return vector(`lanes_x${lanesIn(scope).count}(${variable(local, scope)})`)
    const name = variable(local, scope)
    return {
      text: scope.loops.has(local) ? `((${scalarTypes[type]})${name})` : name,
      isVector: scope.varying.has(local),
    }
  },
  load: ({ buffer, index }, scope) => {
    const isVarying = strideOf(index, scope.over) !== 0
    if (isVarying && scope.lanes !== undefined) return loadVector(buffer, index, scope)
    const text = `${pointer(buffer)}[${indexText(index, scope)}]`
    return scalar(loadedAs[buffer.type] === buffer.type && buffer.type !== 'bool' ? text : `((i32)${text})`)
  },
  unary: ({ op, x, type }, scope) => {
    const { text, isVector } = code(x, scope)
    return { text: unaryOps[op](text, typeText(x.type, scope, isVector), typeText(type, scope, isVector)), isVector }
  },
  binary: ({ op, x, y, type }, scope) => {
    const [a, b] = [code(x, scope), code(y, scope)]
    const isVector = a.isVector || (b.isVector && !isShift(op))
    const write = (one: Code): string => (isVector ? splat(one, type, scope) : one.text)
    const second = isShift(op) && y.kind === 'constant' ? String(y.value) : write(b)
    return { text: binaryOps[op](write(a), second, typeText(type, scope, isVector)), isVector }
  },
  compare: ({ op, x, y }, scope) => {
    const [a, b] = [code(x, scope), code(y, scope)]
    const sign = compareOps[op]
    if (!a.isVector && !b.isVector) return scalar(`(${a.text} ${sign} ${b.text})`)
    const [left, right] = [splat(a, x.type, scope), splat(b, y.type, scope)]
    const lanes = lanesIn(scope)
    // A mask that is set is -1.
    if (x.type === 'bool') return vector(`(${lanes.mask}x${lanes.count})(-${left} ${sign} -${right})`)
    return vector(compared(`(${left} ${sign} ${right})`, x.type, lanes))
  },
  select: ({ condition, x, y, type }, scope) => {
    const parts = [condition, x, y].map((one) => code(one, scope))
    const [k, a, b] = parts as [Code, Code, Code]
    if (parts.every(({ isVector }) => !isVector)) return scalar(`(${k.text} ? ${a.text} : ${b.text})`)
    const [left, right] = [splat(a, type, scope), splat(b, type, scope)]
    if (!k.isVector) return vector(`(${k.text} ? ${left} : ${right})`)
    return vector(selected(k.text, left, right, type, scope))
  },
  convert: ({ type, x }, scope) => converted(code(x, scope), x.type, type, scope),
}

/** C text of an expression. */
export function code(e: Expression, scope: Scope): Code {
  const rule = rules[e.kind] as (e: Expression, scope: Scope) => Code
  return rule(e, scope)
}

/** C text of an expression as a vector. */
export const vectorCode = (e: Expression, scope: Scope): string => splat(code(e, scope), e.type, scope)
