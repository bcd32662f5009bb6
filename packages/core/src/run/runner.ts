/**
 * Trains one arm on one backend and tells what happens as an async iterator of events. It owns the order of things:
 * epochs, shuffles, the partial last batch, probes, evaluation. It knows no backend by name, and how it cuts an epoch
 * into scans never changes a result, because a scan of many steps equals many scans of one.
 */
import type { Backend } from '../backend.js'
import { type Dataset, firstSamples, sampleCount } from '../data/dataset.js'
import { epochOrder, stepsPerEpoch, wholeBatches } from '../data/batching.js'
import type { ArmSpec } from '../spec/schema.js'
import type { TensorMap } from '../tensor.js'
import { initialCarry } from '../train/inputs.js'
import type { RunEvent, StartEvent, StepsEvent } from './events.js'
import { closeSession, evaluateAll, openSession, probeGradients, type Session, trainSteps } from './session.js'

/** What to train, on what. */
export interface TrainOptions {
  readonly backend: Backend
  /** Name of the arm, for events and records. */
  readonly armName: string
  readonly arm: ArmSpec
  readonly dataset: Dataset
  /** Stops the run between two scans: the iterator throws the signal's reason. */
  readonly signal?: AbortSignal
}

/** Seconds that one scan aims at: long enough to cost nothing, short enough for progress and Ctrl-C. */
const SCAN_SECONDS = 0.25
const FIRST_SCAN_STEPS = 8

/** How many steps the next scan takes, learned from how long the last ones took. */
class Pace {
  #steps = FIRST_SCAN_STEPS

  next(available: number): number {
    return Math.max(1, Math.min(this.#steps, available))
  }

  learn(steps: number, seconds: number): void {
    const fitting = Math.floor((SCAN_SECONDS * steps) / Math.max(seconds, 1e-6))
    this.#steps = Math.max(1, Math.min(fitting, 4 * this.#steps, 4096))
  }
}

function secondsSince(start: number): number {
  return (performance.now() - start) / 1000
}

/** Lets timers and signal handlers run: some backends compute on this thread without a pause. */
function breathe(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0)
  })
}

/** The data set as the arm limits it; the samples stay where they are. */
export function limitDataset(arm: ArmSpec, dataset: Dataset): Dataset {
  const { limit, testLimit } = arm.data
  return {
    ...dataset,
    train: limit === undefined ? dataset.train : firstSamples(dataset.train, limit),
    test: testLimit === undefined ? dataset.test : firstSamples(dataset.test, testLimit),
  }
}

/** Whether gradients are probed at a step: the first, the last, and every so many. */
function isProbed(session: Session, step: number, totalSteps: number): boolean {
  const { every } = session.arm.probes
  return step === 0 || step === totalSteps - 1 || (every !== undefined && step % every === 0)
}

/** Steps from `first` on that one scan may take: up to a probe, to the partial batch, or to the epoch's end. */
function scanLimit(session: Session, stepInEpoch: number, epoch: number, totalSteps: number): number {
  const perEpoch = stepsPerEpoch(session.plan)
  const whole = wholeBatches(session.plan)
  const stop = stepInEpoch < whole ? whole : perEpoch
  let count = 1
  while (stepInEpoch + count < stop && !isProbed(session, epoch * perEpoch + stepInEpoch + count, totalSteps)) count++
  return count
}

/** What passes from epoch to epoch. */
interface Progress {
  carry: TensorMap
  seconds: number
}

async function* trainEpoch(
  session: Session,
  epoch: number,
  progress: Progress,
  pace: Pace,
  signal: AbortSignal | undefined,
): AsyncGenerator<RunEvent, { trainLoss: number; seconds: number }> {
  const perEpoch = stepsPerEpoch(session.plan)
  const totalSteps = perEpoch * session.arm.epochs
  const order = epochOrder(session.arm.seed, epoch, session.plan.samples)
  let [lossSum, samples, epochSeconds] = [0, 0, 0]
  for (let first = 0; first < perEpoch;) {
    signal?.throwIfAborted()
    const globalFirst = epoch * perEpoch + first
    if (isProbed(session, globalFirst, totalSteps)) {
      const layers = await probeGradients(session, progress.carry, order, { first, globalFirst })
      yield { type: 'gradients', step: globalFirst, layers }
    }
    const count = pace.next(scanLimit(session, first, epoch, totalSteps))
    const start = performance.now()
    const { carry, losses, batch } = await trainSteps(session, progress.carry, order, { first, count, globalFirst })
    const seconds = secondsSince(start)
    pace.learn(count, seconds)
    progress.carry = carry
    epochSeconds += seconds
    for (const loss of losses) lossSum += loss * batch
    samples += batch * count
    yield { type: 'steps', epoch, first: globalFirst, losses, batch, seconds } satisfies StepsEvent
    await breathe()
    first += count
  }
  return { trainLoss: lossSum / samples, seconds: epochSeconds }
}

function startEvent(options: TrainOptions, session: Session, dataset: Dataset): StartEvent {
  const perEpoch = stepsPerEpoch(session.plan)
  return {
    type: 'start',
    preset: options.arm.name,
    arm: options.armName,
    spec: options.arm,
    backend: options.backend.name,
    backendInfo: options.backend.info,
    dataset: {
      name: dataset.name,
      origin: dataset.origin,
      train: sampleCount(dataset.train),
      test: sampleCount(dataset.test),
    },
    layers: session.model.allLayers,
    stepsPerEpoch: perEpoch,
    steps: perEpoch * options.arm.epochs,
  }
}

/**
 * Trains an arm. Two runs with one seed on one backend yield the same events but for seconds and for how steps are
 * grouped into `steps` events.
 * @throws InputError when the experiment does not fit the data. @throws BackendError when the backend fails.
 */
export async function* train(options: TrainOptions): AsyncGenerator<RunEvent, void> {
  const { backend, arm, signal } = options
  const dataset = limitDataset(arm, options.dataset)
  const session = await openSession(backend, arm, dataset)
  try {
    yield startEvent(options, session, dataset)
    const progress: Progress = { carry: initialCarry(arm, session.model), seconds: 0 }
    const pace = new Pace()
    for (let epoch = 0; epoch < arm.epochs; epoch++) {
      // oxlint-disable-next-line no-await-in-loop -- an epoch needs what the one before it learned
      const { trainLoss, seconds } = yield* trainEpoch(session, epoch, progress, pace, signal)
      progress.seconds += seconds
      // oxlint-disable-next-line no-await-in-loop
      const { loss, accuracy } = await evaluateAll(session, progress.carry)
      yield { type: 'epoch', epoch, trainLoss, testLoss: loss, testAccuracy: accuracy, seconds }
    }
    yield { type: 'end', seconds: progress.seconds, carry: progress.carry }
  } finally {
    await closeSession(session)
  }
}
