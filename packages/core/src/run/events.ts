/** What a training run tells while it runs. A record is made of nothing but these events. */
import type { BackendInfo } from '../backend.js'
import type { ArmSpec } from '../spec/schema.js'
import type { TensorMap } from '../tensor.js'
import type { Layer } from '../train/layers/layer.js'

/** L2 norms of the gradients of one layer's parameters; `bias` is absent for a layer without one. */
export interface LayerGradientNorm {
  readonly name: string
  readonly weight: number
  readonly bias?: number
}

/** Before anything is trained. */
export interface StartEvent {
  readonly type: 'start'
  readonly preset: string
  readonly arm: string
  readonly spec: ArmSpec
  readonly backend: string
  readonly backendInfo: BackendInfo
  readonly dataset: { readonly name: string; readonly origin: string; readonly train: number; readonly test: number }
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

/** An epoch is over and the test set was evaluated. `seconds` is its training time alone. */
export interface EpochEvent {
  readonly type: 'epoch'
  readonly epoch: number
  /** Mean over the samples trained on, each with the loss before its step's update. */
  readonly trainLoss: number
  readonly testLoss: number
  readonly testAccuracy: number
  readonly seconds: number
}

/** Training is over. `seconds` is training time alone; `carry` holds the parameters and the optimizer's state. */
export interface EndEvent {
  readonly type: 'end'
  readonly seconds: number
  readonly carry: TensorMap
}

/** Any event of a run. */
export type RunEvent = StartEvent | StepsEvent | GradientsEvent | EpochEvent | EndEvent
