/** Paths that lie in a directory, links followed. */
import { realpathSync } from 'node:fs'
import { dirname, isAbsolute, join, relative, resolve } from 'node:path'

/** A path without links, as far as it is there. */
export function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    const parent = dirname(path)
    return parent === path ? path : join(realPath(parent), relative(parent, path))
  }
}

/** True for a path that lies in a directory, or is it. */
export function isWithin(path: string, directory: string): boolean {
  const way = relative(realPath(resolve(directory)), realPath(resolve(path)))
  return way !== '..' && !/^\.\.[\\/]/.test(way) && !isAbsolute(way)
}
