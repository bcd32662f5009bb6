/** Losses of logits against their closed forms in float64, logits of +-1e4 included. */
import { describe, expect, test } from 'vitest'
import { Builder } from '../src/ir/builder.js'
import { gradient } from '../src/ir/gradient.js'
import { referenceBackend } from '../src/reference/backend.js'
import { losses } from '../src/task/losses/index.js'
import { emitLoss, type LossRecord } from '../src/task/losses/loss.js'
import { type FloatDType, type Tensor, tensor } from '../src/tensor.js'
import { gradientError } from './finite-differences.js'

const width = 4
const rows = [
  [0.5, -1.25, 2, 0],
  [3, 3, 3, 3],
  [1e4, -1e4, 0, 1e4 - 1],
  [-1e4, -1e4 - 2, -2e4, -1e4 - 1],
  [12, -700, 80, 79.5],
]
const shape = [rows.length, width]
const labels = [2, 0, 1, 3, 3]
const flagRows = [
  [0, 0, 1, 1],
  [1, 0, 1, 0],
  [0, 0, 1, 1],
  [1, 1, 0, 0],
  [1, 0, 0, 1],
]

/** A loss in closed form: of one row, and its derivative by each logit. */
interface ClosedForm {
  readonly loss: (row: readonly number[], at: number) => number
  readonly slopes: (row: readonly number[], at: number) => number[]
}

/** x_j - max - ln sum e^(x - max) */
function logSoftmax(row: readonly number[]): number[] {
  const most = Math.max(...row)
  const logSum = Math.log(row.reduce((sum, value) => sum + Math.exp(value - most), 0))
  return row.map((value) => value - most - logSum)
}

/** -ln softmax(x)_label; softmax(x)_j - [j = label]. */
const crossEntropy: ClosedForm = {
  loss: (row, at) => -Number(logSoftmax(row)[labels[at] ?? -1]),
  slopes: (row, at) => logSoftmax(row).map((log, j) => Math.exp(log) - (j === labels[at] ? 1 : 0)),
}

const logistic = (z: number): number => (z >= 0 ? 1 / (1 + Math.exp(-z)) : Math.exp(z) / (1 + Math.exp(z)))

/**
 * torch.nn.BCEWithLogitsLoss, one number of it: (1 - y) z + m + ln(e^-m + e^(-z - m)), m = max(-z, 0), which is how PyTorch
 * writes -y ln s(z) - (1 - y) ln(1 - s(z)); its slope s(z) - y.
 */
function logitsLoss(z: number, y: number): number {
  const m = Math.max(-z, 0)
  return (1 - y) * z + m + Math.log(Math.exp(-m) + Math.exp(-z - m))
}

function flagOf(at: number, j: number): number {
  return flagRows[at]?.[j] ?? Number.NaN
}

const logitsLosses: ClosedForm = {
  loss: (row, at) => row.reduce((sum, z, j) => sum + logitsLoss(z, flagOf(at, j)), 0) / row.length,
  slopes: (row, at) => row.map((z, j) => (logistic(z) - flagOf(at, j)) / row.length),
}

type LossName = (typeof cases)[number][0]

/** The loss summed over the rows and its slopes, in the program. */
async function evaluated(name: LossName, dtype: FloatDType, outputs: readonly (readonly number[])[], target: Tensor) {
  const b = new Builder('loss')
  const size = [outputs.length, width]
  const output = b.xs('z', { dtype, shape: size })
  const given = b.xs('y', { dtype: target.dtype, shape: target.shape })
  const record: LossRecord = losses[name]
  const loss = emitLoss(record, { b, output, target: given, settings: {}, precision: dtype })
  const [slopes] = gradient(b, loss, [output])
  if (slopes === undefined) throw new Error('no gradient')
  const executable = await referenceBackend().compile(b.finish({ carry: {}, ys: { loss, slopes } }), {})
  const xs = { z: tensor(dtype, [1, ...size], outputs.flat()), y: { ...target, shape: [1, ...target.shape] } }
  const { ys } = await executable.scan({}, xs)
  return { loss: Number(ys['loss']?.data[0]), slopes: Array.from(ys['slopes']?.data ?? []) }
}

function targetOf(name: LossName, dtype: FloatDType): Tensor {
  return name === 'binaryCrossEntropy' ? tensor(dtype, shape, flagRows.flat()) : tensor('int32', [rows.length], labels)
}

