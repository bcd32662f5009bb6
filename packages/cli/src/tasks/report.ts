/** The task of making a page of charts from records of runs. */
import { InputError } from '@isograd/core'
import { renderReport } from '@isograd/report'
import { readSources } from '../documents/find-sources.js'
import { writeSealed } from '../documents/write-sealed.js'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import { loadRegistry } from '../input/extensions.js'
import { errorOutput } from '../errors/output.js'

/** Writes the page of what the paths hold; `use` names modules that their records were made with. @throws InputError */
export async function report(
  paths: readonly string[],
  out: string,
  use: readonly string[] | undefined,
): Promise<ExitStatus> {
  if (out.trim() === '') throw new InputError('isograd', '--out: expected a file, got ""')
  const page = await renderReport(readSources(paths, await loadRegistry(use)))
  await writeSealed('--out', [{ path: out, content: page }])
  errorOutput.write(`written to ${out}\n`)
  return exitStatus.ok
}
