/** Mean squared error: mean over the outputs of (z - y)^2, as torch.nn.MSELoss. */
import { loss, targetOf, widthOf } from './loss.js'

/** sum_j (z_j - y_j)^2 / n of each row. */
export const meanSquaredError = loss({
  suits: ['numbers'],
  emit: (context) => {
    const { b, output, precision } = context
    const difference = b.sub(output, targetOf(context))
    return b.div(b.reduceSum(b.mul(difference, difference)), b.constant(widthOf(output), precision))
  },
  value: (output, target) => {
    const squares = Array.from(output, (value, i) => (value - Number(target[i])) ** 2)
    return squares.reduce((sum, square) => sum + square, 0) / squares.length
  },
})
