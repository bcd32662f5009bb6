/** Values of expressions of one argument, with or without contraction of `a * b + c`: apart from the interpreter, so small. */
import type { Expression, RegisterType } from '../../src/loops/loops.js'
import type { ElementaryFunction } from '../../src/math/index.js'

type Value = number | bigint

const view = new DataView(new ArrayBuffer(8))

const SPLIT = 2 ** 27 + 1

/** The upper half of the digits. */
const cut = (x: number): number => x * SPLIT - (x * SPLIT - x)

/** a * b + c of f64, rounded nearly once: the product's error by Dekker's split, the sum's by Knuth. */
function fused64(a: number, b: number, c: number): number {
  const [high, bHigh] = [cut(a), cut(b)]
  const product = a * b
  const below = high * bHigh - product + high * (b - bHigh) + (a - high) * bHigh + (a - high) * (b - bHigh)
  const sum = product + c
  const rest = sum - product
  const result = sum + (product - (sum - rest) + (c - rest) + below)
  return Number.isFinite(below) && Number.isFinite(sum) ? result : sum
}

const fused = (type: RegisterType, a: number, b: number, c: number): number =>
  type === 'f32' ? Math.fround(a * b + c) : fused64(a, b, c)

const floats: Readonly<Record<string, (x: number, y: number) => number>> = {
  add: (x, y) => x + y,
  sub: (x, y) => x - y,
  mul: (x, y) => x * y,
  div: (x, y) => x / y,
}

const integers: Readonly<Record<string, (x: bigint, y: bigint, bits: number) => bigint>> = {
  add: (x, y) => x + y,
  sub: (x, y) => x - y,
  and: (x, y) => x & y,
  or: (x, y) => x | y,
  shl: (x, y) => x << y,
  ushr: (x, y, bits) => BigInt.asUintN(bits, x) >> y,
}

const comparisons: Readonly<Record<string, (x: Value, y: Value) => boolean>> = {
  gt: (x, y) => x > y,
  ge: (x, y) => x >= y,
  eq: (x, y) => x === y,
  ne: (x, y) => x !== y,
}

const unaries: Readonly<Record<string, (x: Value, type: RegisterType) => Value>> = {
  abs: (x) => Math.abs(Number(x)),
  bits(x, type) {
    if (type === 'f32') view.setFloat32(0, Number(x))
    else view.setFloat64(0, Number(x))
    return type === 'f32' ? BigInt(view.getInt32(0)) : view.getBigInt64(0)
  },
  float(x, type) {
    if (type === 'i32') view.setInt32(0, Number(x))
    else view.setBigInt64(0, BigInt(x))
    return type === 'i32' ? view.getFloat32(0) : view.getFloat64(0)
  },
}

/** An operation that this table does not have is a fault of the test. */
function of<T>(table: Readonly<Record<string, T>>, name: string): T {
  const found = table[name]
  if (found === undefined) throw new Error(`evaluate: no ${name}`)
  return found
}

type Binary = Extract<Expression, { kind: 'binary' }>

/** The function at x. `contracted`: each sum with a product in it is rounded once, the product found through locals too. */
export function evaluate(f: ElementaryFunction, type: 'f32' | 'f64', x: number, contracted: boolean): number {
  const definitions: Expression[] = []
  const values: Value[] = [x]
  const product = (e: Expression): Binary | undefined => {
    const definition = e.kind === 'local' && e.local > 0 ? definitions[e.local - 1] : e
    return definition?.kind === 'binary' && definition.op === 'mul' ? definition : undefined
  }
  const number = (e: Expression): number => Number(value(e))
  const sum = (e: Binary): number => {
    const sign = e.op === 'sub' ? -1 : 1
    const [left, right] = [product(e.x), product(e.y)]
    if (contracted && right !== undefined) return fused(e.type, sign * number(right.x), number(right.y), number(e.x))
    if (contracted && left !== undefined) return fused(e.type, number(left.x), number(left.y), sign * number(e.y))
    return of(floats, e.op)(number(e.x), number(e.y))
  }
  const binary = (e: Binary): Value => {
    const bits = e.type === 'i64' ? 64 : 32
    if (e.type === 'i32' || e.type === 'i64') {
      return BigInt.asIntN(bits, of(integers, e.op)(BigInt(value(e.x)), BigInt(value(e.y)), bits))
    }
    const result = e.op === 'add' || e.op === 'sub' ? sum(e) : of(floats, e.op)(number(e.x), number(e.y))
    return e.type === 'f32' ? Math.fround(result) : result
  }
  const value = (e: Expression): Value => {
    if (e.kind === 'constant') return e.value
    if (e.kind === 'local') return values[e.local] ?? Number.NaN
    if (e.kind === 'binary') return binary(e)
    if (e.kind === 'compare') return Number(of(comparisons, e.op)(value(e.x), value(e.y)))
    if (e.kind === 'select') return value(e.condition) === 1 ? value(e.x) : value(e.y)
    if (e.kind === 'unary') return of(unaries, e.op)(value(e.x), e.x.type)
    throw new Error(`evaluate: no ${e.kind}`)
  }
  const result = f({ kind: 'local', type, local: 0 }, (e) => {
    definitions.push(e)
    values.push(value(e))
    return { kind: 'local', type: e.type, local: definitions.length }
  })
  return number(result)
}
