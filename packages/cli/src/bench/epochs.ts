/** Measures what an epoch costs beside the backend's scans, and what probing gradients adds to it. */
import { type BenchContext, measureRounds } from './context.js'
import { type EpochBench, epochBench, type SubjectBench } from './document.js'
import { describeData, planOn, shortened, type Workload } from './workload.js'

const PROBE_EVERY = 100
/** An epoch that lasts longer is cut short, but never below so many steps, so that probes fall into it. */
const EPOCH_SECONDS = 2
const FEWEST_STEPS = 2 * PROBE_EVERY
/** Probing adds less than the machine's noise of seconds: many short stretches in turns, each as long as a few scans. */
const STRETCH_SECONDS = 0.35
const STRETCHES_A_REPETITION = 8

/** Steps of an epoch to be timed. */
export function stepsToTime(perEpoch: number, stepSeconds: number, asked: number | undefined): number {
  return Math.min(perEpoch, asked ?? Math.max(FEWEST_STEPS, Math.ceil(EPOCH_SECONDS / stepSeconds)))
}

/** Steps of a stretch: as many whole periods of the probe as last long enough. */
export function stepsOfStretch(stepSeconds: number): number {
  return PROBE_EVERY * Math.max(1, Math.ceil(STRETCH_SECONDS / (PROBE_EVERY * stepSeconds)))
}

/**
 * Times epochs of every backend among the subjects, whose steps are known to take so long; none of those that take so
 * long for the steps between two probes that nothing around them would show, unless a number of steps is asked for.
 */
export async function measureEpochs(
  context: BenchContext,
  workload: Workload,
  subjects: readonly SubjectBench[],
): Promise<EpochBench[]> {
  const { backends, settings, dataset, stored, measure } = context
  const { threads, repetitions, steps } = settings
  const data = describeData(dataset)
  const { perEpoch } = planOn(workload, context)
  const entrants = backends.flatMap(({ asked, name: backend }) =>
    subjects
      .filter(({ name }) => name === backend)
      .filter(({ stepSeconds: { median } }) => steps !== undefined || PROBE_EVERY * median <= EPOCH_SECONDS)
      .map(({ stepSeconds: { median } }) => {
        const timed = stepsToTime(perEpoch, median, steps)
        const job = {
          backend: asked,
          threads,
          workload: shortened(workload, data, timed),
          stored,
          epochs: repetitions,
          probeEvery: PROBE_EVERY,
          // An effort counted in steps is for those who want to be done: a probe or two, and no figures to rely on.
          stretch: steps ?? stepsOfStretch(median),
          stretches: repetitions * (steps === undefined ? STRETCHES_A_REPETITION : 1),
        }
        return { name: `${backend}, epochs`, backend, measure: () => measure('epochs', job) }
      }),
  )
  const measured = await measureRounds(context, workload.preset, entrants, 1)
  return measured.flatMap(({ entrant, results }) =>
    results.map((timing) => epochBench(entrant.backend, PROBE_EVERY, timing)),
  )
}
