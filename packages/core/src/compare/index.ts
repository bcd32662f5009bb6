/** The public names about agreement: checks, traces, comparisons of records, and the faults that prove them. */
export type { SeedAccuracies } from './runs/accuracy.js'
export { type Bound, bounds, type BoundTable } from './operations/bounds.js'
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
export { type ExpectedFinding, type Fault, FAULTY } from './faults/fault.js'
export { faults, type FaultTrial, tryFault } from './faults/index.js'
export type { GrowthPoint } from './runs/growth.js'
export { type NodeError, nodeError, type WorstElement } from './operations/node-error.js'
export type { OperationSummary } from './operations/operation-table.js'
export { perturbWeights } from './runs/perturb.js'
export type { Quantity } from './steps/quantities.js'
export {
  compareRecords,
  type RecordComparison,
  type RecordHead,
  type RecordMeasure,
  type RecordSide,
  requireSameExperiment,
} from './records/record-compare.js'
export type { RunComparison } from './runs/run-check.js'
export type { StageSummary, StepSummary } from './steps/step-check.js'
export {
  parseTolerances,
  type ToleranceName,
  toleranceNames,
  type ToleranceOverrides,
  type Tolerances,
  tolerancesFor,
  toleranceTable,
} from './tolerances.js'
export { makeTrace, parseTraceMetadata, TRACE_FORMAT, type TraceMetadata, traceNames } from './steps/trace.js'
export { checkTrace, type TraceCheckResult } from './steps/trace-check.js'
export { TrainingCase, type TrainingPrograms } from './steps/training-case.js'
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
