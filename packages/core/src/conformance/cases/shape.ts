/** Operations that move elements: each axis, each dtype, with a batch and without. */
import type { Value } from '../../ir/builder.js'
import type { OpAttributes, OpName } from '../../ir/ops/index.js'
import { BATCH, type Shape } from '../../ir/program.js'
import type { DType } from '../../tensor.js'
import { EXACT, type ValueCase } from '../case.js'
import { below, type Fill, operationCases, uniform } from '../operation-case.js'

type ShapeOp = 'reshape' | 'broadcastTo' | 'transpose' | 'concat' | 'slice'

const otherDTypes: readonly DType[] = ['int32', 'uint8', 'bool']

function fillFor(dtype: DType | undefined): Fill {
  if (dtype === undefined) return uniform(-5, 5)
  return dtype === 'int32' ? (random) => random.below(2000) - 1000 : below(dtype === 'bool' ? 2 : 256)
}

function moveCase<K extends ShapeOp & OpName>(
  op: K,
  name: string,
  shapes: readonly Shape[],
  attributes: OpAttributes[K],
  dtype?: DType,
): ValueCase[] {
  const input = (shape: Shape) => ({ shape, fill: fillFor(dtype), ...(dtype && { dtype }) })
  return operationCases({
    id: `${op}/${name}`,
    ops: [op],
    about: `${op} of ${shapes.map((shape) => `[${shape.join(',')}]`).join(', ')} with ${JSON.stringify(attributes)}`,
    inputs: Object.fromEntries(shapes.map((shape, i) => [`x${i}`, input(shape)])),
    emit: (b, inputs: readonly Value[]) => b.emit(op, inputs, attributes),
    tolerance: EXACT,
  })
}

function reshapeCases(): ValueCase[] {
  return [
    ...moveCase('reshape', 'flatten', [[2, 3, 4]], { shape: [24] }),
    ...moveCase('reshape', 'unflatten', [[24]], { shape: [4, 3, 2] }),
    ...moveCase('reshape', 'to-scalar', [[1, 1]], { shape: [] }),
    ...moveCase('reshape', 'from-scalar', [[]], { shape: [1, 1] }),
    ...moveCase('reshape', 'batch-flatten', [[BATCH, 2, 3]], { shape: [BATCH, 6] }),
    ...moveCase('reshape', 'batch-column', [[BATCH]], { shape: [BATCH, 1] }),
    ...moveCase('reshape', 'batch-moves', [[BATCH, 4]], { shape: [2, BATCH, 2] }),
    ...otherDTypes.flatMap((dtype) => moveCase('reshape', dtype, [[2, 6]], { shape: [3, 4] }, dtype)),
  ]
}

function broadcastToCases(): ValueCase[] {
  return [
    ...moveCase('broadcastTo', 'scalar', [[]], { shape: [3, 4] }),
    ...moveCase('broadcastTo', 'row', [[4]], { shape: [3, 4] }),
    ...moveCase('broadcastTo', 'column', [[3, 1]], { shape: [3, 4] }),
    ...moveCase('broadcastTo', 'middle', [[2, 1, 3]], { shape: [2, 4, 3] }),
    ...moveCase('broadcastTo', 'new-axes', [[2, 1]], { shape: [3, 4, 2, 2] }),
    ...moveCase('broadcastTo', 'itself', [[3, 4]], { shape: [3, 4] }),
    ...moveCase('broadcastTo', 'batch-kept', [[BATCH, 1]], { shape: [BATCH, 4] }),
    ...otherDTypes.flatMap((dtype) => moveCase('broadcastTo', dtype, [[3, 1]], { shape: [3, 2] }, dtype)),
    ...operationCases({
      id: 'broadcastTo/to-batch',
      ops: ['broadcastTo'],
      about: 'a row repeated as often as another input has rows',
      inputs: { x: { shape: [4], fill: uniform(-1, 1) }, like: { shape: [BATCH, 4], fill: () => 0 } },
      emit: (b, [x, like]) => {
        const repeated = b.emit('broadcastTo', x ? [x] : [], { shape: [BATCH, 4] })
        return like ? b.add(repeated, like) : repeated
      },
      tolerance: EXACT,
    }),
  ]
}

function transposeCases(): ValueCase[] {
  const permutations = [
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
    [0, 1, 2],
  ]
  return [
    ...moveCase('transpose', 'matrix', [[3, 5]], { permutation: [1, 0] }),
    ...moveCase('transpose', 'large', [[33, 65]], { permutation: [1, 0] }),
    ...permutations.flatMap((permutation) =>
      moveCase('transpose', `rank-3-${permutation.join('')}`, [[2, 3, 4]], { permutation }),
    ),
    ...moveCase('transpose', 'rank-4', [[2, 3, 4, 5]], { permutation: [3, 1, 0, 2] }),
    ...moveCase('transpose', 'vector', [[3]], { permutation: [0] }),
    ...moveCase('transpose', 'batch', [[BATCH, 5]], { permutation: [1, 0] }),
    ...otherDTypes.flatMap((dtype) => moveCase('transpose', dtype, [[2, 3]], { permutation: [1, 0] }, dtype)),
  ]
}

/** Shapes of rank 3 that differ along one axis only. */
function partsAlong(axis: number): Shape[] {
  return [1, 3, 2].map((length) => [2, 3, 4].map((d, i) => (i === axis ? length : d)))
}

function concatCases(): ValueCase[] {
  return [
    ...[0, 1, 2].flatMap((axis) => moveCase('concat', `rank-3-axis-${axis}`, partsAlong(axis), { axis })),
    ...moveCase('concat', 'vectors', [[3], [1], [4]], { axis: 0 }),
    ...moveCase('concat', 'one', [[2, 3]], { axis: 1 }),
    ...moveCase(
      'concat',
      'many',
      Array.from({ length: 12 }, (_, i) => [i + 1]),
      { axis: 0 },
    ),
    ...moveCase(
      'concat',
      'batch-columns',
      [
        [BATCH, 2],
        [BATCH, 3],
      ],
      { axis: 1 },
    ),
    ...otherDTypes.flatMap((dtype) =>
      moveCase(
        'concat',
        dtype,
        [
          [2, 2],
          [1, 2],
        ],
        { axis: 0 },
        dtype,
      ),
    ),
  ]
}

function sliceCases(): ValueCase[] {
  return [
    ...[0, 1, 2].flatMap((axis) => moveCase('slice', `rank-3-axis-${axis}`, [[4, 5, 6]], { axis, start: 1, stop: 3 })),
    ...moveCase('slice', 'from-start', [[7, 2]], { axis: 0, start: 0, stop: 2 }),
    ...moveCase('slice', 'to-end', [[7, 2]], { axis: 0, start: 5, stop: 7 }),
    ...moveCase('slice', 'one-element', [[7]], { axis: 0, start: 6, stop: 7 }),
    ...moveCase('slice', 'all', [[3, 2]], { axis: 0, start: 0, stop: 3 }),
    ...moveCase('slice', 'batch-columns', [[BATCH, 6]], { axis: 1, start: 2, stop: 5 }),
    ...otherDTypes.flatMap((dtype) => moveCase('slice', dtype, [[5, 2]], { axis: 0, start: 1, stop: 4 }, dtype)),
  ]
}

/** Cases of the shape family. */
export function shapeCases(): ValueCase[] {
  return [...reshapeCases(), ...broadcastToCases(), ...transposeCases(), ...concatCases(), ...sliceCases()]
}
