/** Comparisons, in every dtype that data come in, and the choice between two values. */
import { BATCH, type Shape } from '../../ir/program.js'
import type { DType } from '../../tensor.js'
import { EXACT, type ValueCase } from '../case.js'
import { below, cycle, type Fill, operationCases, uniform } from '../operation-case.js'
import { broadcasts } from './arithmetic.js'
import { finite, infinite, pairs, withNaN } from './edges.js'

type ComparisonName = 'greater' | 'greaterEqual' | 'equal'

const names: readonly ComparisonName[] = ['greater', 'greaterEqual', 'equal']

function comparisonCases(op: ComparisonName): ValueCase[] {
  const one = (
    name: string,
    about: string,
    shapes: readonly [Shape, Shape],
    fills: readonly [Fill, Fill],
    dtype?: DType,
  ) =>
    operationCases({
      id: `${op}/${name}`,
      ops: [op],
      about: `${op}: ${about}`,
      inputs: {
        x: { shape: shapes[0], fill: fills[0], ...(dtype && { dtype }) },
        y: { shape: shapes[1], fill: fills[1], ...(dtype && { dtype }) },
      },
      emit: (b, [x, y]) => b.emit(op, x && y ? [x, y] : [], {}),
      tolerance: EXACT,
    })
  const paired = (name: string, values: readonly number[]): ValueCase[] => {
    const { first, second } = pairs(values)
    const shape = [first.length]
    return one(name, `every pair of ${values.join(', ')}`, [shape, shape], [cycle(first), cycle(second)])
  }
  const few = below(3)
  return [
    ...Object.entries(broadcasts).flatMap(([name, shapes]) =>
      one(name, `[${shapes[0].join(',')}] with [${shapes[1].join(',')}], ties among them`, shapes, [few, few]),
    ),
    ...paired('finite', finite),
    ...paired('infinite', infinite),
    ...paired('nan', withNaN),
    ...one('int32', 'int32', [[20], [20]], [(r) => r.below(5) - 2, (r) => r.below(5) - 2], 'int32'),
    ...one(
      'int32-large',
      'int32 that float32 cannot tell apart',
      [[4], [4]],
      [cycle([16777217, 16777216, 2147483647, -2147483648]), cycle([16777216, 16777217, 2147483646, -2147483647])],
      'int32',
    ),
    ...one('uint8', 'uint8, unsigned', [[4], [4]], [cycle([200, 100, 255, 0]), cycle([100, 200, 255, 255])], 'uint8'),
  ]
}

interface SelectShapes {
  readonly condition: Shape
  readonly x: Shape
  readonly y: Shape
}

const selectShapes: Readonly<Record<string, SelectShapes>> = {
  same: { condition: [3, 4], x: [3, 4], y: [3, 4] },
  'scalar-condition': { condition: [], x: [3, 4], y: [3, 4] },
  'scalar-choices': { condition: [3, 4], x: [], y: [] },
  'row-condition': { condition: [4], x: [3, 4], y: [3, 4] },
  'column-condition': { condition: [3, 1], x: [3, 4], y: [1, 4] },
  'all-differ': { condition: [2, 1, 1], x: [3, 1], y: [4] },
  batch: { condition: [BATCH, 5], x: [BATCH, 5], y: [] },
  'batch-condition': { condition: [BATCH, 1], x: [5], y: [BATCH, 5] },
}

const selectDTypes: readonly DType[] = ['int32', 'uint8', 'bool']

function selectCases(): ValueCase[] {
  const one = (name: string, shapes: SelectShapes, fills: readonly [Fill, Fill], dtype?: DType): ValueCase[] =>
    operationCases({
      id: `select/${name}`,
      ops: ['select'],
      about: `select by [${shapes.condition.join(',')}] of [${shapes.x.join(',')}] and [${shapes.y.join(',')}]`,
      inputs: {
        condition: { dtype: 'bool', shape: shapes.condition, fill: below(2) },
        x: { shape: shapes.x, fill: fills[0], ...(dtype && { dtype }) },
        y: { shape: shapes.y, fill: fills[1], ...(dtype && { dtype }) },
      },
      emit: (b, [condition, x, y]) => b.emit('select', condition && x && y ? [condition, x, y] : [], {}),
      tolerance: EXACT,
    })
  const same: SelectShapes = { condition: [24], x: [24], y: [24] }
  return [
    ...Object.entries(selectShapes).flatMap(([name, shapes]) => one(name, shapes, [uniform(1, 2), uniform(-2, -1)])),
    ...one('not-chosen-nan', same, [cycle([Number.NaN, 1, Number.POSITIVE_INFINITY]), cycle([0, Number.NaN])]),
    ...selectDTypes.flatMap((dtype) => one(dtype, same, [below(2), below(2)], dtype)),
  ]
}

/** Cases of the comparison family. */
export function comparisonFamilyCases(): ValueCase[] {
  return [...names.flatMap(comparisonCases), ...selectCases()]
}
