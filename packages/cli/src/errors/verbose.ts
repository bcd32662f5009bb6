/** Lines on standard error of what the command is doing, with the seconds since its start, where `--verbose` asks for them. */
import { isVerbose } from './is-verbose.js'
import { errorOutput } from './output.js'

/** Tells what has been done. */
export function tell(text: string): void {
  if (isVerbose()) errorOutput.write(`[${(performance.now() / 1000).toFixed(2)} s] ${text}\n`)
}
