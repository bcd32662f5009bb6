/** The check of a run that has one runtime alone: its steps are held to the reference, since there is no other to agree with. */
import type { LoadedBackend } from '../backends/load.js'
import { checkExperiment, type CheckReport } from '@isograd/core/compare'
import type { PlannedExperiment } from '../input/plan-arm.js'
import type { RunSettings } from '../input/run-settings.js'
import { BackendError } from '@isograd/core'
import { type Backends, withBackends } from '../backends/choose-backends.js'
import { openBackend, type OpenOptions } from '../backends/open-backend.js'
import { registry } from '../backends/registry.js'
import { checkedPlans } from './checked-plans.js'

const MORE = `a second runtime to compare with: npx isograd add onnx\n  or: ${registry['onnx']?.install}`

/** Tells if a run was left to the defaults, and only one package was there to compute. */
export function isAlone({ backends }: RunSettings, pool: readonly LoadedBackend[]): boolean {
  return backends === undefined && new Set(pool.map(({ packageName }) => packageName)).size < 2
}

/**
 * Lends a second opinion beside a package that is alone: native, which another compiler makes, else the reference. @throws
 * BackendError
 */
export async function withSecond<T>(
  open: OpenOptions,
  [first, ...others]: Backends,
  use: (backends: Backends) => Promise<T>,
): Promise<T> {
  const native = await openBackend('native', open)
  const second = native.ok ? native : await openBackend('reference', open)
  if (!second.ok) throw new BackendError('isograd', `reference cannot be used: ${second.reason}`)
  const { name } = second.backend
  open.note(`note: ${first.asked} alone is installed: ${name} is the second opinion; ${MORE}`)
  try {
    return await use([first, ...others, second])
  } finally {
    await second.backend.dispose()
  }
}

/** Holds first steps, a batch that is not whole and a long scan of every arm to the float64 reference. */
export async function holdAlone(
  planned: PlannedExperiment,
  settings: RunSettings,
  { signal, note }: { readonly signal: AbortSignal; readonly note: (text: string) => void },
  pool: readonly LoadedBackend[],
): Promise<CheckReport> {
  const modes = ['step'] as const
  const check = { run: settings, modes, steps: undefined, seeds: 1, limited: false, tolerances: {} }
  const precisions = Object.values(planned.experiment.arms).map(({ precision }) => precision)
  const options = settings.threads === undefined ? {} : { threads: settings.threads }
  const names = pool.map(({ asked }) => asked)
  return withBackends({ names, options, precisions, note, signal }, async (backends) =>
    checkExperiment({
      experiment: planned.experiment.name,
      ...(await checkedPlans(planned, check)),
      backends: backends.map(({ backend }) => backend),
      modes,
      seeds: 1,
      tolerances: {},
      signal,
      onStage: () => undefined,
    }),
  )
}

/** The outcome in words. */
export function aloneText({ verdict, reason }: CheckReport, pool: readonly LoadedBackend[]): string {
  const names = pool.map(({ asked }) => asked).join(', ')
  const held = verdict === 'agree' ? 'its steps are those of the float64 reference' : `${verdict}: ${reason}`
  return `${names} alone: ${held}\n${MORE}`
}
