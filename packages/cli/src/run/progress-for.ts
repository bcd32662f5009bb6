/** Progress on standard error as the settings ask for it. */
import { lookOf } from '../look.js'
import { type Progress, progressOn } from '../progress.js'
import { TrainingLog } from '../training-log.js'
import type { RunSettings } from './settings.js'

/** With `--log-every` a log; else what the stream can show. */
export function progressFor({ ascii, logEvery }: RunSettings): Progress {
  const look = lookOf(process.stderr, process.env, ascii)
  const progress = progressOn(process.stderr, look)
  return logEvery === undefined ? progress : new TrainingLog(progress, logEvery, look.terminal)
}
