/** The document of `--json` and of `runs.json`: all runs of one command with the environment and the verdicts. */
export { RUNS_SCHEMA, type RunFailure, type RunsDocument } from '@isograd/report'
