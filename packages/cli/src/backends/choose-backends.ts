/** The backends of a run: all that were asked for, or, when none were, whichever of the defaults can be used. */
import { type AdapterOptions, BackendError, type FloatDType, InputError } from '@isograd/core'
import { type LoadedBackend, type LoadResult, loadBackend } from './load.js'
import { defaultBackends } from './registry.js'

/** What is asked of the backends. */
export interface BackendWish {
  /** Undefined: the defaults. */
  readonly names: readonly string[] | undefined
  /** Where paths of adapters are seen from; the current directory unless given. */
  readonly cwd?: string
  readonly options: AdapterOptions
  /** The precisions that the arms train in. */
  readonly precisions: readonly FloatDType[]
  /** Where it is told that a default is left out. */
  readonly note: (text: string) => void
  /** How one is loaded: in this thread unless told otherwise. */
  readonly load?: (asked: string) => Promise<LoadResult>
}

/** Why a backend cannot be used for the precisions, and what to do where it was asked for by name; or undefined. */
function objection(result: LoadResult, { names, precisions }: BackendWish): string | undefined {
  if (!result.ok) return `cannot be used: ${result.reason}\n  ${result.cure}`
  const { dtypes } = result.backend.info
  const missing = precisions.find((precision) => !dtypes.includes(precision))
  if (missing === undefined) return undefined
  const other = (['float32', 'float64'] as const).find((precision) => dtypes.includes(precision))
  const curable = names !== undefined && other !== undefined
  const cure = curable ? `\n  Train in --precision ${other}, or leave it out of --backend.` : ''
  return `does not compute in ${missing}, only in ${dtypes.join(', ')}${cure}`
}

function checkNames(backends: readonly LoadedBackend[]): void {
  for (const [i, { backend, asked }] of backends.entries()) {
    const twin = backends.slice(0, i).find((other) => other.backend.name === backend.name)
    if (twin === undefined) continue
    const both = `"${twin.asked}" and "${asked}" are both called "${backend.name}"`
    throw new InputError('isograd', `--backend: ${both}; their runs could not be told apart`)
  }
}

async function disposeAll(results: readonly LoadResult[]): Promise<void> {
  await Promise.all(results.flatMap((result) => (result.ok ? [result.backend.dispose()] : [])))
}

async function loadAll({ names = defaultBackends, options, cwd, load }: BackendWish): Promise<LoadResult[]> {
  const results: LoadResult[] = []
  const loadOne = load ?? ((name: string) => loadBackend(name, options, cwd))
  try {
    // oxlint-disable-next-line no-await-in-loop -- two variants of one runtime may share its state
    for (const name of names) results.push(await loadOne(name))
    return results
  } catch (error) {
    await disposeAll(results)
    throw error
  }
}

function select(results: readonly LoadResult[], wish: BackendWish): LoadedBackend[] {
  const { names, note } = wish
  const usable: LoadedBackend[] = []
  const objections: string[] = []
  for (const result of results) {
    const text = objection(result, wish)
    if (text !== undefined) objections.push(`${result.asked} ${text}`)
    else if (result.ok) usable.push(result)
  }
  if (usable.length === 0 || (names !== undefined && objections.length > 0)) {
    throw new BackendError(
      'isograd',
      `${objections.join('\n  ')}\n  \`isograd doctor\` tells which backends can be used`,
    )
  }
  for (const text of objections) note(`${text}\n  going on without it`)
  return usable
}

/**
 * Loads the backends in the order asked for.
 * @throws BackendError when one that was asked for, or every default, cannot be used; InputError for unknown names.
 */
export async function chooseBackends(wish: BackendWish): Promise<LoadedBackend[]> {
  const results = await loadAll(wish)
  try {
    const usable = select(results, wish)
    checkNames(usable)
    return usable
  } catch (error) {
    await disposeAll(results)
    throw error
  }
}
