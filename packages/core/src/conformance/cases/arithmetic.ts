/** Elementwise arithmetic: ordinary values, every way of broadcasting, and the edges of the number line. */
import type { Builder, Value } from '../../ir/builder.js'
import { BATCH, type Shape } from '../../ir/program.js'
import { type CaseTolerance, ELEMENTARY, EXACT, ROUNDED, type ValueCase } from '../case.js'
import { cycle, type Fill, operationCases, uniform } from '../operation-case.js'
import { finite, infinite, pairs, withNaN } from './edges.js'

type BinaryName = 'add' | 'sub' | 'mul' | 'div' | 'maximum' | 'minimum'
type UnaryName = 'neg' | 'abs' | 'sign' | 'exp' | 'log' | 'sqrt'

const binaryNames: readonly BinaryName[] = ['add', 'sub', 'mul', 'div', 'maximum', 'minimum']

/** Pairs of shapes that broadcast, by the name of the case. */
export const broadcasts: Readonly<Record<string, readonly [Shape, Shape]>> = {
  same: [
    [3, 4],
    [3, 4],
  ],
  'row-right': [[3, 4], [4]],
  'row-left': [[4], [3, 4]],
  'column-right': [
    [3, 4],
    [3, 1],
  ],
  'column-left': [
    [3, 1],
    [3, 4],
  ],
  outer: [
    [3, 1],
    [1, 4],
  ],
  'scalar-right': [[3, 4], []],
  'scalar-left': [[], [3, 4]],
  scalars: [[], []],
  'rank-3': [
    [2, 1, 4],
    [3, 1],
  ],
  'rank-4': [
    [2, 3, 1, 2],
    [3, 4, 1],
  ],
  ones: [[1], [1, 1]],
  long: [[1003], [1003]],
  'long-row': [[3, 1003], [1003]],
  'long-column': [
    [3, 1003],
    [3, 1],
  ],
  'batch-same': [
    [BATCH, 5],
    [BATCH, 5],
  ],
  'batch-row': [[BATCH, 5], [5]],
  'batch-column': [
    [BATCH, 5],
    [BATCH, 1],
  ],
  'batch-outer': [
    [BATCH, 1],
    [1, 5],
  ],
}

const binaryTolerance: Readonly<Record<BinaryName, CaseTolerance>> = {
  add: ROUNDED,
  sub: ROUNDED,
  mul: ROUNDED,
  div: ROUNDED,
  maximum: EXACT,
  minimum: EXACT,
}

function applyBinary(op: BinaryName) {
  return (b: Builder, [x, y]: readonly Value[]): Value => b.emit(op, x && y ? [x, y] : [], {})
}

function broadcastCases(op: BinaryName): ValueCase[] {
  return Object.entries(broadcasts).flatMap(([name, [left, right]]) =>
    operationCases({
      id: `${op}/${name}`,
      ops: [op],
      about: `${op} of [${left.join(',')}] and [${right.join(',')}]`,
      inputs: {
        x: { shape: left, fill: uniform(-3, 3) },
        y: { shape: right, fill: op === 'div' ? uniform(0.5, 3) : uniform(-3, 3) },
      },
      emit: applyBinary(op),
      tolerance: binaryTolerance[op],
    }),
  )
}

function pairCases(op: BinaryName, name: string, about: string, values: readonly number[]): ValueCase[] {
  const { first, second } = pairs(values)
  return operationCases({
    id: `${op}/${name}`,
    ops: [op],
    about: `${op} of every pair of ${about}`,
    inputs: {
      x: { shape: [first.length], fill: cycle(first) },
      y: { shape: [second.length], fill: cycle(second) },
    },
    emit: applyBinary(op),
    tolerance: binaryTolerance[op],
    steps: 1,
  })
}

const unaryTolerance: Readonly<Record<UnaryName, CaseTolerance>> = {
  neg: EXACT,
  abs: EXACT,
  sign: EXACT,
  exp: ELEMENTARY,
  log: ELEMENTARY,
  sqrt: ROUNDED,
}

/** Ordinary arguments: for exp up to where float32 is still finite, for log and sqrt positive. */
const ordinary: Readonly<Record<UnaryName, Fill>> = {
  neg: uniform(-5, 5),
  abs: uniform(-5, 5),
  sign: uniform(-5, 5),
  exp: uniform(-80, 80),
  log: uniform(1e-3, 100),
  sqrt: uniform(0, 1e6),
}

/** Cases of an elementwise operation of one input: shapes, and lists of values by name. */
export function unaryCases(
  op: UnaryName | 'relu',
  tolerance: CaseTolerance,
  fill: Fill,
  lists: Readonly<Record<string, readonly number[]>>,
): ValueCase[] {
  const emit = (b: Builder, [x]: readonly Value[]): Value => b.emit(op, x ? [x] : [], {})
  const shapes: Readonly<Record<string, Shape>> = { scalar: [], vector: [1001], 'rank-3': [2, 3, 4], batch: [BATCH, 7] }
  return [
    ...Object.entries(shapes).flatMap(([name, shape]) =>
      operationCases({
        id: `${op}/${name}`,
        ops: [op],
        about: `${op} of ordinary values in [${shape.join(',')}]`,
        inputs: { x: { shape, fill } },
        emit,
        tolerance,
      }),
    ),
    ...Object.entries(lists).flatMap(([name, values]) =>
      operationCases({
        id: `${op}/${name}`,
        ops: [op],
        about: `${op} of ${values.join(', ')}`,
        inputs: { x: { shape: [values.length], fill: cycle(values) } },
        emit,
        tolerance,
        steps: 1,
      }),
    ),
  ]
}

const subnormal = [1e-40, -1e-40, 2e-45, 1e-310, -5e-324]
const everywhere = { finite, infinite, nan: withNaN, subnormal }

/** Cases of the arithmetic family. */
export function arithmeticCases(): ValueCase[] {
  return [
    ...binaryNames.flatMap((op) => [
      ...broadcastCases(op),
      ...pairCases(op, 'finite', 'finite values, zeros among them', finite),
      ...pairCases(op, 'infinite', 'infinities, zeros and ordinary values', infinite),
      ...pairCases(op, 'nan', 'NaN and others', withNaN),
    ]),
    ...unaryCases('neg', unaryTolerance.neg, ordinary.neg, everywhere),
    ...unaryCases('abs', unaryTolerance.abs, ordinary.abs, everywhere),
    ...unaryCases('sign', unaryTolerance.sign, ordinary.sign, { finite, infinite, nan: withNaN }),
    ...unaryCases('exp', unaryTolerance.exp, ordinary.exp, {
      ...everywhere,
      small: [1e-3, -1e-3, 1e-8, -1e-8, 1e-20],
      overflow: [88, 89, 100, 709, 710, 1e6],
      underflow: [-87, -88, -100, -104, -745, -746, -1e6],
    }),
    ...unaryCases('log', unaryTolerance.log, ordinary.log, {
      finite: [1, 2, 0.5, 1e-30, 1e30, 0, -0, -1, -1e-3],
      'near-one': [1 + 2 ** -20, 1 - 2 ** -20, 1.001, 0.999, 1.1, 0.9],
      infinite,
      nan: withNaN,
    }),
    ...unaryCases('sqrt', unaryTolerance.sqrt, ordinary.sqrt, {
      finite: [0, -0, 1, 4, 2, 1e-30, 1e30, 0.1, -1],
      infinite,
      nan: withNaN,
    }),
  ]
}
