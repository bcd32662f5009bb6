/** Distribution: a share for each of several categories, such as labels that several people gave. */
import { elementCount } from '../../tensor.js'
import { softmaxPrediction } from '../predictions.js'
import { task, taskSettings } from './task.js'

/** `"task": "distribution"` */
export const distribution = task({
  settings: taskSettings,
  about: 'shares of several categories, which add up to 1',
  targetType: 'distribution',
  prediction: softmaxPrediction,
  expects: 'a field of numbers, a share for each category',
  width: ({ encoding, shape }) => (encoding.kind === 'numbers' && shape.length > 0 ? elementCount(shape) : undefined),
})
