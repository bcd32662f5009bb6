/** Predictions of single samples: one that a run shows at its end, and the document of `isograd predict --json`. */
import type { Network, Prediction } from '@isograd/core'
import type { Evaluation } from '@isograd/core/compare'
import type { Field } from '@isograd/core/data'

/** The prediction of a trained model for a sample, with the facts that put it into words. */
export interface ShownPrediction {
  readonly prediction: Prediction
  /** The kind of its values: shares of categories, a share for each flag, or numbers. */
  readonly shows: Network['task']['head']['prediction']['shows']
  /** Names of its values, such as those of the categories. */
  readonly names: readonly string[]
  /** The number of the category, the flags, or the numbers, as the network is told them; absent where there are none. */
  readonly target?: readonly number[]
  /** The same of the heads beside the first, by name. */
  readonly heads?: Readonly<Record<string, ShownPrediction>>
}

/** An input of a sample, as it is stored. */
export interface ShownInput {
  readonly name: string
  readonly field: Field
  readonly values: ArrayLike<number>
}

/** A sample of a data set and what the trained model predicts for it. */
export interface TestSample extends ShownPrediction {
  /** The table that it is from: `test`, or `train` where nothing is held out. */
  readonly table: string
  /** Its number in the table, from 0. */
  readonly row: number
}

/** Version of the document's form. */
export const PREDICT_SCHEMA = 'isograd.predict/2'

/** A head's part of the document. */
export interface PredictedHead {
  /** As in `ShownPrediction`; null where there is none, as for a picture. */
  readonly target: readonly number[] | null
  /** The model's own numbers. */
  readonly output: readonly number[]
  /** Probabilities of categories or flags, or the numbers themselves. */
  readonly values: readonly number[]
  /** Names of the categories, in the order of `values`; only where there are any. */
  readonly categories?: readonly string[]
  /** The number of the predicted category, from 0. */
  readonly predicted?: number
}

/** A picture. */
interface PictureSource {
  /** Its path, as it was named. */
  readonly image: string
}

/** The document that `isograd predict --json` prints. */
export interface PredictDocument extends PredictedHead {
  readonly schema: typeof PREDICT_SCHEMA
  /** The run that predicts. */
  readonly run: {
    readonly preset: string
    readonly arm: string
    readonly backend: string
    readonly seed: number
    /** Key of the metric that judges the run; absent: its loss does. */
    readonly judgedBy?: string
    /** Evaluations of the run's end by table, with metrics by name. */
    readonly finals: Readonly<Record<string, Evaluation>>
  }
  /** Name of the task's record. */
  readonly task: string
  /** The sample: a row of a table, or a picture. */
  readonly source: Pick<TestSample, 'table' | 'row'> | PictureSource
  /** The same of the heads beside the first, by name; only where there are any. */
  readonly heads?: Readonly<Record<string, PredictedHead>>
  /** Notes on the sample, in sentences. */
  readonly notes: readonly string[]
}

/** Version of the form of the document of rows. */
export const PREDICT_ROWS_SCHEMA = 'isograd.predict-rows/1'

/** The document that `isograd predict --rows FILE --json` prints. */
export interface PredictRowsDocument {
  readonly schema: typeof PREDICT_ROWS_SCHEMA
  /** A prediction a row, in their order: numbers by name, or the category and the probability of each. */
  readonly rows: readonly Readonly<Record<string, string | number>>[]
}
