/** The document of `--json` and of `runs.json`: all runs of one command with the environment and the verdicts. */
import { overSeeds } from '@isograd/core/compare'
import { type Environment, RUNS_SCHEMA, type RunsDocument } from '@isograd/report'

export { RUNS_SCHEMA, type RunFailure, type RunsDocument } from '@isograd/report'

interface Result extends Pick<RunsDocument, 'agreement' | 'failures'> {
  readonly records: RunsDocument['runs']
}

/** The document of the results of a command. */
export function runsDocument(environment: Environment, results: readonly Result[]): RunsDocument {
  const runs = results.flatMap(({ records }) => records)
  const spreads = overSeeds(runs)
  return {
    schema: RUNS_SCHEMA,
    environment,
    runs,
    agreement: results.flatMap(({ agreement }) => agreement),
    failures: results.flatMap(({ failures }) => failures),
    ...(spreads.length > 0 && { overSeeds: spreads }),
  }
}
