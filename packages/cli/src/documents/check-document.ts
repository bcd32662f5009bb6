/** The document of `check --json`: the report of core and the environment that it was made in. */
import type { CheckReport, Finding } from '@isograd/core/compare'
import type { LoadedBackend } from '../backends/load.js'
import { type Environment, environmentOf } from './environment.js'

/** A check's report and its environment. */
export interface CheckDocument extends CheckReport {
  readonly environment: Environment
}

/** The document of a check on these backends. */
export function checkDocument(report: CheckReport, backends: readonly LoadedBackend[]): CheckDocument {
  return { ...report, environment: environmentOf(backends) }
}

/** The option under which a finding would have passed. */
export function passingTolerance({ toleranceName, measured, smallestTolerance: smallest }: Finding): string {
  if (toleranceName === undefined || measured === undefined) return ''
  if (smallest === undefined) return 'no tolerance would have let it pass'
  return `smallest tolerance that would have passed: --tolerance ${toleranceName}=${smallest}`
}
