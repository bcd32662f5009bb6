/** Rules by which random programs grow. */
import type { FloatDType } from '@isograd/core/backend'
import type { Builder, Value } from '@isograd/core/ir'

/** One of a list. */
export type Pick = <T>(list: readonly T[]) => T
/** Makes a value of those that there are, or nothing where none fits. */
export type Rule = (b: Builder, values: readonly Value[], pick: Pick, next: () => number) => Value | undefined

/** Values of floating point. */
export const floats = (values: readonly Value[]): Value[] => values.filter(({ type }) => type.dtype.startsWith('float'))
/** The floating-point type of a program. */
export function floatOf(values: readonly Value[]): FloatDType {
  return values[0]?.type.dtype === 'float32' ? 'float32' : 'float64'
}
const bools = (values: readonly Value[]): Value[] => values.filter(({ type }) => type.dtype === 'bool')
/** Values of one shape. */
export const sameShape = (a: Value, b: Value): boolean => String(a.type.shape) === String(b.type.shape)

/** Some value that broadcasts with `x`. */
function partner(x: Value, values: readonly Value[], pick: Pick): Value {
  const fits = floats(values).filter(({ type: { shape } }) => {
    const lead = x.type.shape.length - shape.length
    return lead >= 0 && shape.every((d, i) => d === 1 || d === x.type.shape[i + lead])
  })
  return pick(fits.length > 0 ? fits : [x])
}

/** The batch may stand in a shape once. */
const once = (x: unknown, y: unknown): boolean => x !== 'batch' || y !== 'batch'

/** A number between -1 and 1. */
export const tame = (b: Builder, x: Value): Value => b.div(x, b.add(b.abs(x), b.constant(1, x.type.dtype)))

/** Rules for operations of every kind. */
export const rules: readonly Rule[] = [
  ...(['add', 'sub', 'mul', 'maximum', 'minimum'] as const).map((op): Rule => (b, values, pick) => {
    const x = pick(floats(values))
    return b[op](x, partner(x, values, pick))
  }),
  (b, values, pick) => tame(b, pick(floats(values))),
  (b, values, pick) => b.relu(pick(floats(values))),
  (b, values, pick) => b.neg(pick(floats(values))),
  (b, values, pick) => b.sqrt(b.abs(pick(floats(values)))),
  (b, values, pick) => {
    const x = pick(floats(values))
    return b.greater(x, partner(x, values, pick))
  },
  (b, values, pick) => {
    const conditions = bools(values)
    if (conditions.length === 0) return undefined
    const c = pick(conditions)
    const same = floats(values).filter((one) => sameShape(one, c))
    return same.length === 0 ? undefined : b.select(c, pick(same), pick(same))
  },
  (b, values, pick) => {
    const c = bools(values)
    return c.length === 0 ? undefined : b.cast(pick(c), floats(values)[0]?.type.dtype ?? 'float32')
  },
  (b, values, pick, next) => {
    const x = pick(floats(values))
    const axes = x.type.shape.map((_, i) => i).filter(() => next() < 0.5)
    return axes.length === 0 ? undefined : b.reduceSum(x, axes, next() < 0.5)
  },
  (b, values, pick) => {
    const x = pick(floats(values).filter(({ type }) => type.shape.length > 0))
    return b.reduceMax(x, [x.type.shape.length - 1], true)
  },
  (b, values, pick) => {
    const x = pick(floats(values))
    const order = x.type.shape.map((_, i) => i)
    return order.length < 2 ? undefined : b.transpose(x, [...order.slice(1), 0])
  },
  (b, values, pick, next) => {
    const x = pick(floats(values))
    const axis = x.type.shape.findIndex((d) => typeof d === 'number' && d > 1)
    const length = x.type.shape[axis]
    if (typeof length !== 'number') return undefined
    const start = Math.floor(next() * length)
    return b.slice(x, axis, start, start + 1 + Math.floor(next() * (length - start)))
  },
  (b, values, pick) => {
    const x = pick(floats(values))
    const axis = x.type.shape.findIndex((d) => typeof d === 'number')
    const same = floats(values).filter((one) => sameShape(one, x))
    return axis < 0 ? undefined : b.concat([x, pick(same)], axis)
  },
  (b, values, pick) => {
    const x = pick(floats(values))
    const [first, ...rest] = x.type.shape
    return first === undefined || rest.includes('batch')
      ? undefined
      : b.reshape(x, [first, rest.reduce<number>((n, d) => n * Number(d), 1)])
  },
  (b, values, pick, next) => {
    const matrices = floats(values).filter(({ type }) => type.shape.length === 2)
    const x = pick(matrices)
    const [rows, inner] = x.type.shape
    const choices: (() => Value)[] = matrices.flatMap((y) => [
      ...(y.type.shape[0] === inner && once(rows, y.type.shape[1]) ? [() => b.matmul(x, y)] : []),
      ...(y.type.shape[1] === inner && once(rows, y.type.shape[0]) ? [() => b.matmul(x, y, false, true)] : []),
      ...(y.type.shape[0] === rows && once(inner, y.type.shape[1]) ? [() => b.matmul(x, y, true, false)] : []),
      ...(y.type.shape[1] === rows && once(inner, y.type.shape[0]) ? [() => b.matmul(x, y, true, true)] : []),
    ])
    if (choices.length === 0 || next() < 0.1) return undefined
    return tame(b, pick(choices)())
  },
  (b, values, pick) => {
    const x = pick(floats(values).filter(({ type }) => type.shape.length > 1))
    return b.oneHot(b.argMax(x), Number(x.type.shape.at(-1)) || 3, x.type.dtype)
  },
  (b, values, pick, next) => {
    const tables = floats(values).filter(({ type }) => typeof type.shape[0] === 'number' && type.shape[0] >= 5)
    const rows = values.filter(({ type, name }) => type.dtype === 'int32' && name === 'rows')
    const [table, by] = [pick(tables), pick(rows)]
    const isTwice = (table?.type.shape.includes('batch') ?? false) && by.type.shape.includes('batch')
    return table === undefined || isTwice || next() < 0.2 ? undefined : b.gatherRows(table, by)
  },
]

/** Shapes of what a program is given. */
export const SHAPES: readonly (readonly (number | 'batch')[])[] = [
  [],
  [7],
  ['batch', 7],
  ['batch', 5],
  [7, 5],
  [5, 7],
  ['batch', 3, 4],
  ['batch', 2, 5, 4],
  ['batch', 1],
  ['batch'],
]
