/** Every kind of float through every operation, at every place, where the contract says what becomes of it. */
import { Builder, type Value } from '../../ir/builder.js'
import type { OpName } from '../../ir/ops/index.js'
import { BATCH } from '../../ir/program.js'
import { alone, among, type Arrangement, LONGEST_ROW, paired } from '../arrangements.js'
import {
  BOUNDED,
  caseDTypes,
  type CaseTolerance,
  ELEMENTARY,
  EXACT,
  ROUNDED,
  summation,
  type ValueCase,
} from '../case.js'
import { bothSigns, nanNames, type PatternName, patternNames, subnormalNames } from '../patterns.js'
import { LOG_SOFTMAX, logSoftmaxMagnitude } from './activation.js'

type Emit<I> = (b: Builder, inputs: I) => Readonly<Record<string, Value>>

interface PatternRecipe<I extends Readonly<Record<string, Value>>> {
  readonly op: OpName
  readonly names: readonly PatternName[]
  readonly tolerance: CaseTolerance
  readonly arrangement: Arrangement<I>
  readonly emit: Emit<I>
  readonly magnitude?: Emit<I>
}

function without(...left: readonly PatternName[]): PatternName[] {
  return patternNames.filter((name) => !left.includes(name))
}

/** Where a backend that flushes subnormal numbers would rightly give another result, they are left out. */
const normal = without(...subnormalNames)

function patternCases<I extends Readonly<Record<string, Value>>>(recipe: PatternRecipe<I>): ValueCase[] {
  const { op, names, tolerance, arrangement, magnitude } = recipe
  return caseDTypes.map((dtype) => {
    const bits = bothSigns(dtype, names)
    const program = (emit: Emit<I>) => {
      const b = new Builder(`${op}/patterns`)
      return b.finish({ carry: {}, ys: emit(b, arrangement.declare(b, dtype, bits.length)) })
    }
    return {
      kind: 'values',
      id: `${op}/patterns/${dtype}`,
      ops: [op],
      dtype,
      about: `${op} of every kind of float (${names.join(', ')}), with and without sign, at every place`,
      tolerance,
      build: () => ({
        program: program(recipe.emit),
        constants: {},
        scans: arrangement.lengths.map((length) => ({ carry: {}, xs: arrangement.fill(dtype, bits, length) })),
        ...(magnitude && { magnitude: program(magnitude) }),
      }),
    }
  })
}

const unary = [
  ['neg', EXACT, patternNames],
  ['abs', EXACT, patternNames],
  ['sign', EXACT, normal],
  ['exp', ELEMENTARY, patternNames],
  ['log', ELEMENTARY, normal],
  ['sqrt', ROUNDED, normal],
  ['relu', EXACT, patternNames],
  ['sigmoid', { ...BOUNDED, scale: 'tensor' }, patternNames],
  ['tanh', { ...BOUNDED, scale: 'tensor' }, patternNames],
] as const satisfies readonly (readonly [OpName, CaseTolerance, readonly PatternName[]])[]

const binary = [
  ['add', ROUNDED, normal],
  ['sub', ROUNDED, normal],
  ['mul', ROUNDED, normal],
  // Where the reciprocal of the greatest number is flushed, a quotient by it is 0.
  ['div', ROUNDED, without(...subnormalNames, 'greatest')],
  ['maximum', EXACT, patternNames],
  ['minimum', EXACT, patternNames],
  ['greater', EXACT, normal],
  ['greaterEqual', EXACT, normal],
  ['equal', EXACT, normal],
] as const satisfies readonly (readonly [OpName, CaseTolerance, readonly PatternName[]])[]

const moves: Readonly<Partial<Record<OpName, (b: Builder, x: Value) => Value>>> = {
  reshape: (b, x) => b.reshape(x, [BATCH, ...x.type.shape.slice(0, 1)]),
  broadcastTo: (b, x) => b.broadcastTo(x, [2, ...x.type.shape]),
  transpose: (b, x) => b.transpose(x, [1, 0]),
  concat: (b, x) => b.concat([x, x], 0),
  slice: (b, x) => b.slice(x, 0, 1, 8),
  gatherRows: (b, x) => b.gatherRows(x, b.filled(3, 'int32', [2])),
}

/** x times a matrix and a matrix times x: what is no number must not be lost, not even where it meets a 0. */
function products(
  b: Builder,
  { x, ones, zeros }: Readonly<Record<'x' | 'ones' | 'zeros', Value>>,
): Record<string, Value> {
  return {
    'x ones': b.matmul(x, ones),
    'x zeros': b.matmul(x, zeros),
    'ones x': b.matmul(ones, x, true, true),
    'zeros x': b.matmul(zeros, x, true, true),
  }
}

