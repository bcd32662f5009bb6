/**
 * Finds a module that the user names by package or path, an adapter or an extension, starting from the current directory:
 * `import` would look from where the command is installed. Packages are found as Node finds them, in `node_modules` of each
 * directory upwards, or by Yarn's Plug'n'Play where that is in force, and their entry is read from `exports` or `main`.
 */
import { existsSync, statSync } from 'node:fs'
import Module from 'node:module'
import { dirname, extname, isAbsolute, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { InputError } from '@isograd/core'
import { type Fields, isFields, readJson } from './read-json.js'
import { requireRegular } from './regular-file.js'

/** A module to import, and the package it belongs to. */
export interface PackageEntry {
  readonly url: string
  readonly packageName: string
  /** Undefined for a file that belongs to no package. */
  readonly version: string | undefined
  /** The directory of the package, or that of a file that lies in none. */
  readonly directory: string
}

/** A name as it stands at the head of messages: `backend "x"`. */
export type Role = (name: string) => string

/** Conditions that hold for an `import` in Node. */
const conditions: ReadonlySet<string> = new Set(['node', 'import', 'module-sync', 'default'])

/** The target of `exports` for the package itself, in the order in which its conditions are written. */
export function exportTarget(exported: unknown, holding: ReadonlySet<string> = conditions): string | undefined {
  const targetOf = (inner: unknown): string | undefined => exportTarget(inner, holding)
  if (typeof exported === 'string') return exported
  if (Array.isArray(exported)) return exported.map(targetOf).find((target) => target !== undefined)
  if (!isFields(exported)) return undefined
  if ('.' in exported) return targetOf(exported['.'])
  const matching = Object.entries(exported).filter(([condition]) => holding.has(condition))
  return matching.map(([, target]) => targetOf(target)).find((target) => target !== undefined)
}

/** The fields of the `package.json` of a directory; none where there is no such file. */
export function readManifest(directory: string): Fields {
  const path = join(directory, 'package.json')
  const manifest = existsSync(path) ? readJson(path) : undefined
  return isFields(manifest) ? manifest : {}
}

function entryOf(directory: string, label: string, role: Role): PackageEntry {
  const { exports: exported, main, name, version } = readManifest(directory)
  const target =
    exported === undefined ? (typeof main === 'string' ? main : 'index.js') : (exportTarget(exported) ?? 'index.js')
  const path = join(directory, target)
  const file = [path, `${path}.js`, join(path, 'index.js')].find((at) => existsSync(at) && statSync(at).isFile())
  if (file === undefined) throw new InputError('isograd', `${role(label)}: ${path} does not exist; build it first?`)
  return {
    url: pathToFileURL(file).href,
    packageName: typeof name === 'string' ? name : label,
    version: typeof version === 'string' ? version : undefined,
    directory,
  }
}

/** The part that Yarn adds to `node:module` in its processes where it installs no `node_modules`. */
interface PlugAndPlay {
  readonly findPnpApi?: (from: string) => { resolveToUnqualified(name: string, from: string): string | null } | null
}

/** The directory of a package that Yarn lets a directory import; undefined for others, and where Yarn has no say. */
function pluggedDirectory(name: string, from: string): string | undefined {
  try {
    const inside = `${from}/`
    return (Module as PlugAndPlay).findPnpApi?.(inside)?.resolveToUnqualified(name, inside) ?? undefined
  } catch {
    return undefined
  }
}

/** The directory of a package that is installed for a directory; undefined when it is not. */
export function installedDirectory(name: string, from: string): string | undefined {
  return pluggedDirectory(name, from) ?? directoryAbove(name, from)
}

function directoryAbove(name: string, from: string): string | undefined {
  const candidate = join(from, 'node_modules', name)
  if (existsSync(candidate)) return candidate
  const parent = dirname(from)
  return parent === from ? undefined : directoryAbove(name, parent)
}

/** True for a name that is a path: relative to the current directory, absolute, or with an extension of a module. */
export function isPath(name: string): boolean {
  return /^\.{1,2}([\\/]|$)/.test(name) || isAbsolute(name) || ['.js', '.mjs'].includes(extname(name))
}

/** The directory of the package that a file lies in; the file's own where it lies in none. */
function packageAround(file: string, from: string = dirname(file)): string {
  if (existsSync(join(from, 'package.json'))) return from
  const parent = dirname(from)
  return parent === from ? dirname(file) : packageAround(file, parent)
}

/** The entry of a directory or file. @throws InputError when there is none. */
export function entryOfPath(path: string, cwd: string, role: Role): PackageEntry {
  const target = resolve(cwd, path)
  if (!existsSync(target)) throw new InputError('isograd', `${role(path)}: there is no such file or directory`)
  requireRegular(target)
  if (statSync(target).isDirectory()) return entryOf(target, path, role)
  return { url: pathToFileURL(target).href, packageName: path, version: undefined, directory: packageAround(target) }
}

const PACKAGE_NAME = /^(?:@[\w~-][\w.~-]*\/)?[\w~-][\w.~-]*$/

/** True for what may be the name of a package. */
export function isPackageName(name: string): boolean {
  return PACKAGE_NAME.test(name)
}

/** The entry of a package installed for `cwd` or for any of `others`; undefined when it is not installed. */
export function entryOfPackage(name: string, directories: readonly string[], role: Role): PackageEntry | undefined {
  for (const from of directories) {
    const directory = installedDirectory(name, from)
    if (directory !== undefined) return entryOf(directory, name, role)
  }
  return undefined
}
