/** Progress on standard error as the settings ask for it. */
import type { RunSettings } from '../input/run-settings.js'
import { styleOf } from '../text/terminal-style.js'
import { LiveProgress } from './live/live-progress.js'
import { LineProgress, type Progress } from './progress.js'
import { TrainingLog } from './training-log.js'
import { isVerbose } from '../errors/is-verbose.js'
import { errorOutput } from '../errors/output.js'

/** Notes alone: a pipe is told nothing of how far the work is. */
class NoteProgress extends LineProgress {
  override event(): void {}

  override transfer(): void {}
}

/** Errors, and what came of it. */
class QuietProgress extends NoteProgress {
  override note(text: string, isClosing = false): void {
    if (isClosing || text.startsWith('error')) super.note(text)
  }
}

/**
 * With `--quiet` errors and what came of it, with `--log-every` a log; else a live view, lines with `--plain`, with
 * `--verbose` or on a terminal that rewrites nothing, and notes alone in a pipe.
 */
export function progressFor({ ascii, logEvery, plain, quiet }: RunSettings): Progress {
  if (quiet) return new QuietProgress(errorOutput)
  const style = styleOf(errorOutput, process.env, ascii)
  const live = style.terminal && !plain
  const inLines = plain || isVerbose() || errorOutput.isTTY ? LineProgress : NoteProgress
  const progress = live ? new LiveProgress(errorOutput, style) : new inLines(errorOutput)
  return logEvery === undefined ? progress : new TrainingLog(progress, logEvery, live)
}
