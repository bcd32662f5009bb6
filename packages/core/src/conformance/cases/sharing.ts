/**
 * Values used more than once, and operations that may hand out a view of their input: where a backend that frees or
 * overwrites a buffer too early gives itself away.
 */
import type { Builder, Value } from '../../ir/builder.js'
import type { OpName } from '../../ir/ops/index.js'
import { BATCH, type Shape } from '../../ir/program.js'
import { type CaseTolerance, EXACT, ROUNDED, summation, type ValueCase } from '../case.js'
import { below, operationCases, uniform } from '../operation-case.js'

type Twice = (b: Builder, x: Value) => Value

function twiceCase(op: OpName, tolerance: CaseTolerance, twice: Twice, magnitude?: Twice): ValueCase[] {
  const on =
    (emit: Twice) =>
    (b: Builder, [x]: readonly Value[]): Value =>
      x === undefined ? b.constant(0, 'float64') : emit(b, x)
  return operationCases({
    id: `sharing/twice-${op}`,
    ops: [op],
    about: `${op} of a value with itself`,
    inputs: { x: { shape: [4, 4], fill: uniform(0.5, 2) } },
    emit: on(twice),
    ...(magnitude && { magnitude: on(magnitude) }),
    tolerance,
  })
}

/** A value of whole numbers and operations that change none of its elements. */
function viewCase(name: string, about: string, ops: readonly OpName[], shape: Shape, view: Twice): ValueCase[] {
  return operationCases({
    id: `sharing/${name}`,
    ops,
    about,
    inputs: { x: { shape, fill: below(1000) } },
    emit: (b, [x]) => (x === undefined ? b.constant(0, 'float64') : view(b, x)),
    tolerance: { ...EXACT, reason: 'sums of small integers are exact' },
  })
}

/** x + its view + (x again), so that the view and its source are both needed late. */
function usedAround(view: Twice): Twice {
  return (b, x) => {
    const seen = view(b, x)
    const doubled = b.add(x, x)
    return b.add(b.add(seen, doubled), b.reshape(x, seen.type.shape))
  }
}

/** Cases of sharing. */
export function sharingCases(): ValueCase[] {
  return [
    ...twiceCase('add', ROUNDED, (b, x) => b.add(x, x)),
    ...twiceCase('sub', ROUNDED, (b, x) => b.sub(x, x)),
    ...twiceCase('mul', ROUNDED, (b, x) => b.mul(x, x)),
    ...twiceCase('div', ROUNDED, (b, x) => b.div(x, x)),
    ...twiceCase('maximum', EXACT, (b, x) => b.maximum(x, x)),
    ...twiceCase('equal', EXACT, (b, x) => b.equal(x, x)),
    ...twiceCase('select', EXACT, (b, x) => b.select(b.greater(x, b.constant(1, x.type.dtype)), x, x)),
    ...twiceCase('concat', EXACT, (b, x) => b.concat([x, x, x], 1)),
    ...twiceCase(
      'matmul',
      summation(4),
      (b, x) => b.matmul(x, x, true, false),
      (b, x) => b.matmul(x, x, true, false),
    ),
    ...viewCase(
      'reshape',
      'a value and its reshape',
      ['reshape'],
      [2, 3],
      usedAround((b, x) => b.reshape(b.reshape(x, [6]), [2, 3])),
    ),
    ...viewCase(
      'reshape-batch',
      'a batch and its reshape',
      ['reshape'],
      [BATCH, 2],
      usedAround((b, x) => b.reshape(b.reshape(x, [2, BATCH]), [BATCH, 2])),
    ),
    ...viewCase(
      'idle-transpose',
      'a transposition that moves nothing',
      ['transpose'],
      [2, 3],
      usedAround((b, x) => b.emit('transpose', [x], { permutation: [0, 1] })),
    ),
    ...viewCase(
      'idle-slice',
      'a slice of everything',
      ['slice'],
      [2, 3],
      usedAround((b, x) => b.emit('slice', [x], { axis: 1, start: 0, stop: 3 })),
    ),
    ...viewCase(
      'idle-broadcast',
      'a broadcast to the same shape',
      ['broadcastTo'],
      [2, 3],
      usedAround((b, x) => b.emit('broadcastTo', [x], { shape: [2, 3] })),
    ),
    ...viewCase(
      'idle-cast',
      'a cast to the same dtype',
      ['cast'],
      [2, 3],
      usedAround((b, x) => b.emit('cast', [x], { dtype: x.type.dtype })),
    ),
    ...viewCase(
      'idle-concat',
      'a concatenation of one',
      ['concat'],
      [2, 3],
      usedAround((b, x) => b.emit('concat', [x], { axis: 0 })),
    ),
    ...viewCase('chain-of-views', 'views of views', ['reshape', 'slice', 'transpose'], [4, 6], (b, x) => {
      const half = b.slice(b.reshape(x, [6, 4]), 0, 2, 5)
      const turned = b.transpose(half, [1, 0])
      return b.add(b.reshape(turned, [12]), b.reshape(half, [12]))
    }),
  ]
}
