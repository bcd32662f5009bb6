/** A tiny data set of random pixels for tests of the runner: nothing can be learned from it, and nothing need be. */
import { type DataTable, dataTable, type Dataset } from '../src/data/dataset.js'
import { pictureFields } from '../src/data/formats/picture-fields.js'
import { RandomStream } from '../src/random/stream.js'
import { tensor } from '../src/tensor.js'

function noise(count: number, seed: number): DataTable {
  const stream = new RandomStream(seed, 'sample')
  return dataTable({
    image: tensor(
      'uint8',
      [count, 4, 4],
      Array.from({ length: count * 16 }, () => stream.below(256)),
    ),
    label: tensor(
      'uint8',
      [count],
      Array.from({ length: count }, () => stream.below(10)),
    ),
  })
}

/** 4x4 pixels, ten classes. */
export function noiseDataset(train: number, test: number): Dataset {
  return {
    name: 'noise',
    origin: 'noise',
    fields: pictureFields([4, 4], 10),
    target: 'label',
    splits: { train: noise(train, 1), test: noise(test, 2) },
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
