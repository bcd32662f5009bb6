/**
 * Measures several trainings at once: two seeds of an arm, one after the other, at once in one command, and each in a
 * process of its own at the same time. The last says what the machine itself gives.
 */
import { availableParallelism } from 'node:os'
import { type AskedBackend, type BenchContext, measureRounds } from './context.js'
import { type ConcurrentBench, concurrentBench, type PresetBench } from './document.js'
import type { Entrant } from './interleave.js'
import { describeData, planOn, shortened, type Workload } from './workload.js'

const SEEDS = [0, 1]
const JOBS = 2
/** A training on the slowest of the backends is to last about so long. */
const TRAINING_SECONDS = 3

/** The workload with about so many steps: a part of an epoch, or whole ones. */
function withSteps(workload: Workload, context: BenchContext, wanted: number): { workload: Workload; steps: number } {
  const { perEpoch } = planOn(workload, context)
  const epochs = Math.max(1, Math.round(wanted / perEpoch))
  const steps = Math.min(wanted, perEpoch)
  const { arm, ...names } = shortened(workload, describeData(context.dataset), steps)
  return { workload: { ...names, arm: { ...arm, epochs } }, steps: steps * epochs }
}

/** The three ways of training two seeds. */
function entrantsOf(
  { settings, stored, measure }: BenchContext,
  backends: readonly AskedBackend[],
  training: { workload: Workload; steps: number },
): Entrant<number>[] {
  const { threads, timeoutSeconds } = settings
  const asked = backends.map((backend) => backend.asked)
  const timed = async (seeds: readonly number[], jobs: number): Promise<number> =>
    (await measure('concurrent', { backends: asked, threads, timeoutSeconds, ...training, seeds, stored, jobs }))
      .seconds
  const label = `${backends.map(({ name }) => name).join(' and ')}, ${SEEDS.length} seeds`
  const apart = async (): Promise<number> => Math.max(...(await Promise.all(SEEDS.map((seed) => timed([seed], 1)))))
  return [
    { name: `${label}, one by one`, measure: () => timed(SEEDS, 1) },
    { name: `${label}, ${JOBS} at once`, measure: () => timed(SEEDS, JOBS) },
    { name: `${label}, ${JOBS} processes`, measure: apart },
  ]
}

async function measureOn(
  context: BenchContext,
  workload: Workload,
  backends: readonly AskedBackend[],
  stepSeconds: number,
): Promise<ConcurrentBench[]> {
  const training = withSteps(
    workload,
    context,
    context.settings.steps ?? Math.max(1, Math.round(TRAINING_SECONDS / stepSeconds)),
  )
  const measured = await measureRounds(context, workload.preset, entrantsOf(context, backends, training))
  const [oneByOne, together, apart] = measured.map(({ results }) => results)
  if (oneByOne === undefined || together === undefined || apart === undefined) return []
  const names = { preset: workload.preset, arm: workload.armName, backends: backends.map(({ name }) => name) }
  const numbers = { seeds: SEEDS.length, steps: training.steps, jobs: JOBS }
  return [{ ...names, ...numbers, ...concurrentBench(oneByOne, together, apart) }]
}

/** On the first backend alone, and on all of them, with the largest network of those that were measured. */
export async function benchConcurrent(
  context: BenchContext,
  workloads: readonly Workload[],
  presets: readonly PresetBench[],
): Promise<ConcurrentBench[]> {
  const largest = presets.toSorted((a, b) => b.parameters - a.parameters).at(0)
  const workload = workloads.find((one) => one.preset === largest?.preset && one.armName === largest.arm)
  if (largest === undefined || workload === undefined) return []
  if (availableParallelism() < JOBS) {
    context.skipped.push({ subject: `${JOBS} trainings at once`, reason: 'there is one core' })
    return []
  }
  const measured = context.backends.flatMap((backend) => {
    const subject = largest.subjects.find(({ name }) => name === backend.name)
    return subject === undefined ? [] : [{ backend, seconds: subject.stepSeconds.median }]
  })
  const found: ConcurrentBench[] = []
  for (const count of new Set([Math.min(1, measured.length), measured.length])) {
    const chosen = measured.slice(0, count)
    const slowest = Math.max(...chosen.map(({ seconds }) => seconds))
    const backends = chosen.map(({ backend }) => backend)
    // oxlint-disable-next-line no-await-in-loop -- side by side they would slow each other down
    if (count > 0) found.push(...(await measureOn(context, workload, backends, slowest)))
  }
  return found
}
