/** The reason of work that a signal ended. It stands alone, so that `isograd --version` loads no more than it needs. */
import type { ExitStatus } from './exit-status.js'

/** The reason of the abort signal when work was interrupted. `message` is for the user. */
export class Interruption extends Error {
  override name = 'Interruption'
  readonly status: ExitStatus
  constructor(status: ExitStatus, message = 'interrupted; nothing was written') {
    super(message)
    this.status = status
  }
}
