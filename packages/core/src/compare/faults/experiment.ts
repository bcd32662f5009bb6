/** The experiments that faults are tried on: small, on the built-in digits, with everything that can go wrong in them. */
import { digits } from '../../data/sets/digits/digits.js'
import { parseExperiment } from '../../experiment/experiment.js'
import document from '../../experiment/presets/faults.json' with { type: 'json' }
import { TrainingPlan } from '../../plan/plan.js'

/** Whole batches and half of one. */
const SAMPLES = { train: 72, test: 40, seed: 0 } as const

/** The plans of the arms on their data. */
export function faultPlans(): TrainingPlan[] {
  const { arms, registry } = parseExperiment(document)
  const dataset = digits(SAMPLES)
  return Object.entries(arms).map(([armName, arm]) => new TrainingPlan({ armName, arm, dataset, registry }))
}
