/** The sum of what the model gives, as a loss: its gradient is that of the network itself, without any target. */
import { loss } from './loss.js'

/** L = sum_j z_j. */
export const output = loss({
  suits: ['none'],
  emit: ({ output: given, sum }) => sum(given),
  value: (given) => Array.from(given).reduce((sum, value) => sum + value, 0),
})
