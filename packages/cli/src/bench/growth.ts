/** Measures how the time of a step grows with the network and the batch, and memory with the data set. */
import { freemem } from 'node:os'
import { type AskedBackend, type BenchContext, type BenchStart, headOf, measureRounds, withContext } from './context.js'
import {
  GROWTH_SCHEMA,
  type GrowthBench,
  type GrowthDocument,
  growthOf,
  type MemoryBench,
  memoryOf,
} from './growth-document.js'
import type { Entrant, Entry } from './interleave.js'
import type { TrainTiming } from './jobs/stopwatch.js'
import { summarise } from './statistics.js'
import { rowBytes, type Workload, workloadFrom } from './workload.js'

/** Steps that an epoch has at least: a scan must not be cut short by the end of the data. */
const FEWEST_STEPS = 32
/** Copies of a data set that are feared to be in memory at once: a size that would not fit is left out. */
const COPIES_FEARED = 4

/** Rows of the data sets on which memory is measured. */
export const memoryRows: readonly number[] = [60_000, 120_000, 300_000, 600_000, 1_200_000]

/** A dimension with the sizes that it takes. */
export interface Dimension {
  readonly name: 'width' | 'depth' | 'batch'
  /** The network, in words. */
  readonly network: string
  readonly sizes: readonly number[]
  readonly workload: (size: number) => Workload
}

/** `depth` hidden layers of `width` relu units, from weights under which nothing vanishes, trained with Adam. */
function networkOf(width: number, depth: number, batch: number): Workload {
  const hidden = [{ type: 'dense', units: width }, { type: 'activation' }]
  const layers = [{ type: 'flatten' }, { type: 'repeat', times: depth, layers: hidden }, { type: 'dense', units: 10 }]
  return workloadFrom({
    name: `${depth}x${width}-batch${batch}`,
    data: { dataset: 'digits' },
    model: { layers },
    initializers: { weights: { type: 'heUniform' }, biases: { type: 'zeros' } },
    optimizer: { type: 'adam' },
    batchSize: batch,
    epochs: 1,
    lastBatch: 'drop',
  })
}

/** Every dimension. */
export const dimensions: readonly Dimension[] = [
  {
    name: 'width',
    network: '784-n-n-10, batch 64',
    sizes: [64, 128, 256, 512, 1024, 2048],
    workload: (width) => networkOf(width, 2, 64),
  },
  {
    name: 'depth',
    network: 'n hidden layers of 64, batch 64',
    sizes: [1, 2, 4, 8, 16, 32, 64],
    workload: (depth) => networkOf(64, depth, 64),
  },
  {
    name: 'batch',
    network: '784-256-256-10, batch n',
    sizes: [1, 4, 16, 64, 256, 1024, 4096],
    workload: (batch) => networkOf(256, 2, batch),
  },
]

/** The network on which memory is measured: so small that the data set is what counts. */
export const memoryWorkload: Workload = networkOf(10, 1, 64)

/** A network or a number of rows on a backend, to be measured. */
interface Sized extends Entrant<TrainTiming> {
  readonly backend: string
  readonly dimension: Dimension | undefined
  readonly size: number
}

/** Networks that grow. */
function sizedNetworks(context: BenchContext, { asked, name: backend }: AskedBackend): Sized[] {
  const { dataset, stored, settings, effort, measure } = context
  return dimensions.flatMap((dimension) =>
    dimension.sizes.map((size) => {
      const workload = dimension.workload(size)
      const rows = Math.max(dataset.splits.train.count, FEWEST_STEPS * workload.arm.batchSize)
      const job = { backend: asked, threads: settings.threads, workload, stored: { ...stored, rows }, effort }
      const name = `${backend}, ${dimension.name} ${size}`
      return { name, backend, dimension, size, measure: () => measure('train', job) }
    }),
  )
}

/** Data sets that grow, as far as they fit into memory. */
function sizedData(context: BenchContext, { asked, name: backend }: AskedBackend, bytes: number): Sized[] {
  const { stored, settings, skipped, measure } = context
  const effort = { warmSeconds: 0, steps: 1, seconds: 0 }
  return memoryRows.flatMap((rows) => {
    if (rows * bytes * COPIES_FEARED > freemem()) {
      skipped.push({ subject: backend, preset: `${rows} rows`, reason: 'not enough free memory' })
      return []
    }
    const common = { backend: asked, threads: settings.threads, workload: memoryWorkload, effort }
    const job = { ...common, stored: { ...stored, rows } }
    const name = `${backend}, ${rows} rows`
    return [{ name, backend, dimension: undefined, size: rows, measure: () => measure('train', job) }]
  })
}

type SizedEntry = Entry<Sized>

function growthsOf(entries: readonly SizedEntry[], backend: string): GrowthBench[] {
  return dimensions.flatMap((dimension) => {
    const points = entries
      .filter(({ entrant }) => entrant.backend === backend && entrant.dimension === dimension)
      .map(({ entrant: { size }, results }) => {
        return { size, stepSeconds: summarise(results.map(({ stepSeconds }) => stepSeconds)) }
      })
    return points.length === 0 ? [] : [growthOf(dimension, backend, points)]
  })
}

function memoriesOf(entries: readonly SizedEntry[], backend: string, bytes: number): MemoryBench[] {
  const points = entries
    .filter(({ entrant }) => entrant.backend === backend)
    .flatMap(({ entrant: { size: rows }, results }) =>
      results.flatMap(({ peakBytes }) => (peakBytes === undefined ? [] : [{ rows, peakBytes }])),
    )
  return points.length === 0 ? [] : [memoryOf(backend, points, bytes)]
}

/** Runs `--growth`. @throws InputError, BackendError as `withContext`. */
export async function runGrowth(start: BenchStart): Promise<GrowthDocument> {
  return withContext(start, async (context) => {
    const { backends, dataset } = context
    const bytes = rowBytes(dataset)
    const networks = backends.flatMap((backend) => sizedNetworks(context, backend))
    const timed = await measureRounds(context, 'growth', networks)
    // Peak memory is no matter of noise: once is enough.
    const data = backends.flatMap((backend) => sizedData(context, backend, bytes))
    const filled = await measureRounds(context, 'growth', data, 1)
    return {
      schema: GROWTH_SCHEMA,
      ...headOf(context),
      growth: backends.flatMap(({ name }) => growthsOf(timed, name)),
      memory: backends.flatMap(({ name }) => memoriesOf(filled, name, bytes)),
    }
  })
}
