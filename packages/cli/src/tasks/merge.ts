/** The task of joining directories of one sweep, such as those of its shards: every whole line of their results, in one place. */
import { existsSync, readdirSync, realpathSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { InputError } from '@isograd/core'
import { sha256 } from '@isograd/core/node'
import { readText } from '../disk/read-json.js'
import { writeOutput } from '../disk/write-output.js'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import type { SharedValues } from '../input/options.js'
import { RESULT_FILE } from '../documents/sweep-lines.js'
import { statusOfSweep } from '../documents/sweep-document.js'
import { writeSweepPage } from '../sweeps/page.js'
import { statusDocument } from '../sweeps/status.js'
import { openSweepDirectory, planIn, readMark, requireSame } from '../sweeps/sweep-directory.js'
import { printResult } from '../terminal/print-result.js'
import { sweepReport } from '../terminal/sweep.js'

/** Lines of the results in a directory; those that are damaged are told of where they are read. */
function linesIn(directory: string): string[] {
  const files = readdirSync(directory).filter((name) => RESULT_FILE.test(name))
  const lines = files.flatMap((name) => readText(join(directory, name)).split('\n'))
  return lines.filter((line) => line !== '')
}

function isSame(a: string, b: string): boolean {
  return realpathSync(a) === realpathSync(b)
}

/** Joins sweeps. The same one joined again adds nothing. @throws InputError where they are of different trials */
export async function merge(directories: readonly string[], options: SharedValues): Promise<ExitStatus> {
  const { out } = options
  if (out === undefined) throw new InputError('isograd', '--out: expected a directory for what is merged; name one')
  const [first = '', ...others] = directories
  const part = existsSync(out) ? directories.find((each) => existsSync(each) && isSame(each, out)) : undefined
  if (part !== undefined) throw new InputError('isograd', `--out: ${out} is one of the parts; name another directory`)
  const { shard: _, ...mark } = readMark(first)
  planIn(first, mark)
  for (const other of others) requireSame(other, readMark(other), mark)
  await openSweepDirectory(out, mark)
  for (const directory of directories) {
    const text = `${linesIn(directory).join('\n')}\n`
    const name = `results-merged-${sha256(Buffer.from(text)).slice(0, 8)}.jsonl`
    writeOutput('--out', join(resolve(out), name), text)
  }
  const document = statusDocument(out)
  const written = await writeSweepPage(document)
  printResult(options, document, (style) => [...sweepReport(style, document), '', written])
  return document.left > 0 ? exitStatus.backend : statusOfSweep(document)
}
