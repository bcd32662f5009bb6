/**
 * One directory for all that the tests of a run make under the system's directory for temporary files, gone at its end: of
 * files that a worker runs one behind the other only the first can clean up what it has imported.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Makes the directory; what it returns removes it. */
export default function makeScratch(): () => void {
  const scratch = mkdtempSync(join(tmpdir(), 'isograd-'))
  for (const name of ['TMPDIR', 'TEMP', 'TMP']) process.env[name] = scratch
  return () => rmSync(scratch, { recursive: true, force: true })
}
