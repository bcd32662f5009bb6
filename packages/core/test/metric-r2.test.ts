import { expect, it } from 'vitest'
import { r2 } from '../src/task/metrics/r2.js'

// scikit-learn's documentation of r2_score: [3, -0.5, 2, 7] and [2.5, 0, 2, 8] give 0.9486081370449679.
it('has the value of scikit-learn', () => {
  const metric = r2.accumulator({}, 1, { type: 'numbers' })
  metric.add([2.5, 0], [3, -0.5], 2)
  metric.add([2, 8], [2, 7], 2)
  expect(metric.result().value).toBeCloseTo(0.9486081370449679, 14)
})

it('is the mean over the outputs: 0.965438 and 0.908163 of the same page', () => {
  const metric = r2.accumulator({}, 2, { type: 'numbers' })
  metric.add([0, 2, -1, 2, 8, -5], [0.5, 1, -1, 1, 7, -6], 3)
  expect(metric.result().value).toBeCloseTo((0.9654377880184332 + 0.9081632653061225) / 2, 14)
})

it('counts an output that does not vary by whether it is told', () => {
  const told = r2.accumulator({}, 1, { type: 'numbers' })
  told.add([2, 2], [2, 2], 2)
  expect(told.result().value).toBe(1)
  const missed = r2.accumulator({}, 1, { type: 'numbers' })
  missed.add([2, 1], [2, 2], 2)
  expect(missed.result().value).toBe(0)
})
