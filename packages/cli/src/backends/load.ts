/**
 * Loads a backend by its name on the command line. First-party adapters and third parties' take one path: find the
 * package, import it, take its `isogradAdapter`, ask that for a variant.
 */
import { fileURLToPath } from 'node:url'
import {
  type Adapter,
  type AdapterOptions,
  type AdapterResult,
  type Backend,
  BackendError,
  backendFault,
  contract,
  InputError,
} from '@isograd/core/backend'
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
import { guardBackend } from './guard.js'
import { type BackendSource, backendsOn, isElsewhere, registry } from './registry.js'

/** A backend that runs, with the package that made it. */
export interface LoadedBackend {
  readonly ok: true
  /** The name as it was asked for. */
  readonly asked: string
  readonly backend: Backend
  readonly packageName: string
  readonly packageVersion: string | undefined
  /** Ends what it is doing, with a reason; absent where that cannot be done. */
  readonly abandon?: (reason: Error) => void
}

/** A backend that cannot be had here. */
export interface UnusableBackend {
  readonly ok: false
  readonly asked: string
  readonly reason: string
  readonly cure: string
  /** Set where it failed while it was loaded: what the failure is called. */
  readonly lost?: BackendFailure
}

/** A backend that failed, and how. */
export interface BackendFailure {
  readonly backend: string
  readonly message: string
}

/** The result of loading. */
export type LoadResult = LoadedBackend | UnusableBackend

interface Source {
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
export function namesFile(asked: string, directory: string, cwd = process.cwd()): boolean {
  const { address } = split(asked)
  if (isPath(address)) return true
  const found = Object.hasOwn(registry, asked) || !isPackageName(address) ? undefined : installedDirectory(address, cwd)
  return found !== undefined && isWithin(found, directory)
}

function registered(name: string): BackendSource | undefined {
  return Object.hasOwn(registry, name) ? registry[name] : undefined
}

/** The cure for a name that no backend bears: those on the runtime of that name, the nearest, or how to get one. */
function adviceOn(name: string, names: readonly string[]): { readonly guess: string; readonly cure: string } {
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
      `  Backends: ${names.join(', ')}, or the name or path of an adapter package.${cure}`,
  )
}

function find(name: string, cwd: string): Source | UnusableBackend {
  const here = fileURLToPath(new URL('.', import.meta.url))
  const source = registered(name)
  if (source !== undefined) {
    const entry = entryOfPackage(source.packageName, [here, cwd], role)
    if (entry !== undefined) return { entry, variant: name }
    return { ok: false, asked: name, reason: `${source.packageName} is not installed`, cure: source.install }
  }
  const { address, variant } = split(name)
  if (isPath(address)) return { entry: entryOfPath(address, cwd, role), variant }
  if (!isPackageName(address)) throw unknownBackend(address)
  const entry = entryOfPackage(address, [cwd, here], role)
  if (entry !== undefined) return { entry, variant }
  if (!address.startsWith('@')) throw unknownBackend(address)
  return { ok: false, asked: name, reason: `${address} is not installed`, cure: `npm install ${address}` }
}

/** An adapter of any contract. */
type AnyAdapter = Omit<Adapter, 'contract'> & { readonly contract?: unknown }

function isAdapter(value: unknown): value is AnyAdapter {
  if (typeof value !== 'object' || value === null) return false
  const { name, variants, create } = value as Partial<Record<keyof Adapter, unknown>>
  const named = Array.isArray(variants) && variants.length > 0 && variants.every((item) => typeof item === 'string')
  return typeof name === 'string' && named && typeof create === 'function'
}

function hasContract(adapter: AnyAdapter): adapter is Adapter {
  return adapter.contract === contract.number
}

function requireContract(asked: string, adapter: AnyAdapter): Adapter {
  if (hasContract(adapter)) return adapter
  const got = adapter.contract === undefined ? 'none' : JSON.stringify(adapter.contract)
  throw new InputError(
    'isograd',
    `backend "${asked}": expected an adapter of contract ${contract.number}, got ${got}: ${contract.changes}; ` +
      `install a version of ${adapter.name} that goes with this isograd`,
  )
}