/** The target of one row as the value of a loss takes it. */
function rowTarget(name: LossName, at: number): readonly number[] {
  return name === 'binaryCrossEntropy' ? (flagRows[at] ?? []) : labels.slice(at, at + 1)
}

const cases = [
  ['softmaxCrossEntropy', crossEntropy],
  ['softmaxCrossEntropyOneHot', crossEntropy],
  ['binaryCrossEntropy', logitsLosses],
] as const

describe.each([
  ['float64', 2 ** -53],
  ['float32', 2 ** -24],
] as const)('in %s', (dtype, rounding) => {
  test.each(cases)('%s is the closed form, logits of +-1e4 included', async (name, closed) => {
    const { loss, slopes } = await evaluated(name, dtype, rows, targetOf(name, dtype))
    const expected = rows.reduce((sum, row, at) => sum + closed.loss(row, at), 0)
    expect(Math.abs(loss - expected) / expected).toBeLessThan(8 * rounding)
    const distances = rows.flatMap(closed.slopes).map((slope, i) => Math.abs(slope - (slopes[i] ?? Number.NaN)))
    expect(distances).toHaveLength(rows.length * width)
    expect(Math.max(...distances)).toBeLessThan(8 * rounding)
  })

  test('the two names of the cross-entropy give the same bits', async () => {
    const [one, other] = await Promise.all(
      (['softmaxCrossEntropy', 'softmaxCrossEntropyOneHot'] as const).map((name) =>
        evaluated(name, dtype, rows, targetOf(name, dtype)),
      ),
    )
    expect(one).toEqual(other)
  })
})

test.each(cases)('%s: the value of one row is that of its program, and of the closed form', async (name, closed) => {
  for (const [at, row] of rows.entries()) {
    const target = rowTarget(name, at)
    const value = losses[name].value(row, target, {})
    const given =
      name === 'binaryCrossEntropy' ? tensor('float64', [1, width], target) : tensor('int32', [1], [...target])
    // oxlint-disable-next-line no-await-in-loop -- a row at a time
    const { loss } = await evaluated(name, 'float64', [row], given)
    expect(Math.abs(value - loss)).toBeLessThanOrEqual(1e-15 * Math.max(1, Math.abs(loss)))
    expect(Math.abs(value - closed.loss(row, at))).toBeLessThanOrEqual(1e-15 * Math.max(1, Math.abs(loss)))
  }
})

test('nothing is clipped: a wrong answer given with certainty costs the difference of its logits', async () => {
  const { loss, slopes } = await evaluated(
    'softmaxCrossEntropy',
    'float32',
    [[1e4, -1e4, -1e4, -1e4]],
    tensor('int32', [1], [1]),
  )
  expect([loss, slopes]).toEqual([20000, [1, -1, 0, 0]])
})

test('nothing is clipped: a flag that is wrong with certainty costs its logit, one that is right nothing', async () => {
  const target = tensor('float32', [1, width], [0, 1, 1, 0])
  const { loss, slopes } = await evaluated('binaryCrossEntropy', 'float32', [[1e4, -1e4, 1e4, -1e4]], target)
  expect([loss, slopes]).toEqual([5000, [0.25, -0.25, 0, 0]])
})

test('a logit of 0 costs ln 2, whatever the flag', () => {
  expect(losses.binaryCrossEntropy.value([0], [0], {})).toBeCloseTo(Math.LN2, 15)
  expect(losses.binaryCrossEntropy.value([0, 0], [1, 0], {})).toBeCloseTo(Math.LN2, 15)
})

test('far below 0 the loss of an unset flag keeps its digits: e^z, not 0', async () => {
  const target = tensor('float64', [1, width], [0, 0, 0, 0])
  const { loss } = await evaluated('binaryCrossEntropy', 'float64', [[-40, -40, -40, -40]], target)
  expect(loss / Math.exp(-40)).toBeCloseTo(1, 14)
})

test('binaryCrossEntropy: its gradient is that of finite differences in float64', async () => {
  const near = [-3, -0.75, 0.001, 0.4, 1.7, 6, 11, -20]
  const points = [
    { shape: [2, width], data: near },
    { shape: [2, width], data: [0, 1, 0, 1, 1, 0, 1, 1] },
  ]
  const error = await gradientError(points, (b, [output, target]) => {
    if (output === undefined || target === undefined) throw new Error('two inputs')
    return emitLoss(losses.binaryCrossEntropy, { b, output, target, settings: {}, precision: 'float64' })
  })
  expect(error).toBeLessThan(1e-9)
})
