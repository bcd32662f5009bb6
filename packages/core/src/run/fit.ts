/** Whether an arm can be trained on a data set, found out without training: what fails late fails after hours. */
import type { Dataset } from '../data/dataset.js'
import { InputError } from '../errors.js'
import type { ArmSpec } from '../experiment/schema.js'
import { Session } from '../plan/session.js'
import { referenceBackend } from '../reference/backend.js'
import { limitDataset } from './runner.js'

/** @throws InputError naming the arm whose model does not fit the data, or that has not even one batch. */
export function checkFit(armName: string, arm: ArmSpec, dataset: Dataset): void {
  try {
    // Nothing is compiled before it is needed, so that any backend does.
    void new Session(referenceBackend(), arm, limitDataset(arm, dataset))
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    throw new InputError('core', `arm "${armName}": ${error.message.replace(/^\[core\] /, '')}`, { cause: error })
  }
}
