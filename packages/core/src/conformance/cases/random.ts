/**
 * Programs at random, the same ones always: forty operations each on small whole numbers, which every order of summation
 * computes exactly. They show what single operations cannot: buffers freed too early, fusions that are wrong, mixed-up
 * values. A failure here with every other case passing is almost surely a fault of memory or of fusion.
 */
import { Builder, type Value } from '../../ir/builder.js'
import { BATCH, type Program, type Shape } from '../../ir/program.js'
import type { RandomStream } from '../../random/stream.js'
import type { FloatDType } from '../../tensor.js'
import { type CaseData, caseDTypes, EXACT, type ValueCase } from '../case.js'
import { filledTensor, streamFor } from '../operation-case.js'

const COUNT = 24
const OPERATIONS = 40
const OUTPUTS = 6
const STEPS = 3
const BATCHES = [5, 2] as const
const WIDTH = 4
const MODULUS = 8

/** The kinds of values that a program mixes, by shape. */
const shapes = {
  rows: [BATCH, WIDTH],
  column: [BATCH, 1],
  matrix: [WIDTH, WIDTH],
  vector: [WIDTH],
  scalar: [],
} as const satisfies Record<string, Shape>

type Kind = keyof typeof shapes

/** The values so far, by kind, and a way to pick among them. */
interface Pool {
  readonly b: Builder
  readonly dtype: FloatDType
  readonly random: RandomStream
  readonly pick: (kind: Kind) => Value
}

type Emission = readonly [result: Kind, emit: (pool: Pool) => Value]

function oneOf<T>(random: RandomStream, list: readonly T[]): T {
  const chosen = list[random.below(list.length)]
  if (chosen === undefined) throw new RangeError('nothing to choose from')
  return chosen
}

function elementwise({ b, random }: Pool, x: Value, y: Value): Value {
  const op = oneOf(random, ['add', 'sub', 'mul', 'maximum', 'minimum'] as const)
  return random.below(2) === 0 ? b.emit(op, [x, y], {}) : b.emit(op, [y, x], {})
}

function selected({ b, random, pick }: Pool, kind: 'rows' | 'matrix'): Value {
  const other = pick(oneOf(random, ['vector', 'scalar', kind]))
  const op = oneOf(random, ['greater', 'greaterEqual', 'equal'] as const)
  const condition = b.emit(op, [pick(kind), other], {})
  return b.select(condition, pick(kind), pick(oneOf(random, ['vector', 'scalar', kind])))
}

function recut({ b, random, pick }: Pool, kind: 'rows' | 'matrix'): Value {
  const cut = 1 + random.below(WIDTH - 1)
  return b.concat([b.slice(pick(kind), 1, cut, WIDTH), b.slice(pick(kind), 1, 0, cut)], 1)
}

const flips = [false, true]

/** Each gives a value of a kind from values of the pool. */
const emissions: readonly Emission[] = [
  [
    'rows',
    (pool) =>
      elementwise(pool, pool.pick('rows'), pool.pick(oneOf(pool.random, ['rows', 'column', 'vector', 'scalar']))),
  ],
  ['rows', ({ b, random, pick }) => b.matmul(pick('rows'), pick('matrix'), false, oneOf(random, flips))],
  ['rows', ({ b, random, pick }) => b.emit(oneOf(random, ['relu', 'abs', 'neg', 'sign'] as const), [pick('rows')], {})],
  ['rows', (pool) => selected(pool, 'rows')],
  ['rows', (pool) => recut(pool, 'rows')],
  ['rows', ({ b, pick }) => b.broadcastTo(pick('vector'), shapes.rows)],
  ['rows', ({ b, dtype, pick }) => b.oneHot(b.argMax(pick('rows')), WIDTH, dtype)],
  ['rows', ({ b, pick }) => b.gatherRows(pick('matrix'), b.argMax(pick('rows')))],
  ['rows', ({ b, dtype, pick }) => b.cast(b.greater(pick('rows'), pick('column')), dtype)],
  ['rows', ({ b, pick }) => b.reshape(b.reshape(pick('rows'), [2, BATCH, 2]), shapes.rows)],
  [
    'column',
    ({ b, random, pick }) =>
      b.emit(oneOf(random, ['reduceSum', 'reduceMax'] as const), [pick('rows')], { axes: [1], keepDims: true }),
  ],
  ['column', (pool) => elementwise(pool, pool.pick('column'), pool.pick(oneOf(pool.random, ['column', 'scalar'])))],
  ['matrix', ({ b, pick }) => b.matmul(pick('rows'), pick('rows'), true, false)],
  [
    'matrix',
    ({ b, random, pick }) => b.matmul(pick('matrix'), pick('matrix'), oneOf(random, flips), oneOf(random, flips)),
  ],
  ['matrix', ({ b, pick }) => b.transpose(pick('matrix'), [1, 0])],
  [
    'matrix',
    (pool) => elementwise(pool, pool.pick('matrix'), pool.pick(oneOf(pool.random, ['matrix', 'vector', 'scalar']))),
  ],
  ['matrix', (pool) => recut(pool, 'matrix')],
  ['matrix', ({ b, pick }) => b.broadcastTo(b.reshape(pick('vector'), [WIDTH, 1]), shapes.matrix)],
  [
    'vector',
    ({ b, random, pick }) =>
      b.emit(oneOf(random, ['reduceSum', 'reduceMax'] as const), [pick('rows')], { axes: [0], keepDims: false }),
  ],
  [
    'vector',
    ({ b, random, pick }) => {
      const row = random.below(WIDTH)
      return b.reshape(b.slice(pick('matrix'), 0, row, row + 1), shapes.vector)
    },
  ],
  ['vector', ({ b, dtype, pick }) => b.cast(b.cast(pick('vector'), 'int32'), dtype)],
  ['scalar', ({ b, random, pick }) => b.reduceSum(pick(oneOf(random, ['vector', 'matrix', 'rows'])))],
  ['scalar', ({ b, dtype, pick }) => b.sub(b.size(pick('rows'), 0, dtype), pick('scalar'))],
]

