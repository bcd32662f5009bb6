/** The test sample that a run shows when it is trained: the same for every backend, since its seed draws it. */
import { drawSample, type Journal, predict, sampleCount } from '@isograd/core'
import { type Backend, rows, type TensorOf } from '@isograd/core/backend'
import { type Dataset, limitDataset } from '@isograd/core/data'
import type { TestSample } from '../documents/predict-document.js'
import { modelOf } from '../documents/run-figures.js'

/** Predicts one test sample with the weights that count. @throws BackendError */
export async function predictTestSample(backend: Backend, journal: Journal, dataset: Dataset): Promise<TestSample> {
  const { experiment: arm } = journal.record()
  const limited = limitDataset(arm, dataset)
  const { images, labels } = limited.test
  const index = drawSample(arm.seed, sampleCount(limited.test))
  const sample = rows(images, index, index + 1) as TensorOf<'uint8'>
  const trained = { arm, model: modelOf(arm, limited), weights: journal.end.chosen }
  const [prediction] = await predict(backend, trained, sample)
  if (prediction === undefined) throw new Error('internal: no prediction')
  return { index, label: labels.data[index], prediction }
}
