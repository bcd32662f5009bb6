/** The place of a module that cannot be parsed. Apart from the places in stacks, which pages tell too: no page starts a process. */
import { spawnSync } from 'node:child_process'
import { basename } from 'node:path'

/** ` (line 3 of mine.js)` for a module that cannot be parsed: its error has no place, and Node finds it again. */
export function placeOfSyntax(error: unknown, path: string): string {
  if (!(error instanceof SyntaxError)) return ''
  const { stderr } = spawnSync(process.execPath, ['--check', path], { encoding: 'utf8', timeout: 10_000 })
  const [head = ''] = stderr.split('\n', 1)
  const line = head.startsWith(`${path}:`) ? head.slice(path.length + 1) : ''
  return /^\d+$/.test(line) ? ` (line ${line} of ${basename(path)})` : ''
}
