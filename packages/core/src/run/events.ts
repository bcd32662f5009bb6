/** What a training run tells while it runs. A record is made of nothing but these events. */
import type { BackendInfo } from '../backend/contract.js'
import type { ArmSpec } from '../experiment/schema.js'
import type { Layer } from '../model/layers/layer.js'
import type { Histogram } from '../numerics/histogram.js'
import type { TensorMap } from '../tensor.js'
import type { RunState } from './state.js'

/** L2 norms of the gradients of one layer's parameters; `bias` is absent for a layer without one. */
export interface LayerGradientNorm {
  readonly name: string
  readonly weight: number
  readonly bias?: number
}

/** Loss and accuracy, as fraction of 1. */
export interface Evaluation {
  readonly loss: number
  readonly accuracy: number
}

/** Units of an activation layer over the test set: share of dead units (relu), of saturated outputs (sigmoid, tanh). */
export interface LayerUnits {
  readonly name: string
  readonly dead?: number
  readonly saturated?: number
}

/** Before anything is trained, or trained further. */
export interface StartEvent {
  readonly type: 'start'
  readonly preset: string
  readonly arm: string
  readonly spec: ArmSpec
  readonly backend: string
  readonly backendInfo: BackendInfo
  readonly dataset: {
    readonly name: string
    readonly origin: string
    readonly classes: number
    /** Shape of one sample. */
    readonly sampleShape: readonly number[]
    readonly train: number
    readonly validation: number
    readonly test: number
  }
  readonly layers: readonly Layer[]
  readonly stepsPerEpoch: number
  readonly steps: number
}

/** Some steps were trained: the loss of each before its update, the first being step `first`, counted from 0. */
export interface StepsEvent {
  readonly type: 'steps'
  readonly epoch: number
  readonly first: number
  readonly losses: readonly number[]
  /** Accuracy of each step's batch before its update; empty when the experiment does not ask for it. */
  readonly accuracies: readonly number[]
  /** Samples in the batch of each of these steps. */
  readonly batch: number
  readonly seconds: number
}

/** Gradient norms at a step: of its batch, with the parameters before its update. */
export interface GradientsEvent {
  readonly type: 'gradients'
  readonly step: number
  readonly layers: readonly LayerGradientNorm[]
}

/** How far a step moved the weights of a layer: ||after - before|| / ||before||, L2 norms in float64. */
export interface LayerUpdateRatio {
  readonly name: string
  readonly weight: number
}

/** The update of a step whose gradients were probed. */
export interface UpdatesEvent {
  readonly type: 'updates'
  readonly step: number
  readonly layers: readonly LayerUpdateRatio[]
}

/** Histograms at a step whose gradients were probed, of its batch and before its update. */
export interface HistogramsEvent {
  readonly type: 'histograms'
  readonly step: number
  /** Of each parameter. */
  readonly weights: readonly Histogram[]
  /** Of the gradient of each parameter. */
  readonly gradients: readonly Histogram[]
  /** Of the input of each activation layer. */
  readonly preActivations: readonly Histogram[]
}

/** Dead and saturated units before step `step`. */
export interface UnitsEvent {
  readonly type: 'units'
  readonly step: number
  readonly layers: readonly LayerUnits[]
}

/** The test set evaluated within an epoch, before step `step`. */
export interface EvaluationEvent {
  readonly type: 'evaluation'
  readonly step: number
  readonly test: Evaluation
}

/** An epoch is over and the test set was evaluated. `seconds` is its training time alone. */
export interface EpochEvent {
  readonly type: 'epoch'
  readonly epoch: number
  /** Mean over the samples trained on, each with the loss before its step's update. */
  readonly trainLoss: number
  readonly test: Evaluation
  readonly validation?: Evaluation
  readonly seconds: number
}

/** The state from which training can be resumed to the same end, bit for bit. */
export interface CheckpointEvent {
  readonly type: 'checkpoint'
  readonly state: RunState
}

/** Training is over. `seconds` is training time alone; `carry` holds parameters, layer states and optimizer state. */
export interface EndEvent {
  readonly type: 'end'
  readonly seconds: number
  readonly carry: TensorMap
  /** The epoch that counts, from 0: the best on the validation rows, or the last. */
  readonly chosenEpoch: number
  /** Parameters and layer states after that epoch. */
  readonly chosen: TensorMap
  /** Test evaluation at the end on both scales of pixels, when the experiment tests on raw ones. */
  readonly scales?: { readonly unit: Evaluation; readonly raw: Evaluation }
}

/** Any event of a run. */
export type RunEvent =
  | StartEvent
  | StepsEvent
  | GradientsEvent
  | HistogramsEvent
  | UpdatesEvent
  | UnitsEvent
  | EvaluationEvent
  | EpochEvent
  | CheckpointEvent
  | EndEvent