/** The rows of x apart, every other row of the table left out, and two by two: what is no number stays in its row. */
function scattered(b: Builder, x: Value): Record<string, Value> {
  const rows = Number(x.type.shape[0])
  const to = (row: (i: number) => number): Value => {
    const numbers = Array.from({ length: rows }, (_, i) => b.filled(row(i), 'int32', [1]))
    return b.scatterAddRows(x, b.concat(numbers, 0), 2 * rows)
  }
  return { apart: to((i) => 2 * i), pairs: to((i) => Math.floor(i / 2)) }
}

function elementwise(): ValueCase[] {
  return [
    ...unary.flatMap(([op, tolerance, names]) =>
      patternCases({ op, tolerance, names, arrangement: alone, emit: (b, { x }) => ({ y: b.emit(op, [x], {}) }) }),
    ),
    ...binary.flatMap(([op, tolerance, names]) => {
      const emit: Emit<Readonly<Record<'x' | 'y' | 's', Value>>> = (b, { x, y, s }) => ({
        'x y': b.emit(op, [x, y], {}),
        'x s': b.emit(op, [x, s], {}),
        's y': b.emit(op, [s, y], {}),
      })
      return patternCases({ op, tolerance, names, arrangement: paired, emit })
    }),
    ...patternCases({
      op: 'select',
      tolerance: EXACT,
      names: patternNames,
      arrangement: paired,
      emit: (b, { even, x, y, s }) => ({ 'x y': b.select(even, x, y), 's y': b.select(even, s, y) }),
    }),
    ...patternCases({
      op: 'cast',
      tolerance: EXACT,
      names: normal,
      arrangement: alone,
      emit: (b, { x }) => ({ bool: b.cast(x, 'bool'), same: b.emit('cast', [x], { dtype: x.type.dtype }) }),
    }),
  ]
}

function alongRows(): ValueCase[] {
  const row = { axes: [1], keepDims: false }
  const numbers = without(...nanNames)
  return [
    ...patternCases({
      op: 'reduceSum',
      tolerance: summation(LONGEST_ROW),
      names: patternNames,
      arrangement: among('one'),
      emit: (b, { x }) => ({ y: b.emit('reduceSum', [x], row) }),
      magnitude: (b, { x }) => ({ y: b.emit('reduceSum', [b.abs(x)], row) }),
    }),
    ...patternCases({
      op: 'scatterAddRows',
      tolerance: summation(2),
      names: patternNames,
      arrangement: among('one'),
      emit: (b, { x }) => scattered(b, x),
      magnitude: (b, { x }) => scattered(b, b.abs(x)),
    }),
    ...patternCases({
      op: 'reduceMax',
      tolerance: EXACT,
      names: patternNames,
      arrangement: among('one', 'infinity'),
      emit: (b, { x }) => ({
        y: b.emit('reduceMax', [x], row),
        columns: b.emit('reduceMax', [x], { axes: [0], keepDims: true }),
      }),
    }),
    ...patternCases({
      op: 'argMax',
      tolerance: EXACT,
      names: numbers,
      arrangement: among('one'),
      emit: (b, { x }) => ({ y: b.argMax(x) }),
    }),
    ...patternCases({
      op: 'logSoftmax',
      tolerance: LOG_SOFTMAX,
      names: patternNames,
      arrangement: among('one'),
      emit: (b, { x }) => ({ y: b.emit('logSoftmax', [x], {}) }),
      magnitude: (b, { x }) => ({ y: logSoftmaxMagnitude(b, [x]) }),
    }),
    ...patternCases({
      op: 'matmul',
      tolerance: summation(LONGEST_ROW),
      names: patternNames,
      arrangement: among('one'),
      emit: products,
      magnitude: (b, { x, ones, zeros }) => products(b, { x: b.abs(x), ones, zeros }),
    }),
  ]
}

/** Cases of special numbers. */
export function patternFamilyCases(): ValueCase[] {
  const moved = (Object.entries(moves) as [OpName, (b: Builder, x: Value) => Value][]).flatMap(([op, move]) =>
    patternCases({
      op,
      tolerance: EXACT,
      names: patternNames,
      arrangement: among('one'),
      emit: (b, { x }) => ({ y: move(b, x) }),
    }),
  )
  return [...elementwise(), ...alongRows(), ...moved]
}
