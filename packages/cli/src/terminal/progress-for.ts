/** Progress on standard error as the settings ask for it. */
import type { RunSettings } from '../input/run-settings.js'
import { styleOf } from '../text/terminal-style.js'
import { LiveProgress } from './live/live-progress.js'
import { LineProgress, type Progress } from './progress.js'
import { TrainingLog } from './training-log.js'
import { errorOutput } from '../errors/output.js'

/** Errors, and what came of it. */
class QuietProgress extends LineProgress {
  override event(): void {}

  override transfer(): void {}

  override note(text: string, isClosing = false): void {
    if (isClosing || text.startsWith('error')) super.note(text)
  }
}

/** With `--quiet` errors and what came of it, with `--log-every` a log; else a live view, and plain lines where it cannot be shown. */
export function progressFor({ ascii, logEvery, plain, quiet }: RunSettings): Progress {
  if (quiet) return new QuietProgress(errorOutput)
  const style = styleOf(errorOutput, process.env, ascii)
  const live = style.terminal && !plain
  const progress = live ? new LiveProgress(errorOutput, style) : new LineProgress(errorOutput)
  return logEvery === undefined ? progress : new TrainingLog(progress, logEvery, live)
}
