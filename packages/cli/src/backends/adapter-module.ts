/**
 * An adapter out of a module that was imported, wherever that was: held to the contract, and asked for a variant. How the
 * module is found differs between Node (`load.ts`) and a page (`browser/page-adapter.ts`).
 */
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
import { messageOf } from '../errors/failure.js'
import { guardBackend } from './guard.js'

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

/** The adapter that a module exports. @throws InputError for a module that exports none, or one of another contract. */
export function adapterOf(asked: string, module: unknown): Adapter {
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

/** An adapter with the variant of it that is asked for. */
export interface ImportedBackend {
  readonly adapter: Adapter
  /** Makes the backend; as often as it is called. */
  readonly make: (options: AdapterOptions) => Promise<LoadResult>
}

/** Where an adapter was found. */
export interface AdapterPlace {
  readonly packageName: string
  /** Undefined for a file that belongs to no package. */
  readonly version?: string | undefined
  /** The variant that is asked for; the adapter's first unless told. */
  readonly variant?: string | undefined
}

/** An adapter with its variant. @throws InputError for a variant that it does not have. */
export function importedBackend(asked: string, adapter: Adapter, place: AdapterPlace): ImportedBackend {
  const variant = chooseVariant(asked, adapter, place.variant)
  const { packageName, version: packageVersion } = place
  return {
    adapter,
    make: async (options) => {
      const result = await makeBackend(adapter, variant, options)
      if (!result.ok) return { ok: false, asked, reason: result.reason, cure: result.cure }
      return { ok: true, asked, backend: guardBackend(result.backend, adapter.tested), packageName, packageVersion }
    },
  }
}
