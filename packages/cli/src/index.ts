/**
 * `isograd` for programs: run a command line, find a backend by name, and the forms of what `--json` prints.
 * @packageDocumentation
 * @experimental
 */
export { loadBackend, type LoadedBackend, type LoadResult, type UnusableBackend } from './backends/load.js'
export { type ExitStatus, exitStatus } from './errors/exit-status.js'
export { main } from './main.js'
export { RUNS_SCHEMA, type RunFailure, type RunsDocument } from './documents/runs-document.js'
export type { Environment } from './documents/environment.js'
export { version } from './version.js'
