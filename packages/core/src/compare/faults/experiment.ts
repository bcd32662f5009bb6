/**
 * The experiment that faults are tried on: small, on the built-in digits, with everything that can go wrong in it. Four
 * dense layers, the inner ones square so that a transposed matrix still fits; dropout; a last batch that is not whole.
 */
import { digits } from '../../data/sets/digits/digits.js'
import { parseExperiment } from '../../experiment/experiment.js'
import { TrainingPlan } from '../../plan/plan.js'
import type { FaultArm } from './fault.js'

const WIDTH = 12
const BATCH_SIZE = 16
/** Two whole batches and half of one; many for what only many steps show. */
const samples: Readonly<Record<FaultArm, number>> = { relu: 40, sigmoid: 40, normalised: 40, long: 520, deep: 40 }
const TEST_SAMPLES = 40

const hidden = [{ type: 'dense', units: WIDTH }, { type: 'activation' }]
const plain = [
  { type: 'flatten' },
  ...hidden,
  { type: 'dropout', rate: 0.25 },
  ...hidden,
  ...hidden,
  { type: 'dense', units: 10 },
]
const normalised = [
  { type: 'flatten' },
  { type: 'dense', units: WIDTH },
  { type: 'batchNorm' },
  ...hidden,
  { type: 'dense', units: 10 },
]

/** Twelve sigmoid layers of width 10: next to nothing of the gradient reaches the first. */
const deep = [
  { type: 'flatten' },
  { type: 'repeat', times: 12, layers: [{ type: 'dense', units: 10 }, { type: 'activation' }] },
  { type: 'dense', units: 10 },
]

const document = {
  name: 'faults',
  description: 'A small network with everything that faults are seeded in.',
  data: { dataset: 'digits' },
  model: { layers: plain },
  initializers: { weights: { type: 'heUniform' }, biases: { type: 'randomUniform', min: -0.1, max: 0.1 } },
  optimizer: { type: 'adam' },
  batchSize: BATCH_SIZE,
  epochs: 1,
  arms: {
    relu: { activation: 'relu' },
    sigmoid: { activation: 'sigmoid' },
    normalised: { model: { layers: normalised } },
    long: {},
    deep: {
      activation: 'sigmoid',
      model: { layers: deep },
      initializers: { weights: { type: 'torchLinear' } },
    },
  },
}

/** The plan of one of the arms on its data. */
export function faultPlan(name: FaultArm): TrainingPlan {
  const { arms, registry } = parseExperiment(document)
  const arm = arms[name]
  if (arm === undefined) throw new RangeError(`the faults have no arm ${name}`)
  const dataset = digits({ train: samples[name], test: TEST_SAMPLES, seed: 0 })
  return new TrainingPlan({ armName: name, arm, dataset, registry })
}
