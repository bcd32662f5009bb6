/** The meaning of `scan`: the order of steps, what the carry hands on, what is stacked, and inputs that go straight out. */
import { Builder, type Value } from '../../ir/builder.js'
import { BATCH, type TensorType } from '../../ir/program.js'
import { allocate, type DType, elementCount, type FloatDType, type Tensor, type TensorMap } from '../../tensor.js'
import { type CaseData, caseDTypes, type CaseTolerance, ELEMENTARY, EXACT, type ValueCase } from '../case.js'
import { recurrence, recurrenceInput } from '../recurrence.js'

type Outputs = Parameters<Builder['finish']>[0]

const EXACT_SUMS: CaseTolerance = { ...EXACT, reason: 'sums and products of small integers are exact' }

function scanCase(
  name: string,
  about: string,
  build: (dtype: FloatDType) => CaseData,
  tolerance: CaseTolerance = EXACT_SUMS,
): ValueCase[] {
  return caseDTypes.map((dtype) => ({
    kind: 'values',
    id: `scan/${name}/${dtype}`,
    ops: [],
    dtype,
    about,
    tolerance,
    build: () => build(dtype),
  }))
}

/** Whole numbers 1, 2, 3, ... in a shape, so that what went where can be read off. */
function counting(dtype: DType, shape: readonly number[], start = 1): Tensor {
  const data = allocate(dtype, elementCount(shape))
  const wrap = dtype === 'bool' ? 2 : 200
  for (let i = 0; i < data.length; i++) data[i] = (start + i) % wrap
  return { dtype, shape, data } as Tensor
}

function program(emit: (b: Builder) => Outputs): CaseData['program'] {
  const b = new Builder('scan')
  return b.finish(emit(b))
}

function typed(dtype: DType, ...shape: TensorType['shape']): TensorType {
  return { dtype, shape }
}

/** c' = 2 c + x: another order of steps, or a stale carry, gives another number. */
function affine(dtype: FloatDType, steps: readonly number[]): CaseData {
  return {
    program: program((b) => {
      const c = b.carry('c', typed(dtype, 3))
      const next = b.add(b.mul(c, b.constant(2, dtype)), b.xs('x', typed(dtype, 3)))
      return { carry: { c: next }, ys: { before: c, after: next } }
    }),
    constants: {},
    scans: steps.map((count) => ({ carry: { c: counting(dtype, [3]) }, xs: { x: counting(dtype, [count, 3], 7) } })),
  }
}

/** c' = c + x and the total so far: whole numbers that float32 holds. */
function totals(dtype: FloatDType, steps: number): CaseData {
  return {
    program: program((b) => {
      const total = b.add(b.carry('c', typed(dtype)), b.xs('x', typed(dtype)))
      return { carry: { c: total }, ys: { total } }
    }),
    constants: {},
    scans: [{ carry: { c: counting(dtype, []) }, xs: { x: counting(dtype, [steps]) } }],
  }
}

function swapped(dtype: FloatDType): CaseData {
  return {
    program: program((b) => {
      const [left, right] = [b.carry('left', typed(dtype, 2)), b.carry('right', typed(dtype, 2))]
      const x = b.xs('x', typed(dtype))
      return { carry: { left: right, right: left }, ys: { sum: b.add(left, x) } }
    }),
    constants: {},
    scans: [
      { carry: { left: counting(dtype, [2]), right: counting(dtype, [2], 50) }, xs: { x: counting(dtype, [4]) } },
    ],
  }
}

