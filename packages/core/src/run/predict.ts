/** What a trained model makes of samples: probabilities of the classes, on any backend. */
import type { Backend } from '../backend/contract.js'
import type { ArmSpec } from '../experiment/schema.js'
import type { Model } from '../model/model.js'
import { lowerInference } from '../plan/inference.js'
import { modelCarry } from '../plan/inputs.js'
import { names } from '../plan/names.js'
import { RandomStream } from '../random/stream.js'
import type { TensorMap, TensorOf } from '../tensor.js'

/** A trained model. */
export interface TrainedModel {
  readonly arm: ArmSpec
  readonly model: Model
  /** Parameters and layer states, at least. */
  readonly weights: TensorMap
}

/** What a model makes of one sample. */
export interface Prediction {
  /** The class with the largest logit, the first of equals; -1 where the logits are not numbers. */
  readonly label: number
  readonly logits: readonly number[]
  readonly probabilities: readonly number[]
}

function row(values: ArrayLike<number>, classes: number, sample: number): number[] {
  return Array.from({ length: classes }, (_, i) => values[sample * classes + i] ?? Number.NaN)
}

/**
 * Predictions for samples of bytes, [count, ...sampleShape] with at least one; pixels are divided by 255 as in training.
 * @throws InputError when samples or weights do not fit the model; BackendError when the backend fails.
 */
export async function predict(
  backend: Backend,
  { arm, model, weights }: TrainedModel,
  samples: TensorOf<'uint8'>,
): Promise<Prediction[]> {
  const [count = 0, ...sampleShape] = samples.shape
  const executable = await backend.compile(lowerInference(arm, model, sampleShape, 'bytes'), {})
  try {
    const xs = { [names.samples]: { ...samples, shape: [1, ...samples.shape] } }
    const { ys } = await executable.scan(modelCarry(model, weights), xs)
    const [logits, probabilities] = [ys[names.logits]?.data ?? [], ys[names.probabilities]?.data ?? []]
    const classes = logits.length / count
    return Array.from({ length: count }, (_, i) => {
      const ofSample = row(logits, classes, i)
      return {
        label: ofSample.indexOf(Math.max(...ofSample)),
        logits: ofSample,
        probabilities: row(probabilities, classes, i),
      }
    })
  } finally {
    await executable.dispose()
  }
}

/** The test sample that a run shows at its end: drawn by its seed, so that every backend shows the same. */
export function drawSample(seed: number, count: number): number {
  return new RandomStream(seed, 'sample').below(count)
}
