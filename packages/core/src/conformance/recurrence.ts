/**
 * The program that the cases of the contract run: rows = gain tanh(x W + h / 2), h' = mean of the rows. It has a constant,
 * a carry that matters, two xs with a batch, and arithmetic whose bits depend on the order of the steps.
 */
import { Builder } from '../ir/builder.js'
import { BATCH, type Program } from '../ir/program.js'
import type { FloatDType } from '../tensor.js'
import type { CaseData, ScanInput } from './case.js'
import { filledTensor, streamFor, uniform } from './operation-case.js'

const WIDTH = 5
const FEATURES = 3
const BATCH_SIZE = 4

/** The program: constants `w`, carry `h`, xs `x` and `gain`, ys `total` and `mean`. */
export function recurrenceProgram(dtype: FloatDType): Program {
  const b = new Builder('recurrence')
  const w = b.constants('w', { dtype, shape: [FEATURES, WIDTH] })
  const h = b.carry('h', { dtype, shape: [WIDTH] })
  const x = b.xs('x', { dtype, shape: [BATCH, FEATURES] })
  const gain = b.xs('gain', { dtype, shape: [BATCH, 1] })
  const rows = b.mul(gain, b.tanh(b.add(b.matmul(x, w), b.mul(h, b.constant(0.5, dtype)))))
  const mean = b.div(b.reduceSum(rows, [0]), b.size(x, 0, dtype))
  return b.finish({ carry: { h: mean }, ys: { total: b.reduceSum(rows, [1]), mean } })
}

/** Carry and xs for `steps` steps; always the same. */
export function recurrenceInput(dtype: FloatDType, steps: number, batch = BATCH_SIZE): ScanInput {
  const random = streamFor(`recurrence/${dtype}`)
  return {
    carry: { h: filledTensor(random, dtype, [WIDTH], uniform(-1, 1)) },
    xs: {
      x: filledTensor(random, dtype, [steps, batch, FEATURES], uniform(-2, 2)),
      gain: filledTensor(random, dtype, [steps, batch, 1], uniform(0.5, 1)),
    },
  }
}

/** The program with its constants and one scan of `steps` steps. */
export function recurrence(dtype: FloatDType, steps: number): CaseData {
  const w = filledTensor(streamFor(`recurrence-weights/${dtype}`), dtype, [FEATURES, WIDTH], uniform(-1, 1))
  return { program: recurrenceProgram(dtype), constants: { w }, scans: [recurrenceInput(dtype, steps)] }
}