/** Constants, carry and xs straight to outputs, one of them twice. */
export function straight(dtype: FloatDType): CaseData {
  return {
    program: program((b) => {
      const constant = b.constants('constant', typed(dtype, 2))
      const [kept, replaced] = [b.carry('kept', typed(dtype, 2)), b.carry('replaced', typed(dtype, 2))]
      b.carry('taken', typed(dtype, 2))
      const x = b.xs('x', typed(dtype, 2))
      const ys = { constant, kept, replaced, x, 'x again': x }
      return { carry: { kept, replaced: constant, taken: x }, ys }
    }),
    constants: { constant: counting(dtype, [2], 100) },
    scans: [
      {
        carry: {
          kept: counting(dtype, [2], 10),
          replaced: counting(dtype, [2], 20),
          taken: counting(dtype, [2], 30),
        },
        xs: { x: counting(dtype, [3, 2]) },
      },
    ],
  }
}

/** Inputs that no output needs, in every role. */
function unused(dtype: FloatDType): CaseData {
  return {
    program: program((b) => {
      b.constants('unused constant', typed(dtype, 2))
      const unusedCarry = b.carry('unused carry', typed(dtype, 2))
      b.xs('unused x', typed(dtype, 2))
      const c = b.carry('c', typed(dtype))
      return { carry: { 'unused carry': unusedCarry, c: b.add(c, b.constant(1, dtype)) }, ys: {} }
    }),
    constants: { 'unused constant': counting(dtype, [2]) },
    scans: [
      {
        carry: { 'unused carry': counting(dtype, [2], 5), c: counting(dtype, []) },
        xs: { 'unused x': counting(dtype, [4, 2]) },
      },
    ],
  }
}

/** A constant, a carry, an x and an output of the same name, and of names that are no identifiers. */
function sameNames(dtype: FloatDType): CaseData {
  const names = ['add', 'a b', 'dense.0:kernel', '0', 'ünïcode']
  const map = (tensor: (i: number) => Tensor): TensorMap =>
    Object.fromEntries(names.map((name, i) => [name, tensor(i)]))
  return {
    program: program((b) => {
      const sums = names.map((name): [string, Value] => {
        const [c, h] = [b.constants(name, typed(dtype, 2)), b.carry(name, typed(dtype, 2))]
        return [name, b.add(b.add(c, h), b.xs(name, typed(dtype, 2)))]
      })
      return { carry: Object.fromEntries(sums), ys: Object.fromEntries(sums) }
    }),
    constants: map((i) => counting(dtype, [2], 10 * i)),
    scans: [{ carry: map((i) => counting(dtype, [2], i)), xs: map((i) => counting(dtype, [2, 2], 5 * i)) }],
  }
}

const everyDType = (dtype: FloatDType): readonly DType[] => [dtype, 'int32', 'uint8', 'bool']

/** A constant, a carry and an x of every dtype; the x becomes the next carry. */
function dtypes(dtype: FloatDType): CaseData {
  const map = (tensor: (own: DType) => Tensor): TensorMap =>
    Object.fromEntries(everyDType(dtype).map((own) => [own, tensor(own)]))
  return {
    program: program((b) => {
      const carry: Record<string, Value> = {}
      const ys: Record<string, Value> = {}
      for (const own of everyDType(dtype)) {
        ys[`constant ${own}`] = b.reshape(b.constants(own, typed(own, 2, 3)), [6])
        ys[`carry ${own}`] = b.reshape(b.carry(own, typed(own, 4)), [2, 2])
        const x = b.xs(own, typed(own, 2, 2))
        carry[own] = b.reshape(x, [4])
      }
      return { carry, ys }
    }),
    constants: map((own) => counting(own, [2, 3])),
    scans: [{ carry: map((own) => counting(own, [4], 9)), xs: map((own) => counting(own, [3, 2, 2], 4)) }],
  }
}

/** Outputs that depend on constants alone, or on nothing: the same in every step. */
function invariant(dtype: FloatDType): CaseData {
  return {
    program: program((b) => {
      const constant = b.constants('constant', typed(dtype, 2, 3))
      const x = b.xs('x', typed(dtype))
      return {
        carry: {},
        ys: {
          folded: b.reduceSum(constant, [1]),
          nothing: b.filled(3, dtype, [2]),
          sum: b.add(b.reduceSum(constant), x),
        },
      }
    }),
    constants: { constant: counting(dtype, [2, 3]) },
    scans: [{ carry: {}, xs: { x: counting(dtype, [4]) } }],
  }
}

