/** The place in someone's own file that an error was thrown in, by its stack. It also runs in pages: it needs no module of Node. */

/** A path of a file, with slashes, by its address or its path. */
function pathOf(place: string): string {
  const path = place.startsWith('file://') ? decodeURIComponent(new URL(place).pathname) : place
  return path.replaceAll('\\', '/').replace(/^\/(?=[A-Za-z]:)/, '')
}

/** Isograd's own packages, beside this one. */
const OWN = pathOf(new URL('../..', import.meta.url).href)

/** True for a file that a user of isograd has written: not of a package that is installed, and none of isograd's. */
export function isOwnFile(path: string): boolean {
  return !path.startsWith('node:') && !path.includes('node_modules') && !path.startsWith(OWN)
}

/** ` (line 3 of mine.js)` for the first such file of the stack, by its last `parts` of a path; empty where there is none. */
export function placeIn(error: unknown, isWanted: (path: string) => boolean, parts = 1): string {
  const frames = error instanceof Error ? (error.stack ?? '').split('\n') : []
  for (const frame of frames) {
    const [, place = '', line] =
      /(?:^|[\s(])((?:file:\/\/|node:|\/|[A-Za-z]:\\)[^\s()]+):(\d+):\d+\)?$/.exec(frame) ?? []
    if (line === undefined) continue
    const path = pathOf(place)
    if (isWanted(path)) return ` (line ${line} of ${path.split('/').slice(-parts).join('/')})`
  }
  return ''
}
