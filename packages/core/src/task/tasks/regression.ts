/** Regression: numbers. */
import { elementCount } from '../../tensor.js'
import { identityPrediction } from '../predictions.js'
import { task, taskSettings } from './task.js'

/** `"task": "regression"` */
export const regression = task({
  settings: taskSettings,
  about: 'one number or several',
  targetType: 'numbers',
  prediction: identityPrediction,
  expects: 'a field of numbers',
  proposedFor: ({ type, categories }) => categories === undefined || (type !== 'text' && categories.length < 2),
  width: ({ encoding, shape }) => (encoding.kind === 'numbers' ? elementCount(shape) : undefined),
})
