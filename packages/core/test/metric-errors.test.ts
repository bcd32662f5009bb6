import { expect, it } from 'vitest'
import { meanAbsoluteError, meanSquaredError } from '../src/task/metrics/errors.js'

// scikit-learn 1.5: mean_squared_error and mean_absolute_error of [[0.5, 1], [-1, 1], [7, -6]] and
// [[0, 2], [-1, 2], [8, -5]] are 0.7083333333333334 and 0.75, as its documentation prints them.
const target = [0.5, 1, -1, 1, 7, -6]
const output = [0, 2, -1, 2, 8, -5]

it.each([
  [meanSquaredError, 0.7083333333333334],
  [meanAbsoluteError, 0.75],
] as const)('has the value of scikit-learn', (metric, expected) => {
  const whole = metric.accumulator({}, 2, { type: 'numbers' })
  whole.add(output, target, 3)
  expect(whole.result().value).toBeCloseTo(expected, 14)
  const parts = metric.accumulator({}, 2, { type: 'numbers' })
  parts.add(output.slice(0, 2), target.slice(0, 2), 1)
  parts.add(output.slice(2), target.slice(2), 2)
  expect(parts.result().value).toBeCloseTo(expected, 14)
})

it('knows its standard error: sd / sqrt(n), of absolute errors 3, 1 and 2', () => {
  const metric = meanAbsoluteError.accumulator({}, 1, { type: 'numbers' })
  metric.add([3, 1, 2], [0, 0, 0], 3)
  const { value, error } = metric.result()
  expect(value).toBe(2)
  expect(error).toBeCloseTo(Math.sqrt(2 / 3) / Math.sqrt(3), 14)
})