/** xs of several ranks and dtypes at once, a batch among them. */
function severalXs(dtype: FloatDType): CaseData {
  return {
    program: program((b) => {
      const scalar = b.xs('scalar', typed(dtype))
      const rank3 = b.xs('rank 3', typed(dtype, 2, 1, 3))
      const rows = b.xs('rows', typed('int32', BATCH))
      const table = b.constants('table', typed(dtype, 5, 3))
      const picked = b.mul(b.gatherRows(table, rows), scalar)
      return { carry: {}, ys: { picked, moved: b.add(rank3, scalar), positions: b.argMax(picked) } }
    }),
    constants: { table: counting(dtype, [5, 3]) },
    scans: [3, 1].map((batch) => ({
      carry: {},
      xs: {
        scalar: counting(dtype, [2]),
        'rank 3': counting(dtype, [2, 2, 1, 3]),
        rows: {
          dtype: 'int32',
          shape: [2, batch],
          data: new Int32Array(2 * batch).map((_, i) => (3 * i) % 5),
        },
      },
    })),
  }
}

/** A chain of a thousand nodes, and a sum of as many values. */
function long(dtype: FloatDType): CaseData {
  return {
    program: program((b) => {
      const x = b.xs('x', typed(dtype, 2))
      let last: Value = x
      let total: Value = x
      for (let i = 0; i < 500; i++) {
        last = b.sub(b.constant(i % 7, dtype), last)
        total = b.add(total, last)
      }
      return { carry: {}, ys: { last, total } }
    }),
    constants: {},
    scans: [{ carry: {}, xs: { x: counting(dtype, [2, 2]) } }],
  }
}

const COMPOUNDED: CaseTolerance = {
  ...ELEMENTARY,
  epsilons: 16,
  scale: 'tensor',
  reason: 'a few rounded operations a step, contracting; up to 1.6 seen',
}

/** Cases of the meaning of a scan. */
export function scanCases(): ValueCase[] {
  return [
    ...scanCase('carry-order', 'each step sees the carry of the one before', (dtype) => affine(dtype, [7])),
    ...scanCase('one-step', 'a single step', (dtype) => affine(dtype, [1])),
    ...scanCase('zero-steps', 'no step: the carry comes back, ys are empty', (dtype) => affine(dtype, [0])),
    ...scanCase('lengths', 'scans of several lengths through one executable', (dtype) =>
      affine(dtype, [5, 0, 2, 1, 3]),
    ),
    ...scanCase('thousand-steps', 'a thousand steps', (dtype) => totals(dtype, 1000)),
    ...scanCase('carry-swap', 'two carries change places in every step', swapped),
    ...scanCase('straight-through', 'inputs of every role as outputs', straight),
    ...scanCase('unused', 'inputs that nothing needs, and no ys', unused),
    ...scanCase('same-names', 'one name in every role, and names with odd characters', sameNames),
    ...scanCase('dtypes', 'constants, carry, xs and ys of every dtype', dtypes),
    ...scanCase('invariant', 'outputs that no step changes are stacked all the same', invariant),
    ...scanCase('several-xs', 'xs of several ranks, two batch sizes', severalXs),
    ...scanCase('long-chain', 'a thousand nodes', long),
    ...scanCase('recurrence', 'forty steps of a recurrent layer', (dtype) => recurrence(dtype, 40), COMPOUNDED),
    ...scanCase(
      'zero-steps-batch',
      'no step of a batch: ys have its shape behind the axis of length 0',
      (dtype) => ({ ...recurrence(dtype, 0), scans: [recurrenceInput(dtype, 0), recurrenceInput(dtype, 2, 1)] }),
      COMPOUNDED,
    ),
  ]
}
