/** Measures what an epoch costs beside the backend's scans, and what probing gradients adds to it. */
import { type AskedBackend, type BenchContext, measureRounds } from './context.js'
import type { EpochBench } from './document.js'
import type { EpochTiming } from './jobs/epochs.js'
import { summarise } from './statistics.js'
import { describeData, epochSteps, shortened, type Workload } from './workload.js'

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

/** The shares by epoch, and what probing adds by pair of stretches. */
export function summariseEpochs(backend: string, { stepsPerEpoch, epochs, stretches }: EpochTiming): EpochBench {
  return {
    backend,
    stepsPerEpoch,
    epochSeconds: summarise(epochs.map(({ seconds }) => seconds)),
    around: summarise(epochs.map(({ seconds, inside }) => 1 - inside / seconds)),
    probeEvery: PROBE_EVERY,
    probing: summarise(stretches.map(({ plain, probed }) => probed / plain - 1)),
  }
}

/** Times epochs of a backend whose steps are known to take so many seconds; none when the backend fails. */
export async function measureEpochs(
  context: BenchContext,
  { asked, name }: AskedBackend,
  workload: Workload,
  stepSeconds: number,
): Promise<EpochBench[]> {
  const { settings, dataset, stored, measure } = context
  const { threads, repetitions, steps } = settings
  const data = describeData(dataset)
  const timed = stepsToTime(epochSteps(workload.arm, data.train), stepSeconds, steps)
  const job = {
    backend: asked,
    threads,
    workload: shortened(workload, data, timed),
    stored,
    epochs: repetitions,
    probeEvery: PROBE_EVERY,
    // An effort counted in steps is for those who want to be done: a probe or two, and no figures to rely on.
    stretch: steps ?? stepsOfStretch(stepSeconds),
    stretches: repetitions * (steps === undefined ? STRETCHES_A_REPETITION : 1),
  }
  const entrant = { name: `${name}, epochs`, measure: () => measure('epochs', job) }
  const [results = []] = await measureRounds(context, workload.preset, [entrant], 1)
  return results.map((timing) => summariseEpochs(name, timing))
}
