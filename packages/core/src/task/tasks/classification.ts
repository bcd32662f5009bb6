/** Classification: one of several categories. */
import { softmaxPrediction } from '../predictions.js'
import { task, taskSettings } from './task.js'

/** `"task": "classification"` */
export const classification = task({
  settings: taskSettings,
  about: 'one of several categories',
  targetType: 'category',
  prediction: softmaxPrediction,
  expects: 'a field of bytes or integers with the encoding "category"',
  proposedFor: ({ type, categories }) => {
    if (categories === undefined || categories.length === 2) return false
    return type === 'text' || categories.length > 1
  },
  width: ({ dtype, encoding, shape }) => {
    const isSuitable = (dtype === 'uint8' || dtype === 'int32') && shape.length === 0
    return isSuitable && encoding.kind === 'category' ? encoding.count : undefined
  },
})
