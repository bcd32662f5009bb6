/** Measures how the time of a step grows with the network and the batch, and memory with the data set. */
import { freemem, loadavg } from 'node:os'
import { exitStatus } from '../exit-status.js'
import { deliberateStatus, messageOf } from '../failure.js'
import { GROWTH_SCHEMA, type GrowthBench, type GrowthDocument, type MemoryBench } from './document.js'
import { type Dimension, dimensions, memoryArm, memoryRows } from './growth-networks.js'
import type { TrainResult } from './job.js'
import { type Entry, interleave } from './rounds.js'
import { headOf, type OpenSite, type Site, type SiteBackend, withSite } from './site.js'
import { fitLine, fitPower, type Point, summarise, type Summary } from './statistics.js'

/** Steps that an epoch has at least: a scan must not be cut short by the end of the data. */
const FEWEST_STEPS = 32

/** A data set may come to be in memory so often before a size is left out as too large for the machine. */
const COPIES_FEARED = 4

/** A size of a dimension, by the name of its entrant. */
interface Place {
  readonly backend: string
  readonly dimension: Dimension
  readonly size: number
}

/** The growth of one dimension from its points. */
export function growthOf(
  { name, network }: Pick<Dimension, 'name' | 'network'>,
  backend: string,
  points: readonly { readonly size: number; readonly stepSeconds: Summary }[],
): GrowthBench {
  const pairs = points.map(({ size, stepSeconds }): Point => [size, stepSeconds.median])
  return {
    backend,
    dimension: name,
    network,
    points,
    fit: fitPower(pairs),
    upperFit: fitPower(pairs.slice(Math.floor((pairs.length - 1) / 2))),
  }
}

/** The growth of memory from its points. */
export function memoryOf(
  backend: string,
  points: readonly { readonly rows: number; readonly peakBytes: number }[],
  rowBytes: number,
): MemoryBench {
  const fit = fitLine(points.map(({ rows, peakBytes }) => [rows, peakBytes]))
  return { backend, points, fit, rowBytes, copies: fit.slope / rowBytes }
}

async function timeSize(site: OpenSite, asked: string, { dimension, size }: Place): Promise<TrainResult> {
  const { data, place, settings, effort, measure } = site
  const arm = dimension.armOf(size)
  const rows = Math.max(data.train, FEWEST_STEPS * arm.batchSize)
  return measure({
    kind: 'train',
    backend: asked,
    threads: settings.threads,
    armName: dimension.name,
    arm,
    data: rows === data.train ? place : { ...place, rows },
    effort,
  })
}

function growthByBackend(
  places: readonly Place[],
  entries: readonly Entry<TrainResult>[],
  { backends }: OpenSite,
): GrowthBench[] {
  return backends.flatMap(({ name }) =>
    dimensions.flatMap((dimension) => {
      const points = places.flatMap((place, i) => {
        const results = entries[i]?.results ?? []
        if (place.backend !== name || place.dimension !== dimension || results.length === 0) return []
        return [{ size: place.size, stepSeconds: summarise(results.map(({ stepSeconds }) => stepSeconds)) }]
      })
      return points.length === 0 ? [] : [growthOf(dimension, name, points)]
    }),
  )
}

async function measureGrowth(site: OpenSite): Promise<GrowthBench[]> {
  const { backends, settings, failures, stage } = site
  const askers = backends.flatMap((backend) =>
    dimensions.flatMap((dimension) =>
      dimension.sizes.map((size) => ({ asked: backend.asked, place: { backend: backend.name, dimension, size } })),
    ),
  )
  const entrants = askers.map(({ asked, place }) => ({
    name: `${place.backend}, ${place.dimension.name} ${place.size}`,
    measure: () => timeSize(site, asked, place),
  }))
  const { repetitions } = settings
  const entries = await interleave(entrants, repetitions, (round, name) =>
    stage(`growth, round ${round + 1} of ${repetitions}: ${name}`),
  )
  for (const { name, failure } of entries) {
    if (failure !== undefined) failures.push({ preset: 'growth', subject: name, message: failure })
  }
  return growthByBackend(
    askers.map(({ place }) => place),
    entries,
    site,
  )
}

/** Peak memory is no matter of noise: once is enough. */
async function peakOf(site: OpenSite, { asked, name }: SiteBackend, rows: number): Promise<number | undefined> {
  const { place, settings, measure, failures, stage } = site
  stage(`memory: ${name}, ${rows} rows`)
  try {
    const result = await measure({
      kind: 'train',
      backend: asked,
      threads: settings.threads,
      armName: 'memory',
      arm: memoryArm(),
      data: { ...place, rows },
      effort: { warmSeconds: 0, steps: 1, seconds: 0 },
    })
    return result.peakBytes
  } catch (error) {
    if (deliberateStatus(error) !== exitStatus.backend) throw error
    failures.push({ preset: 'growth', subject: `${name}, ${rows} rows`, message: messageOf(error) })
    return undefined
  }
}

async function measureMemory(site: OpenSite): Promise<MemoryBench[]> {
  const rowBytes = site.data.sampleShape.reduce((product, dimension) => product * dimension, 1)
  const found: MemoryBench[] = []
  for (const backend of site.backends) {
    const points: { rows: number; peakBytes: number }[] = []
    for (const rows of memoryRows) {
      if (rows * rowBytes * COPIES_FEARED > freemem()) {
        site.skipped.push({ subject: backend.name, preset: `${rows} rows`, reason: 'not enough free memory' })
        continue
      }
      // oxlint-disable-next-line no-await-in-loop -- two large processes at once might not fit
      const peakBytes = await peakOf(site, backend, rows)
      if (peakBytes !== undefined) points.push({ rows, peakBytes })
    }
    if (points.length > 0) found.push(memoryOf(backend.name, points, rowBytes))
  }
  return found
}

/** Runs `--growth`. @throws InputError, BackendError as `withSite`. */
export async function runGrowth(site: Site): Promise<GrowthDocument> {
  const loadAverage = loadavg()[0] ?? Number.NaN
  return withSite(site, async (open) => {
    const growth = await measureGrowth(open)
    const memory = await measureMemory(open)
    return { schema: GROWTH_SCHEMA, ...headOf(open, loadAverage), growth, memory }
  })
}
