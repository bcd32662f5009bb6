/** A tiny data set of random pixels for tests of the runner: nothing can be learned from it, and nothing need be. */
import type { Dataset } from '../src/data/dataset.js'
import { type Split, tensor } from '../src/index.js'
import { RandomStream } from '../src/random/stream.js'

function noise(count: number, seed: number): Split {
  const stream = new RandomStream(seed, 'sample')
  return {
    images: tensor(
      'uint8',
      [count, 4, 4],
      Array.from({ length: count * 16 }, () => stream.below(256)),
    ),
    labels: tensor(
      'uint8',
      [count],
      Array.from({ length: count }, () => stream.below(10)),
    ),
  }
}

/** 4x4 pixels, ten classes. */
export function noiseDataset(train: number, test: number): Dataset {
  return {
    name: 'noise',
    classes: 10,
    sampleShape: [4, 4],
    train: noise(train, 1),
    test: noise(test, 2),
    origin: 'noise',
  }
}

/** A document of a small network for that data. */
export function smallDocument(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    name: 'small',
    data: { dataset: 'noise' },
    model: {
      layers: [{ type: 'flatten' }, { type: 'dense', units: 8 }, { type: 'activation' }, { type: 'dense', units: 10 }],
    },
    optimizer: { type: 'adam' },
    batchSize: 16,
    epochs: 2,
    ...changes,
  }
}
