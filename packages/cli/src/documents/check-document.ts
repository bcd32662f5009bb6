/** The document of `check --json`: the report of core with where it was made. */
import { type CheckReport, stringifyRecord } from '@isograd/core'
import type { LoadedBackend } from '../backends/load.js'
import { type Environment, environmentOf } from './environment.js'

/** A check's report and its environment. */
export interface CheckDocument extends CheckReport {
  readonly environment: Environment
}

/** The document as JSON text. */
export function checkDocument(report: CheckReport, backends: readonly LoadedBackend[]): string {
  const document: CheckDocument = { ...report, environment: environmentOf(backends, process.argv.slice(2)) }
  return stringifyRecord(document)
}
