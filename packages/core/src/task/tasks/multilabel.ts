/** Multi-label classification: any number of flags, each by an output of its own. */
import { elementCount } from '../../tensor.js'
import { sigmoidPrediction } from '../predictions.js'
import { task, taskSettings } from './task.js'

/** `"task": "multilabel"` */
export const multilabel = task({
  settings: taskSettings,
  about: 'several flags, each set or not',
  targetType: 'flags',
  prediction: sigmoidPrediction,
  expects: 'a field of numbers 0 and 1, one for each flag',
  width: ({ encoding, shape }) => (encoding.kind === 'numbers' && shape.length > 0 ? elementCount(shape) : undefined),
})