/** x - 8 trunc(x / 8): small again, so that no product or sum of the next operation is inexact. */
function reduced(b: Builder, x: Value, dtype: FloatDType): Value {
  const eighths = b.cast(b.cast(b.mul(x, b.constant(1 / MODULUS, dtype)), 'int32'), dtype)
  return b.sub(x, b.mul(eighths, b.constant(MODULUS, dtype)))
}

function randomProgram(name: string, dtype: FloatDType): Program {
  const random = streamFor(name)
  const b = new Builder(name)
  const [matrix, vector] = [
    b.carry('matrix', { dtype, shape: shapes.matrix }),
    b.carry('vector', { dtype, shape: shapes.vector }),
  ]
  const rows = b.xs('rows', { dtype, shape: shapes.rows })
  const values: Record<Kind, Value[]> = {
    rows: [rows],
    column: [b.reduceSum(rows, [1], true)],
    matrix: [matrix, b.constants('matrix', { dtype, shape: shapes.matrix })],
    vector: [vector],
    scalar: [b.xs('scalar', { dtype, shape: shapes.scalar })],
  }
  const pool: Pool = { b, dtype, random, pick: (kind) => oneOf(random, values[kind]) }
  for (let i = 0; i < OPERATIONS; i++) {
    const [kind, emit] = oneOf(random, emissions)
    values[kind].push(reduced(b, emit(pool), dtype))
  }
  const all = Object.values(values).flat()
  const ys = Object.fromEntries(Array.from({ length: OUTPUTS }, (_, i) => [`y${i}`, oneOf(random, all)]))
  return b.finish({ carry: { matrix: pool.pick('matrix'), vector: pool.pick('vector') }, ys })
}

/** A whole number between -7 and 7. */
function fill(random: RandomStream): number {
  return random.below(2 * MODULUS - 1) - MODULUS + 1
}

function randomData(name: string, dtype: FloatDType): CaseData {
  const random = streamFor(`${name}/data`)
  return {
    program: randomProgram(name, dtype),
    constants: { matrix: filledTensor(random, dtype, shapes.matrix, fill) },
    scans: BATCHES.map((batch) => ({
      carry: {
        matrix: filledTensor(random, dtype, shapes.matrix, fill),
        vector: filledTensor(random, dtype, shapes.vector, fill),
      },
      xs: {
        rows: filledTensor(random, dtype, [STEPS, batch, WIDTH], fill),
        scalar: filledTensor(random, dtype, [STEPS], fill),
      },
    })),
  }
}

/** Cases of random programs. */
export function randomCases(): ValueCase[] {
  return Array.from({ length: COUNT }, (_, i) => `random/${i}`).flatMap((name) =>
    caseDTypes.map((dtype): ValueCase => ({
      kind: 'values',
      id: `${name}/${dtype}`,
      ops: [],
      dtype,
      about: `${OPERATIONS} random operations on small whole numbers`,
      tolerance: { ...EXACT, reason: 'whole numbers below 2^24 are exact in any order' },
      build: () => randomData(name, dtype),
    })),
  )
}
