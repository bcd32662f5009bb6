/** Rules that turn a model's output into a prediction, for people and for exports. */
import { onnxOperator, type OnnxWords } from '../export/onnx-operators.js'
import type { Builder, Value } from '../ir/builder.js'

/** One way. */
export interface PredictionRule {
  /** Emits the prediction, of the shape of the output. */
  emit(b: Builder, output: Value): Value
  /** The kind of the prediction: shares of one whole by category, a share for each flag, or numbers. */
  readonly shows: 'categories' | 'flags' | 'numbers'
  /** The activation that Keras has for it; undefined where the output is the prediction. */
  readonly keras: string | undefined
  /** Its operators in ONNX; absent, or giving nothing: its IR is written. */
  readonly onnx?: OnnxWords
}

/** Probabilities of the categories. */
export const softmaxPrediction: PredictionRule = {
  emit: (b, output) => b.exp(b.logSoftmax(output)),
  shows: 'categories',
  keras: 'softmax',
  onnx: onnxOperator('Softmax', { float64: true }, { axis: -1 }),
}

/** A probability for each flag. */
export const sigmoidPrediction: PredictionRule = {
  emit: (b, output) => b.sigmoid(output),
  shows: 'flags',
  keras: 'sigmoid',
  onnx: onnxOperator('Sigmoid', { float64: true }),
}

/** The numbers themselves. */
export const identityPrediction: PredictionRule = {
  emit: (_, output) => output,
  shows: 'numbers',
  keras: undefined,
  onnx: (output) => output,
}
