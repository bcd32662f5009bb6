/** Lines on standard error of what the command is doing, with the seconds since its start, where `--verbose` asks for them. */
import { errorOutput } from './output.js'

/** True where it was asked for; processes that the command starts have it from their environment. */
export function isVerbose(): boolean {
  return process.env['ISOGRAD_VERBOSE'] === '1'
}

/** Tells what has been done. */
export function tell(text: string): void {
  if (isVerbose()) errorOutput.write(`[${(performance.now() / 1000).toFixed(2)} s] ${text}\n`)
}
