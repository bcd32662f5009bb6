/** The task of making a page of charts from records of runs and directories of sweeps. */
import { InputError, stringifyDocument } from '@isograd/core'
import { readSource, renderReport } from '@isograd/report'
import { readSources } from '../documents/find-sources.js'
import { writeSealed } from '../documents/write-sealed.js'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import { loadRegistry } from '../input/extensions.js'
import type { SharedValues } from '../input/options.js'
import { printWritten } from '../terminal/print-result.js'
import { isSweepDirectory, statusDocument } from '../sweeps/status.js'

/** Writes the page of what the paths hold; `use` names modules that their records were made with. @throws InputError */
export async function report(paths: readonly string[], options: SharedValues): Promise<ExitStatus> {
  const { out = 'report.html', use } = options
  if (out.trim() === '') throw new InputError('isograd', '--out: expected a file, got ""')
  // Records and results that pages are made of end so: one of them is not to be replaced by its page.
  if (/\.jsonl?$/i.test(out)) {
    throw new InputError('isograd', `--out: expected a file for a page, such as report.html, got "${out}"`)
  }
  const registry = await loadRegistry(use)
  const sources = paths.flatMap((path) =>
    isSweepDirectory(path)
      ? [readSource(stringifyDocument(statusDocument(path)), path)]
      : readSources([path], registry),
  )
  const page = await renderReport(sources)
  await writeSealed('--out', [{ path: out, content: page }])
  printWritten(options, out)
  return exitStatus.ok
}
