/** What an epoch costs beside the backend's scans, and what probing gradients adds to it. */
import { type ArmSpec, stepsPerEpoch } from '@isograd/core'
import { exitStatus } from '../exit-status.js'
import { deliberateStatus, messageOf } from '../failure.js'
import type { AroundBench } from './document.js'
import type { AroundResult, DataResult } from './job.js'
import type { OpenSite, SiteBackend } from './site.js'
import { summarise } from './statistics.js'

/** What is trained, and how fast it is known to be. */
export interface AroundTask {
  readonly armName: string
  readonly arm: ArmSpec
  readonly stepSeconds: number
}

/** The figures, or what the measurement failed with. */
export type AroundOutcome =
  | { readonly ok: true; readonly bench: AroundBench }
  | { readonly ok: false; readonly message: string }

const PROBE_EVERY = 100
/** An epoch that lasts longer is cut short, but never below so many steps, so that probes fall into it. */
const EPOCH_SECONDS = 2
const FEWEST_STEPS = 2 * PROBE_EVERY
/** Probing adds less than the machine's noise of seconds: many short stretches in turns, each as long as a few scans. */
const STRETCH_SECONDS = 0.35
const STRETCHES_A_REPETITION = 8

/** Steps of an epoch to be timed. */
export function stepsToTime(perEpoch: number, stepSeconds: number, asked: number | undefined): number {
  const fitting = asked ?? Math.max(FEWEST_STEPS, Math.ceil(EPOCH_SECONDS / stepSeconds))
  return Math.min(perEpoch, fitting)
}

/** The arm with an epoch of so many steps; the test set shrinks as the training data does, so that shares stay. */
export function shortened(arm: ArmSpec, { train, test }: DataResult, steps: number): ArmSpec {
  const { limit: _, testLimit: __, ...data } = arm.data
  const limit = Math.min(train, steps * arm.batchSize)
  if (limit === train) return { ...arm, data }
  return { ...arm, data: { ...data, limit, testLimit: Math.max(1, Math.round((test * limit) / train)) } }
}

/** Steps of a stretch: as many whole periods of the probe as last long enough. */
export function stepsOfStretch(stepSeconds: number): number {
  return PROBE_EVERY * Math.max(1, Math.ceil(STRETCH_SECONDS / (PROBE_EVERY * stepSeconds)))
}

/** The shares by epoch, and what probing adds by pair of stretches. */
export function summariseAround(backend: string, result: AroundResult): AroundBench {
  const { plainSeconds, insideSeconds, plainStepSeconds, probedStepSeconds } = result
  return {
    backend,
    stepsPerEpoch: result.stepsPerEpoch,
    epochSeconds: summarise(plainSeconds),
    around: summarise(plainSeconds.map((seconds, i) => 1 - (insideSeconds[i] ?? Number.NaN) / seconds)),
    probeEvery: PROBE_EVERY,
    probing: summarise(plainStepSeconds.map((seconds, i) => (probedStepSeconds[i] ?? Number.NaN) / seconds - 1)),
  }
}

/** Times epochs of a backend. @throws whatever is no failure of the backend. */
export async function measureAround(
  { settings, data, place, measure }: OpenSite,
  { asked, name }: SiteBackend,
  { armName, arm, stepSeconds }: AroundTask,
): Promise<AroundOutcome> {
  const { batchSize, lastBatch } = arm
  const perEpoch = stepsPerEpoch({ samples: data.train, batchSize, lastBatch })
  const steps = stepsToTime(perEpoch, stepSeconds, settings.steps)
  try {
    const result = await measure({
      kind: 'around',
      backend: asked,
      threads: settings.threads,
      armName,
      arm: shortened(arm, data, steps),
      data: place,
      epochs: settings.repetitions,
      probeEvery: PROBE_EVERY,
      // An effort counted in steps is for those who want to be done: a probe or two, and no figures to rely on.
      stretch: settings.steps ?? stepsOfStretch(stepSeconds),
      stretches: settings.repetitions * (settings.steps === undefined ? STRETCHES_A_REPETITION : 1),
    })
    return { ok: true, bench: summariseAround(name, result) }
  } catch (error) {
    if (deliberateStatus(error) !== exitStatus.backend) throw error
    return { ok: false, message: messageOf(error) }
  }
}
