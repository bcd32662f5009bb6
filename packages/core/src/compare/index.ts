/**
 * `@isograd/core/compare`: checks, traces, what records hold and how they compare, and the faults that prove the checks.
 * @packageDocumentation
 * @experimental
 */
export { grouped } from '../grouped.js'
export { type Bound, bounds, type BoundTable } from './operations/bounds.js'
export {
  type AgainstRecord,
  type ArmReport,
  CHECK_SCHEMA,
  checkExperiment,
  checkModes,
  type CheckOptions,
  type CheckReport,
  defaultSteps,
  reportOn,
  type TrainingCheckMode,
} from './check.js'
export {
  type Blame,
  type FaultKind,
  faultKinds,
  faultPlans,
  type FaultTrial,
  FAULTY,
  isAboveNoise,
  judgeFault,
  plantCounting,
  plantFault,
  type Planted,
  type PlantedFault,
} from './faults/index.js'
export {
  checkHealthy,
  type FalseAlarm,
  type HealthyMode,
  healthyModes,
  type HealthyResult,
} from '../selftest/check-healthy.js'
export { type HealthyExperiment, healthyExperiment } from '../selftest/healthy-experiments.js'
export { type Chance, chanceOf, chanceText, type Evidence, type PairVerdict } from './pairs.js'
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
} from './records/record-compare.js'
export { differingFields, isOfSameExperiment, requireSameExperiment } from './records/same-experiment.js'
export type { RunComparison } from './runs/run-check.js'
export type { StageSummary, StepSummary } from './steps/step-summary.js'
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
export {
  type CheckFailure,
  type CheckMode,
  combine,
  concerns,
  despiteFailures,
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
export { isBackendFailure } from '../errors.js'
export {
  type ChangeKind,
  changesBetween,
  type ErrorsOfNodes,
  type OperationChange,
  summaryOf,
  type SurveySummary,
} from './survey/changes.js'
export type { Imprecision } from './operations/node-error.js'
export type { FailureKind } from './survey/find-wrong.js'
export { type Reduced, reduceFailure } from './survey/reduce.js'
export {
  type FailedSubject,
  type NodeStanding,
  type Survey,
  type SurveyedNode,
  surveyOperations,
} from './survey/survey.js'
export type { SurveySubject } from './survey/subject.js'
export { watchBackend, type WatchOptions } from './watch.js'
export { compareFinals, compareFinalsOf, type Final, type FinalsComparison } from './finals.js'
export {
  type Agreement,
  agreementOf,
  compareRuns,
  type EarlyDifference,
  earlyDifference,
  isOfOneTraining,
  partsCompared,
  partsNotCompared,
} from './records/agreement.js'
export type { GradientComparison } from './records/first-gradients.js'
export {
  type MeasureRounding,
  type RoundingExtent,
  roundingFor,
  roundingOfPlan,
  withRounding,
} from './records/with-rounding.js'
export { agreementTolerances, relativeDifference } from './records/distances.js'
export { overSeeds, type OverSeeds } from './records/over-seeds.js'
export {
  compareRunSets,
  type PairComparison,
  type RunsComparison,
  type SeedsComparison,
  withRoundingOfPairs,
} from './records/compare-seeds.js'
export { changedSettings } from './records/published-settings.js'
export { depthNorms, type MeasuredEffect } from './records/effects.js'
export { depthLoss, remarksOn, remarksPage } from './records/remarks.js'
export {
  type Reproduction,
  reproductionOf,
  type Spread,
  spreadOf,
  vanishingSummary,
  type VanishingSummary,
} from './records/reproduction.js'
export { published, type Published } from '../experiment/presets/published.js'
export {
  type EpochRecord,
  finalOf,
  type HistogramsRecord,
  judgedFacts,
  type LayerRecord,
  probedNumbers,
  type ProbedNumber,
  probeSeries,
  type ProbeSeries,
  RECORD_SCHEMA,
  type RunRecord,
  valuesAt,
} from '../records/record.js'
export { patchOf } from '../experiment/assignments.js'
export { composePatches } from '../experiment/merge-patch.js'
export { parseArmSpec } from '../experiment/experiment.js'
export { readRecord, requireModules } from '../records/read-record.js'
export type { TrainedPart } from '../records/checkpoint-form.js'
export { type Histogram, HISTOGRAM_BINS } from '../numerics/histogram.js'
export { parseExactly, stringifyExactly } from '../numerics/json.js'
export {
  type EpochEvent,
  type Evaluation,
  type EvaluationEvent,
  type Probe,
  type ProbesEvent,
  quantities,
  type QuantityFacts,
  type QuantityName,
  type StartEvent,
  type LearningRateSeries,
  type StepsEvent,
} from '../run/events.js'
export { judgedValueOf } from '../run/judged.js'
export type { NonFinitePlace } from '../run/non-finite.js'
export { nonFinitePlaceText, nonFiniteText } from '../run/non-finite-text.js'
export { stopText } from '../run/stop-text.js'
export { type Difference, differences } from '../records/resume-check.js'
export { formatPath, parsePath, type Problem } from '../experiment/problems.js'
export { FieldError } from '../errors.js'
export type { Measured, MetricFormat } from '../task/metrics/metric.js'
export type { DetailKind, DetailOf, MetricDetail } from '../task/metrics/detail.js'
export type { MetricFacts } from '../task/task.js'
export { type AtlasRow, measureOperation, type MissingRow } from './atlas/measure.js'
export { type MeasuredUnits, measureUnits } from './atlas/measured-units.js'
export { type AtlasOperation, operationsMatching } from './atlas/operations.js'
export { allSlices, type OperandSlice, sampledSlices } from './atlas/sample.js'
export { type AtlasErrors, type AtlasPoint, type ExponentWorst, nearestShare } from './atlas/tally.js'
export { type WorstInputs, worstInputs } from './atlas/worst-inputs.js'
