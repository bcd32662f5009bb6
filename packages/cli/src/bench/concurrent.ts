/**
 * Several trainings at once: two seeds of an arm, one after the other, at once in one command, and each in a process of
 * its own at the same time. The last says what the machine itself gives.
 */
import { availableParallelism } from 'node:os'
import { type ArmSpec, stepsPerEpoch } from '@isograd/core'
import type { PresetBench, TogetherBench } from './document.js'
import type { DataResult, TogetherJob } from './job.js'
import { shortened } from './around.js'
import type { BenchedArm } from './networks.js'
import { type Entrant, interleave } from './rounds.js'
import type { OpenSite, SiteBackend } from './site.js'
import { ratios, summarise } from './statistics.js'

const SEEDS = [0, 1]
const JOBS = 2
/** A training on the slowest of the backends is to last about so long. */
const TRAINING_SECONDS = 3

/** What is trained, and on what. */
interface TogetherTask {
  readonly benched: BenchedArm
  readonly backends: readonly SiteBackend[]
  /** The arm, as long as is wanted, and its steps. */
  readonly arm: ArmSpec
  readonly steps: number
}

/** The arm with about so many steps: a part of an epoch, or whole ones. */
export function armOfSteps(arm: ArmSpec, data: DataResult, wanted: number): Pick<TogetherTask, 'arm' | 'steps'> {
  const { batchSize, lastBatch } = arm
  const perEpoch = stepsPerEpoch({ samples: data.train, batchSize, lastBatch })
  const epochs = Math.max(1, Math.round(wanted / perEpoch))
  const steps = Math.min(wanted, perEpoch)
  return { arm: { ...shortened(arm, data, steps), epochs }, steps: steps * epochs }
}

function taskOf(
  { settings, data }: OpenSite,
  benched: BenchedArm,
  backends: readonly SiteBackend[],
  { subjects }: PresetBench,
): TogetherTask {
  const slowest = Math.max(
    ...subjects
      .filter(({ name }) => backends.some((each) => each.name === name))
      .map(({ stepSeconds }) => stepSeconds.median),
  )
  const wanted = settings.steps ?? Math.max(1, Math.round(TRAINING_SECONDS / slowest))
  return { benched, backends, ...armOfSteps(benched.arm, data, wanted) }
}

function entrantsOf({ settings, place, measure }: OpenSite, { backends, arm }: TogetherTask): Entrant<number>[] {
  const job: TogetherJob = {
    kind: 'together',
    backends: backends.map(({ asked }) => asked),
    threads: settings.threads,
    arm,
    seeds: SEEDS,
    data: place,
    jobs: 1,
  }
  const apart = SEEDS.map((seed) => ({ ...job, seeds: [seed] }))
  return [
    { name: 'one by one', measure: async () => (await measure(job)).seconds },
    { name: `${JOBS} at once`, measure: async () => (await measure({ ...job, jobs: JOBS })).seconds },
    {
      name: `${JOBS} processes`,
      measure: async () => {
        const results = await Promise.all(apart.map((each) => measure(each)))
        return Math.max(...results.map(({ seconds }) => seconds))
      },
    },
  ]
}

async function measureTask(site: OpenSite, task: TogetherTask): Promise<TogetherBench | undefined> {
  const { settings, stage, failures } = site
  const { benched, backends, steps } = task
  const names = backends.map(({ name }) => name)
  const entries = await interleave(entrantsOf(site, task), settings.repetitions, (round, name) =>
    stage(`${benched.preset}, round ${round + 1} of ${settings.repetitions}: ${SEEDS.length} seeds, ${name}`),
  )
  const failed = entries.find(({ failure }) => failure !== undefined)
  if (failed?.failure !== undefined) {
    const subject = `${names.join(' and ')}, ${failed.name}`
    failures.push({ preset: benched.preset, subject, message: failed.failure })
    return undefined
  }
  const [oneByOne = [], together = [], apart = []] = entries.map(({ results }) => results)
  return {
    preset: benched.preset,
    arm: benched.armName,
    backends: names,
    seeds: SEEDS.length,
    steps,
    jobs: JOBS,
    oneByOneSeconds: summarise(oneByOne),
    togetherSeconds: summarise(together),
    apartSeconds: summarise(apart),
    speedUp: ratios(oneByOne, together),
    apartSpeedUp: ratios(oneByOne, apart),
  }
}

/** On the first backend alone, and on all of them, with the largest network of those that were measured. */
export async function benchTogether(
  site: OpenSite,
  arms: readonly BenchedArm[],
  presets: readonly PresetBench[],
): Promise<TogetherBench[]> {
  const order = presets
    .map((_, i) => i)
    .toSorted((a, b) => (presets[b]?.parameters ?? 0) - (presets[a]?.parameters ?? 0))
  const [largest = 0] = order
  const [preset, benched] = [presets[largest], arms[largest]]
  if (preset === undefined || benched === undefined) return []
  if (availableParallelism() < JOBS) {
    site.skipped.push({ subject: `${JOBS} trainings at once`, reason: 'there is one core' })
    return []
  }
  const measured = site.backends.filter(({ name }) => preset.subjects.some((subject) => subject.name === name))
  const choices = [measured.slice(0, 1), ...(measured.length > 1 ? [measured] : [])]
  const found: TogetherBench[] = []
  for (const backends of choices.filter((each) => each.length > 0)) {
    // oxlint-disable-next-line no-await-in-loop -- side by side they would slow each other down
    const bench = await measureTask(site, taskOf(site, benched, backends, preset))
    if (bench !== undefined) found.push(bench)
  }
  return found
}
