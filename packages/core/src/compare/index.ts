/** What `@isograd/core` says about agreement: checks, traces, comparisons of records, and the faults that prove them. */
export type { SeedAccuracies } from './accuracy.js'
export { type Bound, bounds, type BoundTable } from './bounds.js'
export {
  type ArmReport,
  CHECK_SCHEMA,
  type CheckedArm,
  checkExperiment,
  checkModes,
  type CheckOptions,
  type CheckReport,
  defaultSteps,
  type TrainingCheckMode,
} from './check.js'
export { type ChainCheckOptions, checkChains } from './chain-check.js'
export { type ExpectedFinding, type Fault, FAULTY } from './faults/fault.js'
export { faults, type FaultTrial, tryFault } from './faults/index.js'
export type { GrowthPoint } from './growth.js'
export { type NodeError, nodeError, type WorstElement } from './node-error.js'
export type { OperationSummary } from './node-findings.js'
export { perturbWeights } from './perturb.js'
export type { Quantity } from './quantities.js'
export {
  compareRecords,
  type RecordComparison,
  type RecordHead,
  type RecordMeasure,
  type RecordSide,
  requireSameExperiment,
} from './record-compare.js'
export type { RunComparison } from './run-check.js'
export type { StageSummary, StepSummary } from './step-check.js'
export {
  parseTolerances,
  type ToleranceName,
  toleranceNames,
  type ToleranceOverrides,
  type Tolerances,
  tolerancesFor,
  toleranceTable,
} from './tolerances.js'
export { makeTrace, parseTraceMetadata, TRACE_FORMAT, type TraceMetadata, traceNames } from './trace.js'
export { checkTrace, type TraceCheckResult } from './trace-check.js'
export { TrainingCase, type TrainingPrograms } from './training-case.js'
export {
  type CheckFailure,
  type CheckMode,
  combine,
  type Finding,
  type FindingKind,
  findingKinds,
  type FindingStage,
  judge,
  type Judgement,
  type Severity,
  smallestTolerance,
  type Verdict,
} from './verdict.js'
export { isBackendFailure, watchBackend, type WatchOptions } from './watch.js'