function adapterOf(asked: string, module: unknown): Adapter {
  const { isogradAdapter } = module as { readonly isogradAdapter?: unknown }
  if (isAdapter(isogradAdapter)) return requireContract(asked, isogradAdapter)
  const got = isogradAdapter === undefined ? 'no such export' : 'something else'
  throw new InputError(
    'isograd',
    `backend "${asked}": expected the package to export isogradAdapter: { name, contract, variants, create }, got ${got}`,
  )
}

function chooseVariant(asked: string, { variants }: Adapter, wanted: string | undefined): string {
  const variant = wanted ?? variants[0] ?? ''
  if (variants.includes(variant)) return variant
  throw new InputError('isograd', `backend "${asked}": expected a variant of ${variants.join(', ')}, got "${variant}"`)
}

async function makeBackend(adapter: Adapter, variant: string, options: AdapterOptions): Promise<AdapterResult> {
  try {
    return checkedAnswer(adapter, await adapter.create(variant, options))
  } catch (error) {
    return { ok: false, reason: messageOf(error), cure: `report it to the authors of ${adapter.name}` }
  }
}

/** @throws BackendError for an answer of `create` that the contract does not know. */
function checkedAnswer({ name }: Adapter, answer: unknown): AdapterResult {
  const { ok, backend, reason, cure } = (answer ?? {}) as Readonly<Record<string, unknown>>
  const isReason = ok === false && typeof reason === 'string' && typeof cure === 'string'
  const fault = ok === true ? backendFault(backend) : undefined
  if (fault === undefined && (ok === true || isReason)) return answer as AdapterResult
  const expected = 'expected { ok: true, backend } or { ok: false, reason, cure }'
  throw new BackendError(name, `create: ${fault ?? expected}`)
}

/** The cure where a third party's package does not load. */
function cureOf(asked: string, { packageName }: PackageEntry): string {
  const { address } = split(asked)
  return isPath(address)
    ? `expected an adapter there: its module, or the directory of its package`
    : `npm install ${packageName}`
}

async function importAdapter(asked: string, entry: PackageEntry): Promise<Adapter | UnusableBackend> {
  try {
    return adapterOf(asked, await import(entry.url))
  } catch (error) {
    const source = registered(asked)
    // A third party's package that is no adapter is the user's mistake; of our own it is an installation gone wrong.
    if (error instanceof InputError && source === undefined) throw error
    const [line = ''] = messageOf(error).split('\n', 1)
    const cure = source?.install ?? cureOf(asked, entry)
    return { ok: false, asked, reason: `${entry.packageName} cannot be loaded: ${line}`, cure }
  }
}

/** An adapter with the variant of it that is asked for. */
export interface ImportedBackend {
  readonly adapter: Adapter
  /** Makes the backend; as often as it is called. */
  readonly make: (options: AdapterOptions) => Promise<LoadResult>
}

/**
 * Imports the adapter of a backend.
 * @throws InputError when nothing goes by the name, or the package is no adapter.
 */
export async function importBackend(asked: string, cwd: string): Promise<ImportedBackend | UnusableBackend> {
  const source = find(asked, cwd)
  if ('ok' in source) return source
  const { entry, variant: wanted } = source
  const adapter = await importAdapter(asked, entry)
  if ('ok' in adapter) return adapter
  const variant = chooseVariant(asked, adapter, wanted)
  const { packageName, version: packageVersion } = entry
  return {
    adapter,
    make: async (options) => {
      const result = await makeBackend(adapter, variant, options)
      if (!result.ok) return { ok: false, asked, reason: result.reason, cure: result.cure }
      return { ok: true, asked, backend: guardBackend(result.backend), packageName, packageVersion }
    },
  }
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
