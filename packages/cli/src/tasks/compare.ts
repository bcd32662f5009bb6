/** The task of comparing two records after the fact. */
import { stringifyRecord } from '@isograd/core'
import { compareRecords, parseTolerances } from '@isograd/core/compare'
import { findFinishedRun, readFinishedRun } from '@isograd/core/node'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import type { SharedValues } from '../input/options.js'
import { compareReport } from '../terminal/compare.js'
import { styleOf } from '../text/terminal-style.js'

/** Compares the runs in two directories. @throws InputError */
export async function compare(first: string, second: string, options: SharedValues): Promise<ExitStatus> {
  const { tolerance = [], json = false, ascii = false } = options
  const tolerances = parseTolerances(tolerance)
  const a = await readFinishedRun(await findFinishedRun(first))
  const b = await readFinishedRun(await findFinishedRun(second))
  const comparison = compareRecords(a, b, tolerances)
  const style = styleOf(process.stdout, process.env, ascii)
  const document = { schema: 'isograd.compare/1', ...comparison }
  process.stdout.write(json ? stringifyRecord(document) : `${compareReport(style, comparison).join('\n')}\n`)
  return comparison.verdict === 'agree' ? exitStatus.ok : exitStatus.disagreement
}
