/** Mean absolute error: mean over the outputs of |z - y|, as torch.nn.L1Loss. Its slope at z = y is 0, as there. */
import { loss, meanOf, sumOfMeans, targetOf } from './loss.js'

/** sum_j |z_j - y_j| / n of each row. */
export const meanAbsoluteError = loss({
  suits: ['numbers'],
  emit: (context) => sumOfMeans(context, context.b.abs(context.b.sub(context.output, targetOf(context)))),
  value: (output, target) => meanOf(output, target, (z, y) => Math.abs(z - y)),
})
