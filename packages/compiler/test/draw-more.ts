/** More rules for random programs: what has rules of its own in `lower/`. A rule that does not fit throws and is left out. */
import type { DType } from '@isograd/core/backend'
import type { Builder, Value } from '@isograd/core/ir'
import { floatOf, floats, type Rule, sameShape, SHAPES, tame } from './draw-rules.js'

const positive = (b: Builder, x: Value): Value => b.add(b.abs(x), b.constant(0.5, x.type.dtype))

/** Finite numbers as they are, 0 in the place of all else: what a kernel that is not finite gives beside padding is not defined. */
function finite(b: Builder, x: Value): Value {
  const { dtype } = x.type
  return b.select(b.greater(b.constant(1e30, dtype), b.abs(x)), x, b.zerosLike(x))
}

/** Numbers that an integer type can hold: a cast of anything else is not defined. */
function fitting(b: Builder, x: Value, to: DType): Value {
  const { dtype } = x.type
  if (dtype === 'bool' || to === 'bool' || to.startsWith('float')) return x
  if (!dtype.startsWith('float')) return x
  return b.minimum(b.maximum(finite(b, x), b.constant(to === 'uint8' ? 0 : -1000, dtype)), b.constant(200, dtype))
}

const whole = (next: () => number, from: number, to: number): number => from + Math.floor(next() * (to - from + 1))

/** Moves of a window over so many axes. */
function moves(next: () => number, axes: number) {
  const each = <T>(one: () => T): T[] => Array.from({ length: axes }, one)
  return {
    strides: each(() => whole(next, 1, 3)),
    padding: each((): [number, number] => [whole(next, 0, 2), whole(next, 0, 2)]),
    dilations: each(() => (next() < 0.7 ? 1 : 2)),
  }
}

/** Values that windows slide over. */
const spatial = (values: readonly Value[]): Value[] =>
  floats(values).filter(({ type: { shape } }) => {
    const [, ...rest] = shape
    return (shape.length === 3 || shape.length === 4) && !rest.includes('batch')
  })

/** Numbers that depend on nothing but a shape: what the program has not as an input. */
function numbers(b: Builder, shape: readonly number[], values: readonly Value[], pick: <T>(list: readonly T[]) => T) {
  const count = shape.reduce((n, d) => n * d, 1)
  const fixed = floats(values).filter(({ type }) => type.shape.length > 0 && !type.shape.includes('batch'))
  const source = pick(fixed)
  const length = source.type.shape.reduce<number>((n, d) => n * Number(d), 1)
  const flat = b.reshape(source, [length])
  const copies = Math.ceil(count / length)
  const long = b.concat(
    Array.from({ length: copies }, (_, i) => (i % 2 === 0 ? flat : b.neg(flat))),
    0,
  )
  return finite(b, b.reshape(b.slice(long, 0, 0, count), shape))
}

/** Row numbers that a table has. */
function held(b: Builder, rows: Value, table: Value, values: readonly Value[]): Value {
  const [dtype, last] = [floatOf(values), Number(table.type.shape[0]) - 1]
  const low = b.maximum(b.cast(rows, dtype), b.constant(0, dtype))
  return b.cast(b.minimum(low, b.constant(Number.isNaN(last) ? 0 : last, dtype)), 'int32')
}

