/** The document of `--json` and of `runs.json`, with what only a chain leaves in it. */
import type { RunsDocument as TrainedRuns } from '@isograd/report'
import type { ChainAgreement, ChainRecord } from './chain.js'

export { RUNS_SCHEMA, type RunFailure } from '@isograd/report'

/** All runs of one command. */
export interface RunsDocument extends TrainedRuns {
  /** Only of a chain, which has no runs. */
  readonly chains?: readonly ChainRecord[]
  readonly chainAgreement?: readonly ChainAgreement[]
}
