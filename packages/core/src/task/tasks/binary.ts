/** Binary classification: yes or no, by one output. */
import { sigmoidPrediction } from '../predictions.js'
import { task, taskSettings } from './task.js'

/** `"task": "binary"` */
export const binary = task({
  settings: taskSettings,
  about: 'one of two categories, by one output',
  targetType: 'flags',
  prediction: sigmoidPrediction,
  expects: 'a field of two categories, or of numbers 0 and 1',
  proposedFor: ({ categories }) => categories?.length === 2,
  width: ({ encoding, shape }) => {
    const isSuitable = encoding.kind === 'category' ? encoding.count === 2 : true
    return isSuitable && shape.length === 0 ? 1 : undefined
  },
})
