/** The networks of `--growth`: one dimension grows, the others stay. */
import { type ArmSpec, ONLY_ARM, parseExperiment } from '@isograd/core'

/** A dimension with the sizes that it takes. */
export interface Dimension {
  readonly name: 'width' | 'depth' | 'batch'
  /** What the network is, in words. */
  readonly network: string
  readonly sizes: readonly number[]
  readonly armOf: (size: number) => ArmSpec
}

interface Extent {
  readonly width: number
  readonly depth: number
  readonly batch: number
}

function doubling(from: number, to: number, factor = 2): number[] {
  return from > to ? [] : [from, ...doubling(from * factor, to, factor)]
}

/** `depth` hidden layers of `width` relu units, from weights under which nothing vanishes, trained with Adam. */
function armOf({ width, depth, batch }: Extent): ArmSpec {
  const hidden = [{ type: 'dense', units: width }, { type: 'activation' }]
  const layers = [{ type: 'flatten' }, { type: 'repeat', times: depth, layers: hidden }, { type: 'dense', units: 10 }]
  const document = {
    name: `${depth}x${width}-batch${batch}`,
    data: { dataset: 'digits' },
    model: { layers },
    initializers: { weights: { type: 'heUniform' }, biases: { type: 'zeros' } },
    optimizer: { type: 'adam' },
    batchSize: batch,
    epochs: 1,
    lastBatch: 'drop',
  }
  const arm = parseExperiment(document).arms[ONLY_ARM]
  if (arm === undefined) throw new Error('internal: an experiment without arms has one')
  return arm
}

/** Every dimension. */
export const dimensions: readonly Dimension[] = [
  {
    name: 'width',
    network: '784-n-n-10, batch 64',
    sizes: doubling(64, 2048),
    armOf: (width) => armOf({ width, depth: 2, batch: 64 }),
  },
  {
    name: 'depth',
    network: 'n hidden layers of 64, batch 64',
    sizes: doubling(1, 64),
    armOf: (depth) => armOf({ width: 64, depth, batch: 64 }),
  },
  {
    name: 'batch',
    network: '784-256-256-10, batch n',
    sizes: doubling(1, 4096, 4),
    armOf: (batch) => armOf({ width: 256, depth: 2, batch }),
  },
]

/** The network on which memory is measured: so small that the data set is what counts. */
export function memoryArm(): ArmSpec {
  return armOf({ width: 10, depth: 1, batch: 64 })
}

/** Rows of the data sets on which memory is measured. */
export const memoryRows: readonly number[] = [60_000, 120_000, 300_000, 600_000, 1_200_000]
