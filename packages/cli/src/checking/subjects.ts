/** Programs to be surveyed, and their failures reduced: the conformance cases of values, or a training step of an experiment. */
import { InputError, selectArms, type TrainingPlan } from '@isograd/core'
import type { SurveySubject } from '@isograd/core/compare'
import { casesMatching } from '@isograd/core/conformance'
import type { TransferProgress } from '@isograd/core/node'
import { checkedPlans } from './checked-plans.js'
import { Datasets } from '../input/datasets.js'
import { nameOf, readExperiment } from '../input/experiment-file.js'
import { loadRegistry } from '../input/extensions.js'
import type { SharedValues } from '../input/options.js'
import { readSettings } from '../input/run-settings.js'

/** The options that say what is surveyed. */
export interface SubjectOptions extends Omit<SharedValues, 'seeds'> {
  readonly check?: string
  readonly only?: readonly string[]
  readonly steps?: number
}

/** The name of all operations, each by itself. */
const OPERATIONS = 'ops'

/** The first training steps of a plan, all of their operations. */
export function stepsOf(plan: TrainingPlan, count: number): SurveySubject {
  return {
    id: plan.armName,
    build: () => ({
      program: plan.program('observed'),
      constants: plan.constants('observed'),
      scans: [{ carry: plan.stepCarry, xs: plan.xs(plan.stepRole, { first: 0, count }) }],
    }),
  }
}

/** The programs. @throws InputError for an unknown experiment, patterns that match nothing, data that do not fit */
export async function subjectsOf(
  options: SubjectOptions,
  onProgress: (progress: TransferProgress) => void,
  signal: AbortSignal,
): Promise<readonly SurveySubject[]> {
  const { check = OPERATIONS, only, steps = 1 } = options
  if (check === OPERATIONS) {
    return casesMatching('--only', only ?? ['*']).flatMap((one) => (one.kind === 'values' ? [one] : []))
  }
  if (only !== undefined) throw new InputError('isograd', `--only: cases are of --check ${OPERATIONS}, got "${check}"`)
  const { dataset = options.dataDir === undefined ? 'digits' : undefined } = options
  const run = readSettings({ ...options, ...(dataset !== undefined && { dataset }) })
  const registry = await loadRegistry(run.use)
  const all = await readExperiment(check, run.overrides, registry)
  const experiment = selectArms(all, run.arms ?? Object.keys(all.arms).slice(0, 1))
  const source = { registry, dataDir: run.dataDir, directory: all.directory, signal, onProgress }
  const planned = { experiment, source: nameOf(check), datasets: new Datasets(source) }
  const settings = { run, modes: ['ops'] as const, steps, seeds: 1, limited: false, tolerances: {} }
  return (await checkedPlans(planned, settings)).plans.map((plan) => stepsOf(plan, steps))
}
