/** Progress on standard error as the settings ask for it. */
import { LiveProgress } from './live/live-progress.js'
import { QuietProgress } from './quiet-progress.js'
import { type Look, lookOf } from '../text/terminal-style.js'
import { type Progress, progressOn } from './progress.js'
import { TrainingLog } from './training-log.js'
import type { RunSettings } from '../input/run-settings.js'

function progressOf(look: Look): Progress {
  return look.terminal ? new LiveProgress(process.stderr, look) : progressOn(process.stderr, look)
}

/** With `--quiet` errors alone, with `--log-every` a log; else what the stream can show, `--plain` lines if asked for. */
export function progressFor({ ascii, logEvery, plain, quiet }: RunSettings): Progress {
  if (quiet) return new QuietProgress(process.stderr)
  const known = lookOf(process.stderr, process.env, ascii)
  const look = plain ? { ...known, terminal: false } : known
  const progress = progressOf(look)
  return logEvery === undefined ? progress : new TrainingLog(progress, logEvery, look.terminal)
}
