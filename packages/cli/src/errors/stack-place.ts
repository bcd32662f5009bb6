/** The place in someone's own file that an error was thrown in, by its stack. */
import { spawnSync } from 'node:child_process'
import { basename, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Isograd's own packages, beside this one. */
const OWN = fileURLToPath(new URL('../..', import.meta.url))

/** True for a file that a user of isograd has written: not of a package that is installed, and none of isograd's. */
export function isOwnFile(path: string): boolean {
  return !path.startsWith('node:') && !path.includes('node_modules') && !path.startsWith(OWN)
}

/** ` (line 3 of mine.js)` for the first such file of the stack, by its last `parts` of a path; empty where there is none. */
export function placeIn(error: unknown, isWanted: (path: string) => boolean, parts = 1): string {
  const frames = error instanceof Error ? (error.stack ?? '').split('\n') : []
  for (const frame of frames) {
    const [, url = '', line] = /(?:^|[\s(])((?:file:\/\/|node:|\/|[A-Za-z]:\\)[^\s()]+):(\d+):\d+\)?$/.exec(frame) ?? []
    if (line === undefined) continue
    const path = url.startsWith('file://') ? fileURLToPath(url) : url
    if (isWanted(path)) return ` (line ${line} of ${path.split(sep).slice(-parts).join('/')})`
  }
  return ''
}

/** The same of a module that cannot be parsed: its error has no place, and Node finds it again. */
export function placeOfSyntax(error: unknown, path: string): string {
  if (!(error instanceof SyntaxError)) return ''
  const { stderr } = spawnSync(process.execPath, ['--check', path], { encoding: 'utf8', timeout: 10_000 })
  const [head = ''] = stderr.split('\n', 1)
  const line = head.startsWith(`${path}:`) ? head.slice(path.length + 1) : ''
  return /^\d+$/.test(line) ? ` (line ${line} of ${basename(path)})` : ''
}
