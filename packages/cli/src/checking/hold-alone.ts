/** The check of a run that has one runtime alone: its steps are held to the reference, since there is no other to agree with. */
import type { LoadedBackend } from '../backends/load.js'
import { checkExperiment, type CheckReport } from '@isograd/core/compare'
import type { PlannedExperiment } from '../input/plan-arm.js'
import type { RunSettings } from '../input/run-settings.js'
import { withBackends } from '../backends/choose-backends.js'
import { checkedPlans } from './checked-plans.js'

/** Tells if a run was left to the defaults, and only one package was there to compute. */
export function isAlone({ backends }: RunSettings, pool: readonly LoadedBackend[]): boolean {
  return backends === undefined && new Set(pool.map(({ packageName }) => packageName)).size < 2
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
      plans: await checkedPlans(planned, check),
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
  const more = 'npm install @isograd/onnx-adapter onnxruntime-node'
  return `${names} alone: ${held}\na second runtime to compare with: ${more}`
}
