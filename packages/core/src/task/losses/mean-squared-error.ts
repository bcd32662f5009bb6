/** Mean squared error: mean over the outputs of (z - y)^2, as torch.nn.MSELoss. */
import { loss, meanOf, sumOfMeans, targetOf } from './loss.js'

/** sum_j (z_j - y_j)^2 / n of each row. */
export const meanSquaredError = loss({
  suits: ['numbers'],
  emit: (context) => {
    const { b, output } = context
    const difference = b.sub(output, targetOf(context))
    return sumOfMeans(context, b.mul(difference, difference))
  },
  value: (output, target) => meanOf(output, target, (z, y) => (z - y) ** 2),
})
