/** Predictions of single samples: one that a run shows at its end, and the document of `isograd predict --json`. */
import type { Prediction } from '@isograd/core'

/** A test sample and what the trained model predicts for it. */
export interface TestSample {
  /** Its number in the test set, from 0. */
  readonly index: number
  readonly label: number | undefined
  readonly prediction: Prediction
}

/** The form of `--json`. */
export interface PredictDocument {
  readonly schema: 'isograd.predict/1'
  readonly run: { readonly preset: string; readonly arm: string; readonly backend: string; readonly seed: number }
  readonly source: { readonly test: number } | { readonly image: string }
  /** The label of the data set; null for a picture. */
  readonly label: number | null
  readonly predicted: number
  readonly probabilities: readonly number[]
  readonly logits: readonly number[]
  readonly notes: readonly string[]
}
