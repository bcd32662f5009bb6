/** The backends of a run: all that were asked for, or, when none were, the defaults that can be used. */
import { BackendError, type FloatDType, InputError } from '@isograd/core'
import { type AdapterOptions, nameFault } from '@isograd/core/backend'
import { loadBackend, type LoadedBackend, type LoadResult } from './load.js'
import { defaultBackends } from './registry.js'

/** The backends that are asked for. */
export interface BackendOptions {
  /** Undefined: the defaults. */
  readonly names: readonly string[] | undefined
  /** The directory that paths of adapters are relative to; the current one unless given. */
  readonly cwd?: string
  readonly options: AdapterOptions
  /** The precisions that the arms train in. */
  readonly precisions: readonly FloatDType[]
  /** True where cases judge the name, so that no other is refused here. */
  readonly judgesName?: boolean
  /** Takes the line that says that a default is left out. */
  readonly note: (text: string) => void
  /** Loads one: in this thread unless given. */
  readonly load?: (asked: string) => Promise<LoadResult>
}

/** One backend or more. */
export type Backends = readonly [LoadedBackend, ...LoadedBackend[]]

/** The reason that a backend cannot be used for the precisions, with a cure where it was asked for by name. */
function objection(result: LoadResult, { names, precisions, judgesName }: BackendOptions): string | undefined {
  if (!result.ok) return `cannot be used: ${result.reason}\n  ${result.cure}`
  const { name, info } = result.backend
  const misnamed = judgesName === true ? undefined : nameFault(name)
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

/** Disposes backends, all at once. */
export async function disposeAll(backends: readonly LoadedBackend[]): Promise<void> {
  await Promise.all(backends.map(({ backend }) => backend.dispose()))
}

async function loadAll({ names = defaultBackends, options, cwd, load }: BackendOptions, loaded: LoadResult[]) {
  const loadOne = load ?? ((name: string) => loadBackend(name, options, cwd))
  // oxlint-disable-next-line no-await-in-loop -- two variants of one runtime may share its state
  for (const name of names) loaded.push(await loadOne(name))
}

function select(results: readonly LoadResult[], options: BackendOptions): Backends {
  const usable: LoadedBackend[] = []
  const objections: string[] = []
  for (const result of results) {
    const text = objection(result, options)
    if (text !== undefined) objections.push(`${result.asked} ${text}`)
    else if (result.ok) usable.push(result)
  }
  const [first, ...rest] = usable
  if (first === undefined || (options.names !== undefined && objections.length > 0)) {
    const hint = '`isograd doctor` tells which backends can be used'
    throw new BackendError('isograd', [...objections, hint].join('\n  '))
  }
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
  try {
    return await use(backends)
  } finally {
    await disposeAll(backends)
  }
}
