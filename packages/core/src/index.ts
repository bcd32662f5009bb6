/**
 * `@isograd/core`: describe an experiment, plan it, train it on any backend, keep what came of it, and extend the tables that it
 * is written in. Backends are `./backend`, programs `./ir`, data sets `./data`, agreement and records `./compare`, what every
 * backend must do `./conformance`, files `./node`.
 */
export type { ArmSpec } from './experiment/arm.js'
export { defineExperiment, type ExperimentDocument } from './experiment/define.js'
export { type Experiment, parseExperiment, type ParseOptions, selectArms } from './experiment/experiment.js'
export { findPreset, type Preset, presets } from './experiment/presets/index.js'
export { ExperimentError } from './experiment/problems.js'
export { experimentJsonSchema } from './experiment/json-schema.js'

export { builtins } from './registry/builtins.js'
export { type Extension, type ModuleMark, Registry } from './registry/registry.js'
export { type Spec, z } from './registry/settings.js'
export { generated } from './data/record.js'
export { activation, constantLike } from './model/activations/activation.js'
export { each, initializer } from './model/initializers/initializer.js'
export { layer, requireFlat } from './model/layers/layer.js'
export { hostOptimizer, named, optimizer } from './optimize/optimizers/optimizer.js'
export { loss, targetOf, widthOf } from './task/losses/loss.js'
export { meanOfRows, rowMetric, summedMetric } from './task/metrics/metric.js'
export { task, taskSettings } from './task/tasks/task.js'
export { identityPrediction, sigmoidPrediction, softmaxPrediction } from './task/predictions.js'

export { type PlanOptions, TrainingPlan } from './plan/plan.js'
export { planFor } from './plan/plan-for.js'
export { evaluate } from './run/evaluate.js'
export { train } from './run/runner.js'
export type { TrainOptions } from './run/run.js'
export type { RunEvent } from './run/events.js'
export type { RunState } from './run/state.js'
export { drawSample, type Network, networkOf, predict, type Prediction, type TrainedModel } from './run/predict.js'

export { Journal } from './records/journal.js'
export { recordOf, type RunRecord, stringifyDocument } from './records/record.js'
export { parseRecord } from './records/read-record.js'
export { type Checkpoint, dataMarkOf, decodeCheckpoint, encodeCheckpoint } from './records/checkpoint.js'
export { checkResume } from './records/resume-check.js'
export { decodeSafetensors, encodeSafetensors, type Safetensors } from './records/safetensors.js'

export { referenceBackend } from './reference/backend.js'
export { isogradAdapter } from './reference/adapter.js'
export { BackendError, DownloadError, InputError, IsogradError, ProgramError, UnsupportedOpError } from './errors.js'
export { type FloatDType, tensor, type Tensor, type TensorMap } from './tensor.js'
export { version } from './version.js'
