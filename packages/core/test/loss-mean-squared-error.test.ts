import { expect, it } from 'vitest'
import { Builder } from '../src/ir/builder.js'
import { BATCH } from '../src/ir/program.js'
import { referenceBackend } from '../src/reference/backend.js'
import { emitLoss } from '../src/task/losses/loss.js'
import { meanSquaredError } from '../src/task/losses/mean-squared-error.js'
import { tensor } from '../src/tensor.js'

// Rows [1, 3] against [0, 1] and [2, -2] against [2, 0]: (1 + 4) / 2 + (0 + 4) / 2 by hand.
const output = [1, 3, 2, -2]
const target = [0, 1, 2, 0]

it('sums the rows in the program as by hand', async () => {
  const b = new Builder('mse')
  const type = { dtype: 'float64', shape: [BATCH, 2] } as const
  const context = { b, output: b.xs('z', type), target: b.xs('y', type), settings: {}, precision: 'float64' as const }
  const program = b.finish({ carry: {}, ys: { loss: emitLoss(meanSquaredError, context) } })
  const executable = await referenceBackend().compile(program, {})
  const xs = { z: tensor('float64', [1, 2, 2], output), y: tensor('float64', [1, 2, 2], target) }
  const { ys } = await executable.scan({}, xs)
  expect(ys['loss']?.data[0]).toBe(4.5)
})

it('gives the value of one row as by hand', () => {
  expect(meanSquaredError.value(output.slice(0, 2), target.slice(0, 2), {})).toBe(2.5)
})
