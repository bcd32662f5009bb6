/**
 * Loads a backend by its name on the command line. First-party adapters and third parties' take one path: find the
 * package, import it, take its `isogradAdapter`, ask that for a variant.
 */
import { fileURLToPath } from 'node:url'
import { type Adapter, type AdapterOptions, InputError } from '@isograd/core/backend'
import { nearest } from '@isograd/core/node'
import {
  entryOfPackage,
  entryOfPath,
  installedDirectory,
  isPackageName,
  isPath,
  type PackageEntry,
} from '../disk/package-entry.js'
import { isWithin } from '../disk/within.js'
import { messageOf } from '../errors/failure.js'
import {
  adapterOf,
  importedBackend,
  type ImportedBackend,
  type LoadResult,
  type UnusableBackend,
} from './adapter-module.js'
import { browserNames, inBrowser } from './browser/name.js'
import { type BackendSource, backendsOn, isElsewhere, registry } from './registry.js'

export type { BackendFailure, LoadedBackend, LoadResult, UnusableBackend } from './adapter-module.js'

/** The package of an adapter, and the variant that is asked for. */
export interface AdapterSource {
  readonly entry: PackageEntry
  readonly variant: string | undefined
}

function role(name: string): string {
  return `backend "${name}"`
}

/** `package#variant` names one of several backends of a third party's package. */
function split(name: string): { readonly address: string; readonly variant: string | undefined } {
  const at = name.lastIndexOf('#')
  return at < 0 ? { address: name, variant: undefined } : { address: name.slice(0, at), variant: name.slice(at + 1) }
}

/** True for the name of a backend that is a file or a directory, or a package that lies in `directory` itself. */
export function namesFile(name: string, directory: string, cwd = process.cwd()): boolean {
  const asked = inBrowser(name)?.asked ?? name
  const { address } = split(asked)
  if (isPath(address)) return true
  const found = Object.hasOwn(registry, asked) || !isPackageName(address) ? undefined : installedDirectory(address, cwd)
  return found !== undefined && isWithin(found, directory)
}

/** True for a backend that isograd names itself, in a browser or not: no word from outside says which module that is. */
export function isListed(name: string): boolean {
  return Object.hasOwn(registry, inBrowser(name)?.asked ?? name)
}

function registered(name: string): BackendSource | undefined {
  return Object.hasOwn(registry, name) ? registry[name] : undefined
}

/** The cure for a name that no backend bears: those on the runtime of that name, the nearest, or how to get one. */
export function adviceOn(name: string, names: readonly string[]): { readonly guess: string; readonly cure: string } {
  const meant = backendsOn(name)
  if (meant.length > 0) return { guess: `; the backends that run on it: ${meant.join(', ')}`, cure: '' }
  if (isElsewhere(name)) {
    return { guess: '', cure: '\n  To hold another framework against isograd: isograd trace --help' }
  }
  const near = nearest(name, names)
  // Sending people to a package of any name would send them to strangers: adapters bear this word.
  const cure = name.includes('isograd') ? `\n  If "${name}" is a package, install it first: npm install ${name}` : ''
  return { guess: near === undefined ? '' : `; did you mean "${near}"?`, cure }
}

function unknownBackend(name: string): InputError {
  const names = Object.keys(registry)
  const { guess, cure } = adviceOn(name, names)
  return new InputError(
    'isograd',
    `unknown backend "${name}"${guess}\n` +
      `  Backends: ${names.join(', ')}, or the name or path of an adapter package.\n` +
      `  In a browser: ${browserNames.map((browser) => `${browser}:wasm`).join(', ')}.${cure}`,
  )
}

/**
 * The package of the adapter of a name, imported or not.
 * @throws InputError when nothing goes by the name.
 */
export function findAdapter(name: string, cwd: string): AdapterSource | UnusableBackend {
  const here = fileURLToPath(new URL('.', import.meta.url))
  const source = registered(name)
  if (source !== undefined) {
    const entry = entryOfPackage(source.packageName, [here, cwd], role)
    if (entry !== undefined) return { entry, variant: name }
    return { ok: false, asked: name, reason: `${source.packageName} is not installed`, cure: source.install }
  }
  const { address, variant } = split(name)
  if (isPath(address)) return { entry: entryOfPath(address, cwd, role), variant }
  if (registered(address) !== undefined) {
    throw new InputError(
      'isograd',
      `unknown backend "${name}": ${address} has no variants; name it --backend ${address}`,
    )
  }
  // The package of a runtime is no adapter: it is not even imported.
  if (!isPackageName(address) || backendsOn(address).length > 0) throw unknownBackend(address)
  const entry = entryOfPackage(address, [cwd, here], role)
  if (entry !== undefined) return { entry, variant }
  if (!address.startsWith('@')) throw unknownBackend(address)
  const cure = address.startsWith('@isograd/') ? '' : 'where it is an adapter that you trust, '
  return { ok: false, asked: name, reason: `${address} is not installed`, cure: `${cure}npm install ${address}` }
}

/** The cure where the package of a backend does not load. */
export function cureOf(asked: string, { packageName }: PackageEntry): string {
  const source = registered(asked)
  if (source !== undefined) return source.install
  const { address } = split(asked)
  return isPath(address)
    ? `expected an adapter there: its module, or the directory of its package`
    : `npm install ${packageName}`
}

async function importAdapter(asked: string, entry: PackageEntry): Promise<Adapter | UnusableBackend> {
  try {
    return adapterOf(asked, await import(entry.url))
  } catch (error) {
    // A third party's package that is no adapter is the user's mistake; of our own it is an installation gone wrong.
    if (error instanceof InputError && registered(asked) === undefined) throw error
    const [line = ''] = messageOf(error).split('\n', 1)
    return { ok: false, asked, reason: `${entry.packageName} cannot be loaded: ${line}`, cure: cureOf(asked, entry) }
  }
}

/**
 * Imports the adapter of a backend.
 * @throws InputError when nothing goes by the name, or the package is no adapter.
 */
export async function importBackend(asked: string, cwd: string): Promise<ImportedBackend | UnusableBackend> {
  if (registered(asked)?.inPage === true) {
    const cure = `a browser has it: --backend chromium:${asked}`
    return { ok: false, asked, reason: 'it runs in a page, and not in Node', cure }
  }
  const source = findAdapter(asked, cwd)
  if ('ok' in source) return source
  const { entry, variant: wanted } = source
  const adapter = await importAdapter(asked, entry)
  if ('ok' in adapter) return adapter
  const { packageName, version } = entry
  return importedBackend(asked, adapter, { packageName, version, variant: wanted })
}

/**
 * The backend of a name, in this process: `onnx`, `tfjs-wasm`, ...; the name of an adapter package; or a path, from `cwd`.
 * A backend that cannot run here comes back with its reason.
 * @throws InputError when nothing goes by the name, or the package is no adapter.
 */
export async function loadBackend(
  asked: string,
  options: AdapterOptions,
  cwd: string = process.cwd(),
): Promise<LoadResult> {
  const imported = await importBackend(asked, cwd)
  return 'ok' in imported ? imported : imported.make(options)
}
