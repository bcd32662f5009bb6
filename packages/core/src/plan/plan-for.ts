/** Plans for users: what does not fit is told with the arm that it is of. */
import { FieldError, InputError } from '../errors.js'
import { type PlanOptions, TrainingPlan } from './plan.js'

/** A plan whose errors name the arm: what does not fit is found out before anything is trained. */
export function planFor(options: PlanOptions): TrainingPlan {
  try {
    return new TrainingPlan(options)
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    const where = `arm "${options.armName}": `
    if (error instanceof FieldError) throw new FieldError(error.path, error.problem, { where }, { cause: error })
    const message = error.message.replace(/^\[core\] /, '')
    throw new InputError('core', `${where}${message}`, { cause: error })
  }
}
