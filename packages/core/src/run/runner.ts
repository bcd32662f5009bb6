/**
 * Trains one arm on one backend and tells what happens as an async iterator of events. It owns the order of things:
 * epochs, shuffles, the partial last batch, probes, evaluation, checkpoints. It knows no backend by name, and how it
 * cuts an epoch into scans never changes a result, because a scan of many steps equals many scans of one.
 */
import type { Backend } from '../backend/contract.js'
import { epochOrder, stepsPerEpoch, wholeBatches } from '../data/batching.js'
import { type Dataset, firstSamples, sampleCount } from '../data/dataset.js'
import type { ArmSpec } from '../experiment/schema.js'
import { initialCarry, modelCarry } from '../plan/inputs.js'
import { Session } from '../plan/session.js'
import { needsClosure } from '../train/optimizers/index.js'
import { trainClosureSteps } from './closure-steps.js'
import { evaluateTest, evaluateValidation, measureUnits } from './evaluation.js'
import type { EndEvent, EpochEvent, RunEvent, StartEvent, StepsEvent } from './events.js'
import { probeStep, showsUpdateInCarry, updateRatios } from './probes.js'
import { Pace } from './scan-length.js'
import { initialState, type RunState } from './state.js'
import { trainSteps } from './steps.js'
import { Breath } from './yield-to-event-loop.js'

/** What to train, on what. */
export interface TrainOptions {
  readonly backend: Backend
  /** Name of the arm, for events and records. */
  readonly armName: string
  readonly arm: ArmSpec
  readonly dataset: Dataset
  /** Goes on from here instead of from the start. */
  readonly from?: RunState
  /** Yields a checkpoint every so many steps. */
  readonly checkpointEvery?: number
  /** Seconds that a scan should take: a quarter of one unless told otherwise. It changes no result. */
  readonly scanSeconds?: number
  /** Stops the run between two scans: the iterator throws the signal's reason. */
  readonly signal?: AbortSignal
}

/** A run's parts, as its functions pass them on. `state` is replaced, never changed. */
interface Run {
  readonly options: TrainOptions
  readonly session: Session
  readonly perEpoch: number
  readonly totalSteps: number
  readonly pace: Pace
  readonly breath: Breath
  state: RunState
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
function isProbed(run: Run, step: number): boolean {
  const { every } = run.session.arm.probes
  return step === 0 || step === run.totalSteps - 1 || (every !== undefined && step % every === 0)
}

/** Whether something is to be done before a step, so that no scan may run across it. */
function isBoundary(run: Run, step: number): boolean {
  const { testEvery } = run.session.arm.probes
  const { checkpointEvery } = run.options
  return isProbed(run, step) || isMultiple(step, testEvery) || isMultiple(step, checkpointEvery)
}

function isMultiple(step: number, every: number | undefined): boolean {
  return every !== undefined && step > 0 && step % every === 0
}

function globalStep(run: Run): number {
  return run.state.epoch * run.perEpoch + run.state.stepInEpoch
}

/**
 * Steps that one scan may take: up to a boundary, to the partial batch, or to the epoch's end. A probed step is scanned
 * alone where nothing else shows its update.
 */
function scanLimit(run: Run): number {
  const { stepInEpoch } = run.state
  if (isProbed(run, globalStep(run)) && showsUpdateInCarry(run.session)) return 1
  const whole = wholeBatches(run.session.plan)
  const stop = stepInEpoch < whole ? whole : run.perEpoch
  const start = globalStep(run)
  let count = 1
  while (stepInEpoch + count < stop && !isBoundary(run, start + count)) count++
  return count
}

/** What is looked at before a step. */
async function* beforeStep(run: Run, order: Int32Array): AsyncGenerator<RunEvent> {
  const { session, state, options } = run
  const step = globalStep(run)
  const resumedHere = options.from !== undefined && step === stepOf(options.from, run.perEpoch)
  if (isMultiple(step, options.checkpointEvery) && !resumedHere) yield { type: 'checkpoint', state }
  if (isProbed(run, step)) {
    yield* await probeStep(session, state.carry, order, { first: state.stepInEpoch, globalFirst: step })
  }
  if (isMultiple(step, session.arm.probes.testEvery)) {
    yield { type: 'evaluation', step, test: await evaluateTest(session, state.carry) }
  }
}

function stepOf(state: RunState, perEpoch: number): number {
  return state.epoch * perEpoch + state.stepInEpoch
}

async function scanOnce(run: Run, order: Int32Array): Promise<StepsEvent> {
  const { session, state, pace } = run
  const first = globalStep(run)
  const count = pace.next(scanLimit(run))
  const start = performance.now()
  const range = { first: state.stepInEpoch, count, globalFirst: first }
  const { carry, losses, correct, batch } = needsClosure(session.arm.optimizer)
    ? await trainClosureSteps(session, session.arm.optimizer, state.carry, order, range)
    : await trainSteps(session, state.carry, order, range)
  const seconds = (performance.now() - start) / 1000
  pace.learn(count, seconds)
  run.state = {
    ...state,
    carry,
    stepInEpoch: state.stepInEpoch + count,
    lossSum: losses.reduce((sum, loss) => sum + loss * batch, state.lossSum),
    samples: state.samples + batch * count,
    epochSeconds: state.epochSeconds + seconds,
  }
  const accuracies = correct.map((samples) => samples / batch)
  return { type: 'steps', epoch: state.epoch, first, losses, accuracies, batch, seconds }
}

/** Leaves a last checkpoint, where checkpoints are wanted, before it throws the signal's reason. */
function* stopIfAborted({ options, state }: Run): Generator<RunEvent> {
  if (options.signal?.aborted !== true) return
  if (options.checkpointEvery !== undefined) yield { type: 'checkpoint', state }
  options.signal.throwIfAborted()
}

async function* trainEpoch(run: Run): AsyncGenerator<RunEvent> {
  const { session } = run
  const shuffled = epochOrder(session.arm.seed, run.state.epoch, session.trainRows.length)
  const order = shuffled.map((position) => session.trainRows[position] ?? 0)
  while (run.state.stepInEpoch < run.perEpoch) {
    yield* stopIfAborted(run)
    yield* beforeStep(run, order)
    const [step, before] = [globalStep(run), run.state.carry]
    // oxlint-disable-next-line no-await-in-loop -- a step needs what the one before it learned
    yield await scanOnce(run, order)
    if (isProbed(run, step) && showsUpdateInCarry(session)) {
      yield updateRatios(session, step, before, (name) => run.state.carry[name])
    }
    // oxlint-disable-next-line no-await-in-loop
    await run.breath.take()
  }
}

/** Evaluates after an epoch and moves on to the next. */
async function finishEpoch(run: Run): Promise<EpochEvent> {
  const { session, state } = run
  const test = await evaluateTest(session, state.carry)
  const validation = session.validationRows.length === 0 ? undefined : await evaluateValidation(session, state.carry)
  const improved = validation !== undefined && validation.accuracy > (state.best?.accuracy ?? -1)
  run.state = {
    ...state,
    epoch: state.epoch + 1,
    stepInEpoch: 0,
    lossSum: 0,
    samples: 0,
    epochSeconds: 0,
    seconds: state.seconds + state.epochSeconds,
    ...(improved
      ? { best: { epoch: state.epoch, accuracy: validation.accuracy, model: modelCarry(session.model, state.carry) } }
      : {}),
  }
  return {
    type: 'epoch',
    epoch: state.epoch,
    trainLoss: state.lossSum / state.samples,
    test,
    ...(validation === undefined ? {} : { validation }),
    seconds: state.epochSeconds,
  }
}

function startEvent({ options, session, perEpoch, totalSteps }: Run): StartEvent {
  const { dataset } = session
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
      classes: dataset.classes,
      sampleShape: dataset.sampleShape,
      train: session.trainRows.length,
      validation: session.validationRows.length,
      test: sampleCount(dataset.test),
    },
    layers: session.model.allLayers,
    stepsPerEpoch: perEpoch,
    steps: totalSteps,
  }
}

