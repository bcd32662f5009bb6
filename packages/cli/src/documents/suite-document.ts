/** The document of `isograd suite`: each arm on each backend, held against what is published of it or its own goal. */
import type { ArmSpec } from '@isograd/core'
import type { Reproduction } from '@isograd/core/compare'
import type { Environment } from './environment.js'
import type { RunFailure } from './runs-document.js'

/** Version of the document's form. */
export const SUITE_SCHEMA = 'isograd.suite/2'

/** `learns` and `does not learn` are of arms that are held against a goal of their own, not against what is published. */
export type SuiteVerdict =
  | 'reproduced'
  | 'not reproduced'
  | 'nothing published'
  | 'not judged'
  | 'learns'
  | 'does not learn'

/** One arm on one backend, over all seeds. */
export interface SuiteArm extends Omit<Reproduction, 'verdict'> {
  /** The verdict of the runs on what is published, or on the goal. */
  readonly verdict: SuiteVerdict
  /** Settings that differ from the preset's, so that the arm is not judged. */
  readonly changed: readonly string[]
  /** Key of the metric that judges; undefined: the loss does. */
  readonly judgedBy: string | undefined
  /** The goal of an arm, in the metric that judges. */
  readonly goal: ArmSpec['goal']
}

/** The document that `isograd suite --json` prints, and `suite.json` has. */
export interface SuiteDocument {
  readonly schema: typeof SUITE_SCHEMA
  readonly environment: Environment
  /** The arms on the backends. */
  readonly arms: readonly SuiteArm[]
  /** The runs that failed. */
  readonly failures: readonly RunFailure[]
}
