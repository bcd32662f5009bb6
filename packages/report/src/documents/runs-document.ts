/** The document of `--json` and of `runs.json`: all runs of one command with the environment and the verdicts. */
import type { RunRecord } from '@isograd/core'
import type { Agreement, OverSeeds, TrainedPart } from '@isograd/core/compare'
import type { Environment } from './environment.js'

/** Version of the document's form. */
export const RUNS_SCHEMA = 'isograd.runs/2'

/** A run that its backend did not finish. */
export interface RunFailure {
  readonly preset: string
  readonly arm: string
  readonly backend: string
  readonly message: string
}

/** The document that `isograd run --json` and `isograd resume --json` print: all runs of one command. */
export interface RunsDocument {
  readonly schema: typeof RUNS_SCHEMA
  readonly environment: Environment
  readonly runs: readonly RunRecord[]
  /** Every run against the first backend's run of the same arm. */
  readonly agreement: readonly Agreement[]
  readonly failures: readonly RunFailure[]
  /** Only where arms were trained with several seeds: each with its mean and spread. */
  readonly overSeeds?: readonly OverSeeds[]
  /** Only of a run that was resumed: the steps that each process trained. */
  readonly stretches?: readonly TrainedPart[]
}
