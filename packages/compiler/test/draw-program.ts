/**
 * Random programs with a seed: operations of every kind on values of a few shapes, carries that are swapped, handed on and
 * updated, outputs of all sorts. They compute nothing sensible; what matters is that every way of reading a value is met.
 */
import { type Builder, Builder as ProgramBuilder, type Program, type Value } from '@isograd/core/ir'
import { type FloatDType, tensor, type TensorMap } from '@isograd/core/backend'

/** A number from 0 up to 1, again and again: mulberry32. */
export function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A program with inputs for some steps. */
export interface Drawn {
  readonly program: Program
  readonly constants: TensorMap
  readonly carry: TensorMap
  readonly xs: TensorMap
}

type Pick = <T>(list: readonly T[]) => T
type Rule = (b: Builder, values: readonly Value[], pick: Pick, next: () => number) => Value | undefined

const floats = (values: readonly Value[]): Value[] => values.filter(({ type }) => type.dtype.startsWith('float'))
const bools = (values: readonly Value[]): Value[] => values.filter(({ type }) => type.dtype === 'bool')
const sameShape = (a: Value, b: Value): boolean => String(a.type.shape) === String(b.type.shape)

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

const tame = (b: Builder, x: Value): Value => b.div(x, b.add(b.abs(x), b.constant(1, x.type.dtype)))

const rules: readonly Rule[] = [
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
    const rows = values.filter(({ type }) => type.dtype === 'int32')
    const [table, by] = [pick(tables), pick(rows)]
    const isTwice = (table?.type.shape.includes('batch') ?? false) && by.type.shape.includes('batch')
    return table === undefined || isTwice || next() < 0.2 ? undefined : b.gatherRows(table, by)
  },
]

const SHAPES: readonly (readonly (number | 'batch')[])[] = [
  [],
  [7],
  ['batch', 7],
  ['batch', 5],
  [7, 5],
  [5, 7],
  ['batch', 3, 4],
]

function filled(next: () => number, dtype: FloatDType, shape: readonly number[]) {
  const length = shape.reduce((n, d) => n * d, 1)
  return tensor(
    dtype,
    shape,
    Array.from({ length }, () => 2 * next() - 1),
  )
}

const known = (shape: readonly (number | 'batch')[], batch: number): number[] =>
  shape.map((d) => (d === 'batch' ? batch : d))

/** A program of so many operations. */
export function drawProgram(seed: number, { operations = 25, batch = 3, steps = 3 } = {}): Drawn {
  const dtype: FloatDType = 'float64'
  const next = random(seed)
  const pick: Pick = (list) => list[Math.floor(next() * list.length)] as (typeof list)[number]
  const b = new ProgramBuilder(`drawn ${seed}`)
  const carried = [[7, 5], [7, 5], [7], []].map((shape, i) => b.carry(`c${i}`, { dtype, shape }))
  const inputs = SHAPES.filter((shape) => shape.includes('batch')).map((shape, i) => b.xs(`x${i}`, { dtype, shape }))
  const rows = b.xs('rows', { dtype: 'int32', shape: ['batch'] })
  const table = b.constants('table', { dtype, shape: [5, 7] })
  const values: Value[] = [...carried, ...inputs, rows, table, b.constant(0.5, dtype)]
  while (values.length < operations) {
    const made = pick(rules)(b, values, pick, next)
    if (made !== undefined && made.type.shape.length < 4) values.push(made)
  }
  const like = (c: Value): Value =>
    pick(values.filter((v) => sameShape(v, c) && v.type.dtype === dtype && v.type.shape.length === c.type.shape.length))
  const outputs = Object.fromEntries(
    carried.map((c, i) => [`c${i}`, next() < 0.7 ? like(c) : tame(b, b.add(c, like(c)))]),
  )
  const ys = Object.fromEntries(values.filter(() => next() < 0.25).map((v, i) => [`y${i}`, v]))
  const stacked = (shape: readonly (number | 'batch')[]): number[] => [steps, ...known(shape, batch)]
  const xs: Record<string, ReturnType<typeof tensor>> = {}
  for (const [i, { type }] of inputs.entries()) xs[`x${i}`] = filled(next, dtype, stacked(type.shape))
  xs['rows'] = tensor(
    'int32',
    [steps, batch],
    Array.from({ length: steps * batch }, () => Math.floor(next() * 5)),
  )
  return {
    program: b.finish({ carry: outputs, ys }),
    constants: { table: filled(next, dtype, [5, 7]) },
    carry: Object.fromEntries(carried.map(({ type }, i) => [`c${i}`, filled(next, dtype, known(type.shape, batch))])),
    xs,
  }
}
