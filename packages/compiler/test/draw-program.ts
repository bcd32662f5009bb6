/**
 * Random programs with a seed: operations of every kind on values of a few shapes, carries that are swapped, handed on and
 * updated, outputs of all sorts. They compute nothing sensible; what matters is that every way of reading a value is met.
 */
import { type FloatDType, ProgramError, tensor, type TensorMap } from '@isograd/core/backend'
import { Builder, type Program, type Value } from '@isograd/core/ir'
import { moreRules } from './draw-more.js'
import { type Pick, type Rule, rules, sameShape, SHAPES, tame } from './draw-rules.js'

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

/** Numbers that are lost or turned where rules are careless. */
const odd = [0, -0, Number.NaN, Infinity, -Infinity, 1e-40, -1e-310]

/** Numbers between -1 and 1; of those that are odd, so many in a thousand. */
function filled(next: () => number, dtype: FloatDType, shape: readonly number[], odds = 0) {
  const length = shape.reduce((n, d) => n * d, 1)
  const each = (): number => {
    const number = 2 * next() - 1
    return odds > 0 && next() < odds / 1000 ? (odd[Math.floor(next() * odd.length)] as number) : number
  }
  return tensor(dtype, shape, Array.from({ length }, each))
}

const known = (shape: readonly (number | 'batch')[], batch: number): number[] =>
  shape.map((d) => (d === 'batch' ? batch : d))

/** The means by which a program is drawn. */
export interface Drawing {
  readonly operations?: number
  readonly batch?: number
  readonly steps?: number
  readonly dtype?: FloatDType
  /** Lengths of the axes that most inputs have: 5 at least. */
  readonly sizes?: readonly [number, number]
  /** Zeros, infinities, NaN and subnormals among a thousand numbers of the inputs. */
  readonly odds?: number
}

/** Most elements of a value, for a batch of 5. */
const MOST = 4000

const isFit = ({ type: { shape } }: Value): boolean =>
  shape.length < 6 &&
  shape.filter((d) => d === 'batch').length < 2 &&
  known(shape, 5).reduce((n, d) => n * d, 1) <= MOST

/** The value that a rule makes, where it fits. */
function applied(rule: Rule, ...given: Parameters<Rule>): Value | undefined {
  try {
    return rule(...given)
  } catch (error) {
    if (error instanceof ProgramError || error instanceof TypeError) return undefined
    throw error
  }
}

/** A program of so many operations. */
export function drawProgram(
  seed: number,
  { operations = 25, batch = 3, steps = 3, dtype = 'float64', sizes: [long, short] = [7, 5], odds = 0 }: Drawing = {},
): Drawn {
  const next = random(seed)
  const pick: Pick = (list) => list[Math.floor(next() * list.length)] as (typeof list)[number]
  const b = new Builder(`drawn ${seed}`)
  const matrix = [long, short]
  const sized = (shape: readonly (number | 'batch')[]) => shape.map((d) => (d === 7 ? long : d === 5 ? short : d))
  const carried = [matrix, matrix, [long], []].map((shape, i) => b.carry(`c${i}`, { dtype, shape }))
  const inputs = SHAPES.filter((shape) => shape.includes('batch')).map((shape, i) =>
    b.xs(`x${i}`, { dtype, shape: sized(shape) }),
  )
  const rows = b.xs('rows', { dtype: 'int32', shape: ['batch'] })
  const table = b.constants('table', { dtype, shape: [short, long] })
  const values: Value[] = [...carried, ...inputs, rows, table, b.constant(0.5, dtype)]
  while (values.length < operations) {
    const made = applied(pick(next() < 0.5 ? rules : moreRules), b, values, pick, next)
    if (made !== undefined && isFit(made)) values.push(made)
  }
  const like = (c: Value): Value =>
    pick(values.filter((v) => sameShape(v, c) && v.type.dtype === dtype && v.type.shape.length === c.type.shape.length))
  const outputs = Object.fromEntries(
    carried.map((c, i) => [`c${i}`, next() < 0.7 ? like(c) : tame(b, b.add(c, like(c)))]),
  )
  const ys = Object.fromEntries(values.filter(() => next() < 0.25).map((v, i) => [`y${i}`, v]))
  const stacked = (shape: readonly (number | 'batch')[]): number[] => [steps, ...known(shape, batch)]
  const xs: Record<string, ReturnType<typeof tensor>> = {}
  for (const [i, { type }] of inputs.entries()) xs[`x${i}`] = filled(next, dtype, stacked(type.shape), odds)
  xs['rows'] = tensor(
    'int32',
    [steps, batch],
    Array.from({ length: steps * batch }, () => Math.floor(next() * 5)),
  )
  return {
    program: b.finish({ carry: outputs, ys }),
    constants: { table: filled(next, dtype, [short, long]) },
    carry: Object.fromEntries(carried.map(({ type }, i) => [`c${i}`, filled(next, dtype, known(type.shape, batch))])),
    xs,
  }
}