/** Rules by what they are for. */
export const moreRules: readonly Rule[] = [
  (b, values, pick) => b.exp(tame(b, pick(floats(values)))),
  (b, values, pick) => b.log(positive(b, pick(floats(values)))),
  (b, values, pick) => b[pick(['tanh', 'sigmoid', 'abs', 'sign'] as const)](pick(floats(values))),
  (b, values, pick) => b.logSoftmax(pick(floats(values))),
  (b, values, pick) => b.div(pick(floats(values)), positive(b, pick(floats(values)))),
  (b, values, pick) => {
    const x = pick(floats(values))
    return b[pick(['greaterEqual', 'equal'] as const)](x, pick(floats(values).filter((one) => sameShape(one, x))))
  },
  (b, values, pick, next) => {
    const x = pick(floats(values))
    const axes = x.type.shape.map((_, i) => i).filter(() => next() < 0.5)
    return b.reduceMax(x, axes, next() < 0.5)
  },
  // Shapes: repeated, in any order, cut.
  (b, values, pick) => b.broadcastTo(pick(values), pick(SHAPES)),
  (b, values, pick, next) => {
    const x = pick(values)
    return b.transpose(
      x,
      x.type.shape
        .map((_, i) => ({ i, key: next() }))
        .toSorted((p, q) => p.key - q.key)
        .map(({ i }) => i),
    )
  },
  (b, values, pick, next) => {
    const x = pick(floats(values))
    const shape = [...x.type.shape]
    shape.splice(whole(next, 0, shape.length), 0, 1)
    return b.reshape(x, shape)
  },
  (b, values, pick) => {
    const x = pick(floats(values))
    return b.mul(x, b.div(b.constant(1, floatOf(values)), b.size(x, 0, floatOf(values))))
  },
  (b, values, pick) => {
    const to = pick([floatOf(values), 'int32', 'bool', 'uint8'] as const)
    return b.cast(fitting(b, pick(values), to), to)
  },
  // Rows: of any axes, by any axes of numbers.
  (b, values, pick) => {
    const table = pick(floats(values))
    return b.gatherRows(table, held(b, b.argMax(pick(floats(values))), table, values))
  },
  (b, values, pick, next) => {
    const table = pick(values)
    const by = held(b, pick(values.filter(({ type }) => type.dtype === 'int32')), table, values)
    return b.gatherRows(table, next() < 0.5 ? by : b.broadcastTo(by, [2, 3, ...by.type.shape]))
  },
  // Products: of leading axes, of all but the last, with one inner term.
  (b, values, pick, next) => tame(b, b.matmul(pick(floats(values)), pick(floats(values)), next() < 0.5, next() < 0.5)),
  (b, values, pick, next) => {
    const x = pick(floats(values).filter(({ type }) => type.shape.length > 2))
    const last = Number(x.type.shape.at(-1))
    const [columns, isTurned] = [whole(next, 1, 20), next() < 0.5]
    const w = numbers(b, isTurned ? [columns, last] : [last, columns], values, pick)
    return tame(b, b.matmul(x, w, false, isTurned))
  },
  (b, values, pick) => {
    const x = pick(floats(values).filter(({ type }) => type.shape.length > 1))
    const same = floats(values).filter(({ type: { shape } }) => {
      return String(shape.slice(0, -1)) === String(x.type.shape.slice(0, -1)) && shape.length > 1
    })
    return tame(b, b.sumOfProducts(x, pick(same)))
  },
  (b, values, pick) => {
    const x = pick(floats(values).filter(({ type }) => type.shape.length === 1))
    const y = pick(floats(values).filter(({ type }) => type.shape.length === 1))
    return b.matmul(b.reshape(x, [...x.type.shape, 1]), b.reshape(y, [1, ...y.type.shape]))
  },
  // Windows.
  ...[0, 1].map((): Rule => (b, values, pick, next) => {
    const x = pick(spatial(values))
    const [, channels, ...sizes] = x.type.shape.map(Number)
    const groups = channels === undefined || next() < 0.7 ? 1 : pick([1, channels])
    const window = sizes.map(() => whole(next, 1, 3))
    const outputs = groups * whole(next, 1, next() < 0.2 ? 17 : 4)
    const kernel = numbers(b, [outputs, Number(channels) / groups, ...window], values, pick)
    const how = { ...moves(next, sizes.length), groups }
    const y = b.convolve(x, kernel, how)
    const [data, filter] = [() => b.convolveData(y, kernel, sizes, how), () => b.convolveFilter(x, y, window, how)]
    return tame(b, pick([() => y, data, filter])())
  }),
  ...[0, 1].map((): Rule => (b, values, pick, next) => {
    const x = pick(spatial(values))
    const [, , ...sizes] = x.type.shape.map(Number)
    const how = { ...moves(next, sizes.length), window: sizes.map(() => whole(next, 1, 3)) }
    return pick([
      () => b.maxPool(x, how),
      () => b.sumPool(x, how),
      () => b.maxPoolData(x, b.tanh(b.maxPool(x, how)), how),
      () => b.maxPool(x, how, b.neg(x)),
      () => b.sumPoolData(b.sumPool(x, how), sizes, how),
    ])()
  }),
]
