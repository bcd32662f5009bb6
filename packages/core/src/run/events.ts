/** The events of a training run. A record is made of nothing but these events. */
import type { BackendInfo } from '../backend/contract.js'
import type { Dataset } from '../data/dataset.js'
import type { ArmSpec } from '../experiment/arm.js'
import type { Layer } from '../model/layers/layer.js'
import type { Histogram } from '../numerics/histogram.js'
import type { TableName } from '../plan/tables.js'
import type { ModuleMark } from '../registry/registry.js'
import type { Measured } from '../task/metrics/metric.js'
import type { MetricFacts } from '../task/task.js'
import type { TensorMap } from '../tensor.js'
import type { NonFinitePlace } from './non-finite.js'
import type { RunState } from './state.js'

/** The mean loss and every metric over the rows of a table. */
export interface Evaluation {
  /** The mean loss. */
  readonly loss: number
  /** The metrics by name. */
  readonly metrics: Readonly<Record<string, Measured>>
}

/** A probed quantity in words, and how the page draws it among what is inside layers, where it does. */
export interface QuantityFacts {
  readonly title: string
  readonly about: string
  /** Over the layers, a mean of each, or, where it says over what, over the values of the first. */
  readonly shown?: { readonly style: 'percent' | 'scientific'; readonly over?: string }
}

/** The quantities that are probed. */
export const quantities = {
  gradientNorm: {
    title: 'gradient norm',
    about: "L2 norm of the gradient of a parameter, of a step's batch before its update",
  },
  updateRatio: {
    title: 'update to weight',
    about: '||after - before|| / ||before|| of a weight over one step, L2 norms in float64',
  },
  dead: { title: 'dead units', about: "share of a layer's units whose output is 0 for every sample" },
  saturated: {
    title: 'saturated outputs',
    about: "share of a layer's outputs that are within one percent of the range from an asymptote",
  },
  output: { title: 'output', about: "mean over the batch of a unit's output" },
  stateGradient: {
    title: 'gradient through time',
    about: "L2 norm of the gradient with respect to a recurrent layer's state after each step of a sequence",
  },
  gateSaturation: {
    title: 'saturated gates',
    about: 'share of the values of a gate that are within one percent of 0 or 1',
    shown: { style: 'percent' },
  },
  attentionEntropy: {
    title: 'attention entropy',
    about:
      'entropy of the shares that a head of attention gives, relative to the most it can be over the steps that are seen',
    shown: { style: 'percent' },
  },
  signalScale: {
    title: 'signal scale',
    about: "root mean square of a layer's outputs about their mean over the batch",
    shown: { style: 'scientific' },
  },
  effectiveRank: {
    title: 'effective rank',
    about: "exp of the entropy of the normalised singular values of a layer's outputs over samples",
    shown: { style: 'scientific' },
  },
  jacobian: {
    title: 'singular values of the Jacobian',
    about: "singular values of the Jacobian of a sample's output with respect to its input, a mean over samples",
    shown: { style: 'scientific', over: 'singular value, largest first' },
  },
  derivative: { title: 'derivative', about: "mean over the batch of the slope of a unit's activation" },
} as const satisfies Readonly<Record<string, QuantityFacts>>

/** Name of a quantity. */
export type QuantityName = keyof typeof quantities

/** Something that was looked at in one layer at one step. */
export interface Probe {
  /** The quantity that was looked at. */
  readonly quantity: QuantityName
  readonly layer: string
  /** Of a parameter, its name within the layer: `weight`. */
  readonly parameter?: string
  /** The axes of the values, outermost first; none for a single number. */
  readonly axes: readonly string[]
  readonly values: readonly number[]
}

/** Facts on the data of a run. */
export interface DataFacts extends Pick<Dataset, 'name' | 'origin' | 'digest' | 'path' | 'fields'> {
  /** The field that is predicted; absent where none is. */
  readonly target?: string
  /** Rows that count, by table. */
  readonly rows: Readonly<Record<TableName, number>>
}

