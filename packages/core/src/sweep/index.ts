/**
 * `@isograd/core/sweep`: many trainings of one experiment, planned from one file.
 * @packageDocumentation
 * @experimental
 */
export { type Draw, type Halving, parseSweep, type Settings, type Sweep, type SweepOptions } from './document.js'
export { type Distribution, type DistributionName, distributionNames, distributions } from './distributions.js'
export { type SettingColumn, settingColumns, shortPaths } from './setting-columns.js'
export { MOST_TRIALS, planSweep, type ReadExperiment, type Rung, SweepPlan, type Trial } from './plan.js'
