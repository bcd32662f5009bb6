/** Where downloads are kept between runs: the place that the operating system's conventions name. */
import { homedir } from 'node:os'
import { posix, win32 } from 'node:path'
import { env, platform } from 'node:process'

/** The surroundings that the location depends on. */
export interface CacheSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly platform: NodeJS.Platform
  readonly home: string
}

/** The value of a variable; an empty one counts as unset. */
function variable({ env: variables }: CacheSurroundings, name: string): string | undefined {
  const value = variables[name]
  return value === '' ? undefined : value
}

/** `XDG_CACHE_HOME`, which the XDG base directory specification says to ignore when it is relative. */
function xdgCacheHome(surroundings: CacheSurroundings): string | undefined {
  const value = variable(surroundings, 'XDG_CACHE_HOME')
  return value !== undefined && posix.isAbsolute(value) ? value : undefined
}

/**
 * The cache directory, which need not exist: `ISOGRAD_CACHE_DIR` when set; else `isograd` in `%LOCALAPPDATA%` on
 * Windows, in `~/Library/Caches` on macOS, and in `$XDG_CACHE_HOME` or `~/.cache` elsewhere.
 */
export function cacheDirectory(surroundings: CacheSurroundings = { env, platform, home: homedir() }): string {
  const { home } = surroundings
  const chosen = variable(surroundings, 'ISOGRAD_CACHE_DIR')
  if (chosen !== undefined) return chosen
  if (surroundings.platform === 'win32') {
    return win32.join(variable(surroundings, 'LOCALAPPDATA') ?? win32.join(home, 'AppData', 'Local'), 'isograd')
  }
  if (surroundings.platform === 'darwin') return posix.join(home, 'Library', 'Caches', 'isograd')
  return posix.join(xdgCacheHome(surroundings) ?? posix.join(home, '.cache'), 'isograd')
}
