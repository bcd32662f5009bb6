/** The backends of a run: all that were asked for, or, when none were, the defaults that can be used. */
import { BackendError, type FloatDType, InputError } from '@isograd/core'
import { nameFault, untestedNotes } from '@isograd/core/backend'
import { messageOf } from '../errors/failure.js'
import type { BackendFailure, LoadedBackend, LoadResult } from './load.js'
import { openBackend, type OpenOptions } from './open-backend.js'
import { defaultBackends } from './registry.js'

/** The backends that are asked for. */
export interface BackendOptions extends OpenOptions {
  /** Undefined: the defaults. */
  readonly names: readonly string[] | undefined
  /** The precisions that the arms train in. */
  readonly precisions: readonly FloatDType[]
  /** Takes each backend that failed while it was loaded: others go on without it. Unless given it is refused. */
  readonly onLost?: (failure: BackendFailure) => void
  /** Ends what backends are doing when it fires. */
  readonly signal?: AbortSignal
  /** Loads one: where it belongs unless given. */
  readonly load?: (asked: string) => Promise<LoadResult>
}

/** One backend or more. */
export type Backends = readonly [LoadedBackend, ...LoadedBackend[]]

/** The reason that a backend cannot be used for the precisions, with a cure where it was asked for by name. */
function objection(result: LoadResult, { names, precisions }: BackendOptions): string | undefined {
  if (!result.ok) return `cannot be used: ${result.reason}\n  ${result.cure}`
  const { name, info } = result.backend
  const misnamed = nameFault(name)
  if (misnamed !== undefined) return `cannot be used: its name: ${misnamed}\n  report it to its authors`
  const { dtypes } = info
  const missing = precisions.find((precision) => !dtypes.includes(precision))
  if (missing === undefined) return undefined
  const other = (['float32', 'float64'] as const).find((precision) => dtypes.includes(precision))
  const curable = names !== undefined && other !== undefined
  const cure = curable ? `\n  Train in --precision ${other}, or leave it out of --backend.` : ''
  return `does not compute in ${missing}, only in ${dtypes.join(', ')}${cure}`
}

function checkNames(backends: readonly LoadedBackend[]): void {
  for (const [i, { backend, asked }] of backends.entries()) {
    const duplicate = backends.slice(0, i).find((other) => other.backend.name === backend.name)
    if (duplicate === undefined) continue
    const both = `"${duplicate.asked}" and "${asked}" are both called "${backend.name}"`
    throw new InputError('isograd', `--backend: ${both}; their runs could not be told apart`)
  }
}

const disposed = new WeakSet<LoadedBackend>()

/** Disposes backends, all at once and each once: the errors of those that fail, which no other waits for. */
async function errorsOfDisposal(backends: readonly LoadedBackend[]) {
  const open = backends.filter((loaded) => !disposed.has(loaded))
  for (const loaded of open) disposed.add(loaded)
  const ends = open.map(async ({ backend }) => {
    try {
      await backend.dispose()
      return []
    } catch (error) {
      return [{ backend: backend.name, error }]
    }
  })
  return (await Promise.all(ends)).flat()
}

/** Disposes backends, and gives those that fail as they are disposed of. */
export async function failuresOfDisposal(backends: readonly LoadedBackend[]): Promise<BackendFailure[]> {
  return (await errorsOfDisposal(backends)).map(({ backend, error }) => ({ backend, message: messageOf(error) }))
}

/** Disposes backends. @throws the error of the first that fails */
export async function disposeAll(backends: readonly LoadedBackend[]): Promise<void> {
  const [first] = await errorsOfDisposal(backends)
  if (first !== undefined) throw first.error
}

/** Ends what backends are doing, where that can be done. */
export function abandonAll(backends: readonly LoadedBackend[], reason: Error): void {
  for (const { abandon } of backends) abandon?.(reason)
}

async function loadAll(options: BackendOptions, loaded: LoadResult[]) {
  const { names = defaultBackends, load: loadOne = (name: string) => openBackend(name, options) } = options
  // oxlint-disable-next-line no-await-in-loop -- two variants of one runtime may share its state
  for (const name of names) loaded.push(await loadOne(name))
}

function select(results: readonly LoadResult[], options: BackendOptions): Backends {
  const usable: LoadedBackend[] = []
  const objections: string[] = []
  for (const result of results) {
    const text = objection(result, options)
    if (!result.ok && result.lost !== undefined && options.onLost !== undefined) options.onLost(result.lost)
    else if (text !== undefined) objections.push(`${result.asked} ${text}`)
    else if (result.ok) usable.push(result)
  }
  const [first, ...rest] = usable
  if (first === undefined || (options.names !== undefined && objections.length > 0)) {
    const hint = '`isograd doctor` tells which backends can be used'
    if (objections.length === 0) {
      const failures = results.flatMap((result) => (!result.ok && result.lost ? [result.lost.message] : []))
      throw new BackendError('isograd', ['every backend failed before it could be used', ...failures].join('\n  '))
    }
    throw new BackendError('isograd', [...objections, hint].join('\n  '))
  }
  for (const { backend } of usable) for (const text of untestedNotes(backend.name, backend.info)) options.note(text)
  for (const text of objections) options.note(`note: ${text}\n  going on without it`)
  return [first, ...rest]
}

/**
 * Loads the backends in the order asked for.
 * @throws BackendError when one that was asked for, or every default, cannot be used; InputError for unknown names.
 */
export async function chooseBackends(options: BackendOptions): Promise<Backends> {
  const results: LoadResult[] = []
  try {
    await loadAll(options, results)
    options.signal?.throwIfAborted()
    const usable = select(results, options)
    checkNames(usable)
    return usable
  } catch (error) {
    await disposeAll(results.filter((result) => result.ok))
    throw error
  }
}

/** Loads backends for `use` and disposes them afterwards. @throws as `chooseBackends`. */
export async function withBackends<T>(options: BackendOptions, use: (backends: Backends) => Promise<T>): Promise<T> {
  const backends = await chooseBackends(options)
  const abandon = (): void => abandonAll(backends, new BackendError('isograd', 'interrupted'))
  options.signal?.addEventListener('abort', abandon)
  try {
    return await use(backends)
  } finally {
    options.signal?.removeEventListener('abort', abandon)
    await disposeAll(backends)
  }
}
