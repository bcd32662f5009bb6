/** An arm of an experiment: everything that is trained, as complete plain data. */
import type { SplitName } from '../data/dataset.js'
import type { Encoding } from '../data/field.js'
import type { SplitSpec } from '../data/split.js'
import type { FieldSpec } from '../data/tabular.js'
import type { InitialWeightsSpec } from '../model/initial-weights.js'
import type { ClippingSpec } from '../optimize/clipping.js'
import type { GroupSpec } from '../optimize/groups.js'
import type { ScheduleSpec } from '../optimize/schedules/schedule.js'
import type { LookName } from '../plan/looks/index.js'
import type { Spec } from '../registry/settings.js'
import type { HeadSpec } from '../task/task.js'
import type { ClassWeights, WeightedMean } from '../task/weights.js'
import type { FloatDType } from '../tensor.js'
import type { EarlyStoppingSpec } from './control-schema.js'

/** A table that a trained model is evaluated on: samples of a split, decoded as the data set or as this says. */
export interface TableSpec {
  /** `test` unless given. */
  readonly of?: SplitName
  /** Encodings by field, in the place of the data set's own. */
  readonly encodings?: Readonly<Record<string, Encoding>>
}

/** The figures that count: both bounds, or one. */
export interface Band {
  /** The least that counts. */
  readonly atLeast?: number
  /** The largest that counts. */
  readonly atMost?: number
}

/** Files for each split; a part that is not there is taken from none. */
export interface SplitPaths {
  /** Samples to train on. */
  readonly train: string
  /** Samples that choose the epoch. */
  readonly validation?: string
  /** Samples to judge by. */
  readonly test?: string
}

/** The data of an arm. */
export interface DataSpec {
  /** Name of a record of the table of data; `files` where a path is given. */
  readonly dataset: string
  /** The user's own file or directory, or one for each split; relative to the experiment file. */
  readonly path?: string | SplitPaths
  /** Name of the format of those files; told by name and content unless given. */
  readonly format?: string
  /** Fields of those files whose encodings, or columns, are not what they are by themselves. */
  readonly fields?: Readonly<Record<string, FieldSpec>>
  /** Rows that are held out of a table that has none held out. */
  readonly split?: SplitSpec
  /** The column of those files that is to be told from the others, unless the task names one. */
  readonly target?: string
  /** Settings of that record, or of the format. */
  readonly options?: Readonly<Record<string, unknown>>
  /** Use only the first so many training samples. */
  readonly limit?: number
  /** Use only the first so many test samples. */
  readonly testLimit?: number
  /** Hold back this fraction of the training samples, and choose the epoch that is best on them. */
  readonly validation?: number
  /**
   * True gathers batches on the host instead of binding whole columns to programs: for tables beyond the memory of
   * a backend. By size unless given.
   */
  readonly stream?: boolean | 'auto'
  /** Evaluation tables by name. `test` is there by itself; another entry of that name changes its encodings. */
  readonly tables?: Readonly<Record<string, TableSpec>>
}

/** The probes of an arm while it trains, what is looked at among them, by its flag. */
export interface ProbesSpec extends Partial<Readonly<Record<LookName, boolean>>> {
  /** Probe the gradients every so many steps, beside the first and the last. */
  readonly every?: number
  /** Record the metric that judges on each step's batch. */
  readonly trainMetric: boolean
  /** Record histograms of parameters, gradients and inputs of activations at the probed steps. */
  readonly histograms: boolean
  /** Record outputs and local derivatives of the activation layers at the probed steps, a mean over the batch by unit. */
  readonly derivatives: boolean
  /** Evaluate the test table every so many steps, beside the end of each epoch. */
  readonly testEvery?: number
}

/** One arm, complete. */
export interface ArmSpec {
  /** Address of a schema, for editors. */
  readonly $schema?: string
  readonly name: string
  /** Its description, in a sentence. */
  readonly description?: string
  readonly data: DataSpec
  readonly task: Spec
  /** The layers, first to last. */
  readonly model: {
    readonly layers: readonly Spec[]
    /** The layer that gives the output: the last one unless given. */
    readonly output?: string
  }
  /** The function of every activation layer that names none. */
  readonly activation: Spec
  /** A file of tensors that parameters begin as, in the place of their initializers. */
  readonly initialWeights?: InitialWeightsSpec
  /** Initial values of parameters whose layer names none. */
  readonly initializers: { readonly weights: Spec; readonly biases: Spec }
  /** The regularizer of the weights of layers that depth is counted by, where they have none of their own. */
  readonly regularizer?: Spec
  /** The same for the constraint after every update. */
  readonly constraint?: Spec
  readonly loss: Spec
  /** The weights of the target's categories in the loss. */
  readonly classWeights?: ClassWeights
  /** The divisor of weighted losses; their weights unless given. */
  readonly weightedMean?: WeightedMean
  readonly metrics: readonly Spec[]
  /** Heads beside the one that task, loss and metrics are of: more targets, told by layers of their own. */
  readonly heads?: Readonly<Record<string, HeadSpec>>
  /** Key of the metric that judges; the first unless given. */
  readonly judgedBy?: string
  readonly optimizer: Spec
  /** The learning rate over the training; absent: it stays as the optimizer has it. */
  readonly schedule?: ScheduleSpec
  /** Settings of their own for some parameters. */
  readonly groups?: readonly GroupSpec[]
  /** Batches of one update; 1 unless given. */
  readonly accumulate?: number
  /** True where values of the forward pass are computed again for the gradient, so that fewer are held at once. */
  readonly recompute?: boolean
  /** The bound on the metric that judges within which an arm counts as having learned. */
  readonly goal?: Band
  /** The clipping of gradients before the optimizer sees them. */
  readonly clipping?: ClippingSpec
  /** The average of weights that evaluation and what is kept of a run look at. */
  readonly averaging?: Spec
  /** Rows of a batch. */
  readonly batchSize: number
  /** 0: nothing is trained; the network is looked at as it is. */
  readonly epochs: number
  /** Ends the training when epochs bring nothing better. */
  readonly earlyStopping?: EarlyStoppingSpec
  /** Seconds after which the training ends. */
  readonly timeLimit?: number
  /** The weights that are kept; absent: of the best epoch where samples are held back, or else of the last. */
  readonly keep?: 'best' | 'last' | 'both'
  /** The treatment of a last batch that is not whole. */
  readonly lastBatch: 'keep' | 'drop'
  readonly seed: number
  readonly precision: FloatDType
  /** The effect of a loss or a parameter that is not finite on a run: `stop` unless given. */
  readonly onNonFinite?: 'stop' | 'continue'
  readonly probes: ProbesSpec
}
