/** Measures how the time of a step grows with the network and the batch, and memory with the data set. */
import { freemem } from 'node:os'
import { sampleCount } from '@isograd/core'
import { type AskedBackend, type BenchContext, type BenchStart, headOf, measureRounds, withContext } from './context.js'
import { GROWTH_SCHEMA, type GrowthBench, type GrowthDocument, type MemoryBench } from './document.js'
import type { Entrant } from './interleave.js'
import type { TrainTiming } from './jobs/stopwatch.js'
import { fitLine, fitPower, type Point, summarise } from './statistics.js'
import { type Workload, workloadFrom } from './workload.js'

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

/** The growth of one dimension from its points. */
export function growthOf(
  { name, network }: Pick<Dimension, 'name' | 'network'>,
  backend: string,
  points: GrowthBench['points'],
): GrowthBench {
  const pairs = points.map(({ size, stepSeconds }): Point => [size, stepSeconds.median])
  const upper = pairs.slice(Math.floor((pairs.length - 1) / 2))
  return { backend, dimension: name, network, points, fit: fitPower(pairs), upperFit: fitPower(upper) }
}

/** The growth of memory from its points. */
export function memoryOf(backend: string, points: MemoryBench['points'], rowBytes: number): MemoryBench {
  const fit = fitLine(points.map(({ rows, peakBytes }) => [rows, peakBytes]))
  return { backend, points, fit, rowBytes, copies: fit.slope / rowBytes }
}

/** A size of a dimension on a backend, to be measured. */
interface Sized extends Entrant<TrainTiming> {
  readonly backend: string
  readonly dimension: Dimension
  readonly size: number
}

function sizesOf(context: BenchContext, { asked, name: backend }: AskedBackend, dimension: Dimension): Sized[] {
  const { dataset, stored, settings, effort, measure } = context
  return dimension.sizes.map((size) => {
    const workload = dimension.workload(size)
    const rows = Math.max(sampleCount(dataset.train), FEWEST_STEPS * workload.arm.batchSize)
    const job = { backend: asked, threads: settings.threads, workload, stored: { ...stored, rows }, effort }
    const name = `${backend}, ${dimension.name} ${size}`
    return { name, backend, dimension, size, measure: () => measure('train', job) }
  })
}

async function measureGrowth(context: BenchContext): Promise<GrowthBench[]> {
  const { backends } = context
  const sized = backends.flatMap((backend) => dimensions.flatMap((dimension) => sizesOf(context, backend, dimension)))
  const results = await measureRounds(context, 'growth', sized)
  const pointsOf = (backend: string, dimension: Dimension): GrowthBench['points'] =>
    sized.flatMap((one, i) => {
      const seconds = results[i]?.map(({ stepSeconds }) => stepSeconds) ?? []
      if (one.backend !== backend || one.dimension !== dimension || seconds.length === 0) return []
      return [{ size: one.size, stepSeconds: summarise(seconds) }]
    })
  return backends.flatMap(({ name }) =>
    dimensions.flatMap((dimension) => {
      const points = pointsOf(name, dimension)
      return points.length === 0 ? [] : [growthOf(dimension, name, points)]
    }),
  )
}

/** Peak memory of a training on so many rows. It is no matter of noise: once is enough. */
async function peakOf(context: BenchContext, backend: AskedBackend, rows: number): Promise<MemoryBench['points']> {
  const { stored, settings, measure } = context
  const effort = { warmSeconds: 0, steps: 1, seconds: 0 }
  const common = { backend: backend.asked, threads: settings.threads, workload: memoryWorkload, effort }
  const name = `${backend.name}, ${rows} rows`
  const entrant = { name, measure: () => measure('train', { ...common, stored: { ...stored, rows } }) }
  const [timings = []] = await measureRounds(context, 'growth', [entrant], 1)
  return timings.flatMap(({ peakBytes }) => (peakBytes === undefined ? [] : [{ rows, peakBytes }]))
}

async function measureMemory(context: BenchContext): Promise<MemoryBench[]> {
  const rowBytes = context.dataset.sampleShape.reduce((product, dimension) => product * dimension, 1)
  const found: MemoryBench[] = []
  for (const backend of context.backends) {
    const points: MemoryBench['points'][number][] = []
    for (const rows of memoryRows) {
      if (rows * rowBytes * COPIES_FEARED > freemem()) {
        context.skipped.push({ subject: backend.name, preset: `${rows} rows`, reason: 'not enough free memory' })
        continue
      }
      // oxlint-disable-next-line no-await-in-loop -- two large processes at once might not fit
      points.push(...(await peakOf(context, backend, rows)))
    }
    if (points.length > 0) found.push(memoryOf(backend.name, points, rowBytes))
  }
  return found
}

/** Runs `--growth`. @throws InputError, BackendError as `withContext`. */
export async function runGrowth(start: BenchStart): Promise<GrowthDocument> {
  return withContext(start, async (context) => {
    const growth = await measureGrowth(context)
    const memory = await measureMemory(context)
    return { schema: GROWTH_SCHEMA, ...headOf(context), growth, memory }
  })
}