async function endEvent({ session, state }: Run): Promise<EndEvent> {
  const { carry, best, seconds, epoch } = state
  const end: EndEvent = {
    type: 'end',
    seconds,
    carry,
    chosenEpoch: best?.epoch ?? epoch - 1,
    chosen: best?.model ?? modelCarry(session.model, carry),
  }
  if (session.arm.data.testScale === 'unit') return end
  const raw = await evaluateTest(session, end.chosen)
  return { ...end, scales: { raw, unit: await evaluateTest(session, end.chosen, 'evaluateOther') } }
}

function openRun(options: TrainOptions): Run {
  const session = new Session(options.backend, options.arm, limitDataset(options.arm, options.dataset))
  const perEpoch = stepsPerEpoch(session.plan)
  const state = options.from ?? initialState(initialCarry(options.arm, session.model))
  return {
    options,
    session,
    perEpoch,
    totalSteps: perEpoch * options.arm.epochs,
    pace: new Pace(options.scanSeconds),
    breath: new Breath(),
    state,
  }
}

/**
 * Trains an arm. Two runs with one seed on one backend yield the same events but for seconds and for how steps are
 * grouped into `steps` events; so does a run that goes on from a checkpoint.
 * @throws InputError when the experiment does not fit the data. @throws BackendError when the backend fails.
 */
export async function* train(options: TrainOptions): AsyncGenerator<RunEvent, void> {
  const run = openRun(options)
  const { session } = run
  try {
    yield startEvent(run)
    if (options.from === undefined) {
      yield { type: 'units', step: 0, layers: await measureUnits(session, run.state.carry) }
    }
    while (run.state.epoch < options.arm.epochs) {
      yield* trainEpoch(run)
      // oxlint-disable-next-line no-await-in-loop -- epochs follow one another
      yield await finishEpoch(run)
    }
    yield { type: 'units', step: run.totalSteps, layers: await measureUnits(session, run.state.carry) }
    yield await endEvent(run)
  } finally {
    await session.close()
  }
}
