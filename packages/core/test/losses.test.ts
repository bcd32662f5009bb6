import { describe, expect, test } from 'vitest'
import { Builder, type Value } from '../src/ir/builder.js'
import { gradient } from '../src/ir/gradient.js'
import { referenceBackend } from '../src/reference/backend.js'
import { losses } from '../src/task/losses/index.js'
import { type FloatDType, tensor } from '../src/tensor.js'
import { type Loss, lossNames } from '../src/train/losses.js'
import { evaluate } from './evaluate.js'

const classes = 4
const rows = [
  [0.5, -1.25, 2, 0],
  [3, 3, 3, 3],
  [1e4, -1e4, 0, 1e4 - 1],
  [-1e4, -1e4 - 2, -2e4, -1e4 - 1],
  [12, -700, 80, 79.5],
]
const labels = [2, 0, 1, 3, 3]
const shape = [rows.length, classes]

/** x_j - max - ln sum e^(x - max) */
function logSoftmax(row: readonly number[]): number[] {
  const most = Math.max(...row)
  const logSum = Math.log(row.reduce((sum, value) => sum + Math.exp(value - most), 0))
  return row.map((value) => value - most - logSum)
}

/** -sum p_j ln softmax(x)_j and its derivative softmax(x)_j sum(p) - p_j, row by row in float64. */
function closedForm(probabilities: readonly (readonly number[])[]) {
  let loss = 0
  const slopes = rows.map((row, i) => {
    const p = probabilities[i] ?? []
    const total = p.reduce((sum, value) => sum + value, 0)
    const logs = logSoftmax(row)
    loss -= logs.reduce((sum, log, j) => sum + (p[j] ?? 0) * log, 0)
    return logs.map((log, j) => Math.exp(log) * total - (p[j] ?? 0))
  })
  return { loss, slopes: slopes.flat() }
}

const oneHotRows = labels.map((label) => Array.from({ length: classes }, (_, j) => (j === label ? 1 : 0)))
const probabilityRows = [
  [0.1, 0.2, 0.3, 0.4],
  [0.25, 0.25, 0.25, 0.25],
  [0.5, 0, 0, 0.5],
  [1, 0, 0, 0],
  [0, 0, 0.75, 0.25],
]

function lossAndSlopes(b: Builder, loss: Loss, x: Value, target: Value, dtype: FloatDType) {
  const value = loss(b, x, target, dtype)
  const [slopes] = gradient(b, value, [x])
  if (slopes === undefined) throw new Error('no gradient')
  return { loss: value, slopes }
}

/** With integer labels. */
async function withLabels(loss: Loss, dtype: FloatDType) {
  const b = new Builder('loss')
  const x = b.xs('x', { dtype, shape })
  const target = b.xs('labels', { dtype: 'int32', shape: [rows.length] })
  const executable = await referenceBackend().compile(
    b.finish({ carry: {}, ys: lossAndSlopes(b, loss, x, target, dtype) }),
    {},
  )
  const xs = { x: tensor(dtype, [1, ...shape], rows.flat()), labels: tensor('int32', [1, rows.length], labels) }
  const { ys } = await executable.scan({}, xs)
  return { loss: Array.from(ys['loss']?.data ?? []), slopes: Array.from(ys['slopes']?.data ?? []) }
}

/** With a row of numbers for each sample. */
function withRows(targets: readonly (readonly number[])[], dtype: FloatDType) {
  const inputs = { x: { shape, data: rows.flat() }, p: { shape, data: targets.flat() } }
  return evaluate(dtype, inputs, (b, { x, p }) => lossAndSlopes(b, losses.softmaxCrossEntropyOneHot, x, p, dtype))
}

interface Result {
  readonly loss: readonly number[]
  readonly slopes: readonly number[]
}

/** Distances from the closed form: of the loss relative to itself, of the slopes the largest. */
function distances({ loss, slopes }: Result, targets: readonly (readonly number[])[]): number[] {
  const expected = closedForm(targets)
  return [
    Math.abs((loss[0] ?? Number.NaN) - expected.loss) / expected.loss,
    Math.max(...expected.slopes.map((slope, i) => Math.abs(slope - (slopes[i] ?? Number.NaN)))),
  ]
}

describe.each([
  ['float64', 2 ** -53],
  ['float32', 2 ** -24],
] as const)('in %s', (dtype, rounding) => {
  test.each(lossNames)('%s of integer labels is the closed form, logits of +-1e4 included', async (name) => {
    const got = await withLabels(losses[name], dtype)
    for (const distance of distances(got, oneHotRows)) expect(distance).toBeLessThan(8 * rounding)
    expect(got.slopes.every(Number.isFinite)).toBe(true)
  })

  test('one-hot rows give the same bits as integer labels', async () => {
    expect(await withRows(oneHotRows, dtype)).toEqual(await withLabels(losses.softmaxCrossEntropy, dtype))
  })

  test('rows of class probabilities give the cross-entropy with them', async () => {
    const got = await withRows(probabilityRows, dtype)
    for (const distance of distances(got, probabilityRows)) expect(distance).toBeLessThan(8 * rounding)
  })
})

test('nothing is clipped: a wrong answer given with certainty costs the difference of its logits', async () => {
  const inputs = { x: { shape: [1, 2], data: [1e4, -1e4] }, p: { shape: [1, 2], data: [0, 1] } }
  const { loss, slopes } = await evaluate('float32', inputs, (b, { x, p }) =>
    lossAndSlopes(b, losses.softmaxCrossEntropyOneHot, x, p, 'float32'),
  )
  expect([loss, slopes]).toEqual([[20000], [1, -1]])
})
