/** A network without a target: only what it computes is looked at. */
import { identityPrediction } from '../predictions.js'
import { task, taskSettings } from './task.js'

/** `"task": "untargeted"`, with the loss `output`. */
export const untargeted = task({
  settings: taskSettings,
  about: 'no target: the network is only looked at',
  targetType: 'none',
  prediction: identityPrediction,
  expects: 'no target',
  width: () => undefined,
})
