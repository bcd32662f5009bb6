/** The experiment that faults are tried on: small, on the built-in digits, with everything that can go wrong in it. */
import { digits } from '../../data/sets/digits/digits.js'
import { parseExperiment } from '../../experiment/experiment.js'
import document from '../../experiment/presets/faults.json' with { type: 'json' }
import { TrainingPlan } from '../../plan/plan.js'
import type { FaultArm } from './fault.js'

/** Two whole batches and half of one; many for what only many steps show. */
const samples: Readonly<Record<FaultArm, number>> = { relu: 40, sigmoid: 40, normalised: 40, long: 520, deep: 40 }
const TEST_SAMPLES = 40

/** The plan of one of the arms on its data. */
export function faultPlan(name: FaultArm): TrainingPlan {
  const { arms, registry } = parseExperiment(document)
  const arm = arms[name]
  if (arm === undefined) throw new RangeError(`the faults have no arm ${name}`)
  const dataset = digits({ train: samples[name], test: TEST_SAMPLES, seed: 0 })
  return new TrainingPlan({ armName: name, arm, dataset, registry })
}
