/** Sums and maxima over every choice of axes, and the position of the first maximum. */
import { BATCH, type Dim, type Shape } from '../../ir/program.js'
import { type CaseTolerance, EXACT, summation, type ValueCase } from '../case.js'
import { cycle, type Fill, operationCases, uniform } from '../operation-case.js'

type ReduceName = 'reduceSum' | 'reduceMax'

interface ReduceShape {
  readonly shape: Shape
  readonly axes: readonly number[]
}

const reductions: readonly ReduceShape[] = [
  { shape: [6], axes: [0] },
  { shape: [3, 4], axes: [0] },
  { shape: [3, 4], axes: [1] },
  { shape: [3, 4], axes: [0, 1] },
  { shape: [2, 3, 4], axes: [1] },
  { shape: [2, 3, 4], axes: [0, 2] },
  { shape: [2, 3, 4], axes: [0, 1, 2] },
  { shape: [2, 3, 2, 2], axes: [1, 2] },
  { shape: [1, 4], axes: [0] },
  { shape: [1], axes: [0] },
  { shape: [1000], axes: [0] },
  { shape: [37, 65], axes: [0] },
  { shape: [37, 65], axes: [1] },
  { shape: [BATCH, 4], axes: [0] },
  { shape: [BATCH, 4], axes: [1] },
  { shape: [BATCH, 4], axes: [0, 1] },
]

const LARGEST_BATCH = 9

function lengthOf(dimension: Dim | undefined): number {
  return typeof dimension === 'number' ? dimension : LARGEST_BATCH
}

/** Number of terms of each sum. */
function termCount({ shape, axes }: ReduceShape): number {
  return axes.reduce((product, axis) => product * lengthOf(shape[axis]), 1)
}

function reduceCase(op: ReduceName, name: string, reduce: ReduceShape, keepDims: boolean, fill: Fill): ValueCase[] {
  const attributes = { axes: reduce.axes, keepDims }
  const isSum = op === 'reduceSum'
  const tolerance: CaseTolerance = isSum ? summation(termCount(reduce)) : EXACT
  return operationCases({
    id: `${op}/${name}${keepDims ? '/keep' : ''}`,
    ops: [op],
    about: `${op} of [${reduce.shape.join(',')}] over [${reduce.axes.join(',')}]${keepDims ? ', axes kept' : ''}`,
    inputs: { x: { shape: reduce.shape, fill } },
    emit: (b, [x]) => b.emit(op, x ? [x] : [], attributes),
    ...(isSum && { magnitude: (b, [x]) => b.emit(op, x ? [b.abs(x)] : [], attributes) }),
    tolerance,
    batches: [LARGEST_BATCH, 1],
  })
}

function shapeName({ shape, axes }: ReduceShape): string {
  return `${shape.join('x')}-over-${axes.join('-')}`
}

function specialCases(op: ReduceName): ValueCase[] {
  const [inf, minusInf, nan] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN]
  const lastAxis: ReduceShape = { shape: [2, 3], axes: [1] }
  return [
    ...reduceCase(op, 'negative', { shape: [3, 4], axes: [1] }, false, uniform(-9, -8)),
    ...reduceCase(op, 'infinite', lastAxis, false, cycle([inf, 1, 2, minusInf, 1, 2])),
    ...reduceCase(op, 'both-infinite', lastAxis, false, cycle([inf, minusInf, 2, minusInf, minusInf, minusInf])),
    ...reduceCase(op, 'nan', lastAxis, false, cycle([1, nan, 2, 3, 1, 2])),
    ...reduceCase(op, 'cancelling', { shape: [2, 100], axes: [1] }, false, cycle([1e6, -1e6, 0.125])),
  ]
}

function argMaxCase(name: string, about: string, shape: Shape, fill: Fill): ValueCase[] {
  return operationCases({
    id: `argMax/${name}`,
    ops: ['argMax'],
    about: `argMax: ${about}`,
    inputs: { x: { shape, fill } },
    emit: (b, [x]) => b.emit('argMax', x ? [x] : [], {}),
    tolerance: EXACT,
  })
}

function argMaxCases(): ValueCase[] {
  const [inf, minusInf] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  return [
    ...argMaxCase('vector', 'a vector gives a scalar', [9], uniform(-1, 1)),
    ...argMaxCase('matrix', 'along the last axis', [4, 7], uniform(-1, 1)),
    ...argMaxCase('rank-3', 'along the last of three axes', [2, 3, 5], uniform(-1, 1)),
    ...argMaxCase('batch', 'a batch of logits', [BATCH, 10], uniform(-1, 1)),
    ...argMaxCase('many-rows', 'as many rows of logits as an evaluation takes at once', [500, 10], uniform(-1, 1)),
    ...argMaxCase('one-class', 'rows of one element', [3, 1], uniform(-1, 1)),
    ...argMaxCase('ties', 'the first of equal maxima', [3, 4], cycle([1, 3, 3, 2, 5, 5, 5, 5, 0, 1, 0, 1])),
    ...argMaxCase('negative', 'all below zero', [3, 4], uniform(-9, -8)),
    ...argMaxCase('infinite', 'infinities are the extremes', [2, 3], cycle([1, inf, 2, minusInf, minusInf, -5])),
  ]
}

/** Cases of the reduction family. */
export function reductionCases(): ValueCase[] {
  const names: readonly ReduceName[] = ['reduceSum', 'reduceMax']
  return [
    ...names.flatMap((op) => [
      ...reductions.flatMap((reduce) =>
        [false, true].flatMap((keep) => reduceCase(op, shapeName(reduce), reduce, keep, uniform(-2, 2))),
      ),
      ...specialCases(op),
    ]),
    ...argMaxCases(),
  ]
}
