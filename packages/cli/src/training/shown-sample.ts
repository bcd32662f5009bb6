/** The test sample that a run shows when it is trained: the same for every backend, since its seed draws it. */
import {
  type Backend,
  buildModel,
  type Dataset,
  drawSample,
  type Journal,
  limitDataset,
  predict,
  type Prediction,
  rows,
  sampleCount,
  type TensorOf,
} from '@isograd/core'

/** A test sample and what the trained model makes of it. */
export interface ShownSample {
  /** Its number in the test set, from 0. */
  readonly index: number
  readonly label: number
  readonly prediction: Prediction
}

/** Predicts one test sample with the weights that count. @throws BackendError */
export async function showSample(backend: Backend, journal: Journal, dataset: Dataset): Promise<ShownSample> {
  const { experiment: arm } = journal.record()
  const { test, sampleShape, classes } = limitDataset(arm, dataset)
  const index = drawSample(arm.seed, sampleCount(test))
  const sample = rows(test.images, index, index + 1) as TensorOf<'uint8'>
  const trained = { arm, model: buildModel(arm, sampleShape, classes), weights: journal.end.chosen }
  const [prediction] = await predict(backend, trained, sample)
  if (prediction === undefined) throw new Error('internal: no prediction')
  return { index, label: test.labels.data[index] ?? 0, prediction }
}