/** Before anything is trained, or trained further. */
export interface StartEvent {
  readonly type: 'start'
  readonly preset: string
  readonly arm: string
  readonly spec: ArmSpec
  readonly backend: string
  readonly backendInfo: BackendInfo
  /** Modules whose records the experiment names. */
  readonly modules: readonly ModuleMark[]
  readonly dataset: DataFacts
  /** Facts on every metric, by its key. */
  readonly metrics: Readonly<Record<string, MetricFacts>>
  /** Key of the metric that judges; absent: the loss does. */
  readonly judgedBy?: string
  /** The table whose figures are the run's: `test`, or `train` where nothing was held out. */
  readonly judgedOn: TableName
  readonly layers: readonly Layer[]
  /** Updates of the parameters in one step. */
  readonly updatesPerStep: number
  readonly stepsPerEpoch: number
  /** Steps of the whole training. */
  readonly steps: number
}

/** Some steps were trained: the loss of each before its update, the first being step `first`, counted from 0. */
export interface StepsEvent {
  readonly type: 'steps'
  readonly epoch: number
  readonly first: number
  readonly losses: readonly number[]
  /** The penalty on the parameters before each update, which is no part of the loss; absent where nothing is regularized. */
  readonly penalties?: readonly number[]
  /** The metric that judges on each step's batch before its update; empty when the experiment does not ask for it. */
  readonly metric: readonly number[]
  /** Samples in the batch of each of these steps. */
  readonly batch: number
  readonly seconds: number
  /** The learning rates where they change, or differ between parameter groups. */
  readonly learningRates?: readonly LearningRateSeries[]
}

/** The learning rate of a parameter group over some steps, where it changes: the first of them always. */
export interface LearningRateSeries {
  /** Name of the group. */
  readonly group: string
  /** Steps at which it changes. */
  readonly steps: readonly number[]
  /** The learning rate from each of these on. */
  readonly values: readonly number[]
}

/** The probes before or at step `step`. */
export interface ProbesEvent {
  readonly type: 'probes'
  readonly step: number
  readonly probes: readonly Probe[]
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
  readonly inputs: readonly Histogram[]
}

/** The run's table evaluated within an epoch, before step `step`. */
export interface EvaluationEvent {
  readonly type: 'evaluation'
  readonly step: number
  readonly evaluation: Evaluation
}

/** An epoch is over and its tables were evaluated. `seconds` is its training time alone. */
export interface EpochEvent {
  readonly type: 'epoch'
  readonly epoch: number
  /** Mean over the samples trained on, each with the loss before its step's update. */
  readonly trainLoss: number
  /** The same mean of the penalties, where parameters are regularized: added to the loss, it is what was minimised. */
  readonly penalty?: number
  /** By table: the run's own, and `validation` where there is one. */
  readonly evaluations: Readonly<Record<TableName, Evaluation>>
  /** Seconds that it took. */
  readonly seconds: number
  /** Steps that were trained of it, where the training was stopped within it. */
  readonly steps?: number
}

/** The state from which training can be resumed to the same end, bit for bit. */
export interface CheckpointEvent {
  readonly type: 'checkpoint'
  readonly state: RunState
}

/** The reason of a run's end. */
export type EndReason = 'finished' | 'stopped' | 'nonFinite'

/** The rule that ended a training before its last epoch. */
export interface Stop {
  /** Name of the rule. */
  readonly rule: 'earlyStopping' | 'timeLimit'
  /** Steps that were trained. */
  readonly step: number
}

/** Training is over. */
export interface EndEvent {
  readonly type: 'end'
  readonly reason: EndReason
  /** Of the reason `stopped` alone. */
  readonly stopped?: Stop
  /** Where the numbers were no longer finite; of that reason alone. */
  readonly nonFinite?: NonFinitePlace
  /** Seconds of training alone. */
  readonly seconds: number
  /** Parameters, layer states and optimizer state. */
  readonly carry: TensorMap
  /** The epoch that counts, from 0: the best, where one is chosen, or the last; -1 where nothing was trained. */
  readonly chosenEpoch: number
  /** Parameters, or their average where the arm has one, and layer states after that epoch. */
  readonly chosen: TensorMap
  /** The parameters themselves and the layer states, where `chosen` has their average. */
  readonly trained?: TensorMap
  /** Weights as the last epoch left them, where both are kept. */
  readonly last?: TensorMap
  /** Evaluations with them, by table. */
  readonly finals: Readonly<Record<TableName, Evaluation>>
}

/** Any event of a run. */
export type RunEvent =
  | StartEvent
  | StepsEvent
  | ProbesEvent
  | HistogramsEvent
  | EvaluationEvent
  | EpochEvent
  | CheckpointEvent
  | EndEvent
