/** Seeded faults: their kinds, the generator, whether one counts, and what a check says of it. */
export { faultPlans } from './experiment.js'
export { type Blame, type FaultKind, FAULTY, type Planted } from './fault.js'
export { faultKinds } from './kinds.js'
export { isAboveNoise } from './noise.js'
export { plantCounting, plantFault, type PlantedFault } from './plant.js'
export { type FaultTrial, judgeFault } from './trial.js'
