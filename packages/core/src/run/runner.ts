/**
 * Trains one arm on one backend and tells what happens as an async iterator of events. It owns the order of things:
 * epochs, shuffles, the partial last batch, probes, evaluation, checkpoints. It knows no backend by name, and how it
 * cuts an epoch into scans never changes a result, because a scan of many steps equals many scans of one.
 */
import { checkDataset } from '../data/check-dataset.js'
import { InputError } from '../errors.js'
import { CompiledPlan } from '../plan/compiled.js'
import { keptCarry } from '../plan/averages.js'
import { type EpochFigures, isBetter, learnControl, stopsBy } from '../plan/control.js'
import type { Role, Stretch, TrainingPlan } from '../plan/plan.js'
import { evaluateEpoch, evaluateTable, measureUnits, unitsBatch, withoutDetails } from './evaluation.js'
import type { EpochEvent, RunEvent, StepsEvent, Stop } from './events.js'
import { rateChanges } from './learning-rates.js'
import { nonFiniteEnd } from './non-finite.js'
import { probeRole, probeStep, updateRatios } from './probes.js'
import type { Run, TrainOptions } from './run.js'
import { ScanLength } from './scan-length.js'
import { endEvent, nonFiniteEndEvent, startEvent } from './start-and-end.js'
import { initialState, type RunState } from './state.js'
import { type StepsResult, trainSteps } from './steps.js'
import { eventLoopYielder } from './yield-to-event-loop.js'

/**
 * True when gradients are probed at a step: the first, the last, and every so many. Where updates take several batches it
 * is the one that ends them.
 */
function isProbed({ plan }: Run, step: number): boolean {
  const { every } = plan.arm.probes
  const { accumulation } = plan
  if (!accumulation.isUpdate(step)) return false
  const first = accumulation.firstOf(step)
  const isDue = every !== undefined && Math.floor(step / every) * every >= first
  return first === 0 || step === plan.steps - 1 || isDue
}

/** True when something is to be done before a step, so that no scan may run across it. */
function isBoundary(run: Run, step: number): boolean {
  const { testEvery } = run.plan.arm.probes
  const { checkpointEvery } = run.options
  return isProbed(run, step) || isMultiple(step, testEvery) || isMultiple(step, checkpointEvery)
}

function isMultiple(step: number, every: number | undefined): boolean {
  return every !== undefined && step > 0 && step % every === 0
}

function stepOf({ epoch, stepInEpoch }: RunState, plan: TrainingPlan): number {
  return epoch * plan.perEpoch + stepInEpoch
}

/** True when a probed step shows its update by the carry that it leaves alone, so that it has to be scanned alone. */
function showsUpdateInCarry(run: Run, step: number): boolean {
  return isProbed(run, step) && !run.plan.updatesInProgram
}

/** Steps from `first` on, with what results have decided by now. */
function stretchOf({ state: { control } }: Run, first: number, count = 1): Stretch {
  return control === undefined ? { first, count } : { first, count, control }
}

/** Steps that one scan may take: up to a boundary, to the partial batch, or to the epoch's end. */
function scanLimit(run: Run, step: number): number {
  if (showsUpdateInCarry(run, step)) return 1
  const { count: most } = run.plan.stretch(step, run.plan.perEpoch)
  let count = 1
  while (count < most && !isBoundary(run, step + count)) count++
  return count
}

/** The probes before a step. */
async function* beforeStep({ compiled, plan, state, options }: Run, run: Run): AsyncGenerator<RunEvent> {
  const step = stepOf(state, plan)
  const resumedHere = options.from !== undefined && step === stepOf(options.from, plan)
  if (isMultiple(step, options.checkpointEvery) && !resumedHere) yield { type: 'checkpoint', state }
  if (isProbed(run, step)) yield* await probeStep(compiled, state.carry, stretchOf(run, step))
  if (isMultiple(step, plan.arm.probes.testEvery)) {
    const evaluation = withoutDetails(await evaluateTable(compiled, state.carry, plan.judgedOn))
    yield { type: 'evaluation', step, evaluation }
  }
}

/** The results of a scan up to the step that left the finite numbers, if any did and that is to end the run. */
async function finitePart(run: Run, stretch: Stretch, result: StepsResult): Promise<StepsResult> {
  const { compiled, plan, state } = run
  if (plan.arm.onNonFinite === 'continue') return result
  const end = await nonFiniteEnd(compiled, state.carry, stretch, result)
  if (end === undefined) return result
  run.nonFinite = end.place
  const steps = end.place.step - stretch.first + 1
  const firstOf = (all: readonly number[]): number[] => all.slice(0, steps)
  const { losses, metric, weights, penalties } = result
  return {
    ...result,
    carry: end.carry,
    losses: firstOf(losses),
    metric: firstOf(metric),
    weights: firstOf(weights),
    ...(penalties && { penalties: firstOf(penalties) }),
  }
}

/** A sum of numbers times their weights, added to another. */
function weighted(values: readonly number[], weights: readonly number[], start = 0): number {
  return values.reduce((sum, value, i) => sum + value * Number(weights[i]), start)
}

async function scanOnce(run: Run): Promise<StepsEvent> {
  const { plan, state, scanLength } = run
  const first = stepOf(state, plan)
  const count = scanLength.next(scanLimit(run, first))
  const stretch = stretchOf(run, first, count)
  // Training time is that of steps: compiling is not among it.
  await run.compiled.ready(plan.stepRole, plan.batchOf({ ...stretch, count: 1 }))
  const start = performance.now()
  const result = await trainSteps(run.compiled, state.carry, stretch)
  const seconds = (performance.now() - start) / 1000
  scanLength.learn(count, seconds)
  const { carry, losses, metric, batch, weights, penalties } = await finitePart(run, stretch, result)
  run.state = {
    ...state,
    carry,
    stepInEpoch: state.stepInEpoch + losses.length,
    lossSum: weighted(losses, weights, state.lossSum),
    ...(penalties && { penaltySum: weighted(penalties, weights, state.penaltySum) }),
    samples: weights.reduce((sum, weight) => sum + weight, state.samples),
    epochSeconds: state.epochSeconds + seconds,
  }
  const learningRates = rateChanges(plan, { ...stretch, count: losses.length })
  const more = { ...(penalties && { penalties }), ...(learningRates && { learningRates }) }
  return { type: 'steps', epoch: state.epoch, first, losses, metric, batch, seconds, ...more }
}

/** The stop of a training whose time is up, the time before it was resumed included, unless it is at its end anyway. */
function timeLimitStop({ plan, state, began, nonFinite, options: { from } }: Run): Stop | undefined {
  const { timeLimit } = plan.arm
  const step = stepOf(state, plan)
  if (timeLimit === undefined || nonFinite !== undefined || step === plan.steps) return undefined
  const before = from === undefined ? 0 : from.seconds + from.epochSeconds
  const seconds = before + (performance.now() - began) / 1000
  return seconds < timeLimit ? undefined : { rule: 'timeLimit', step }
}

/** Leaves a last checkpoint, where checkpoints are wanted, before it throws the signal's reason. */
function* stopIfAborted({ options, state }: Run): Generator<RunEvent> {
  if (options.signal?.aborted !== true) return
  if (options.checkpointEvery !== undefined) yield { type: 'checkpoint', state }
  options.signal.throwIfAborted()
}

async function* trainEpoch(run: Run): AsyncGenerator<RunEvent> {
  const { plan } = run
  while (run.state.stepInEpoch < plan.perEpoch && run.stop === undefined && run.nonFinite === undefined) {
    yield* stopIfAborted(run)
    yield* beforeStep(run, run)
    const [step, before] = [stepOf(run.state, plan), run.state.carry]
    // oxlint-disable-next-line no-await-in-loop -- a step needs what the one before it learned
    yield await scanOnce(run)
    run.stop = timeLimitStop(run)
    if (showsUpdateInCarry(run, step) && run.nonFinite === undefined)
      yield updateRatios(plan, step, before, (name) => run.state.carry[name])
    // oxlint-disable-next-line no-await-in-loop
    await run.yieldToEventLoop()
  }
}

/** Evaluates after an epoch and moves on to the next. */
async function finishEpoch(run: Run): Promise<EpochEvent> {
  const { plan, state } = run
  const evaluations = await evaluateEpoch(run.compiled, state.carry)
  const trainLoss = state.lossSum / state.samples
  const figures = { trainLoss, evaluations }
  const best = bestOf(run, figures)
  const control = state.control && learnControl(plan.rules, state.control, figures)
  run.state = {
    ...state,
    epoch: state.epoch + 1,
    stepInEpoch: 0,
    lossSum: 0,
    ...(state.penaltySum === undefined ? {} : { penaltySum: 0 }),
    samples: 0,
    epochSeconds: 0,
    seconds: state.seconds + state.epochSeconds,
    ...(best === undefined ? {} : { best }),
    ...(control === undefined ? {} : { control }),
  }
  const isOver = control !== undefined && stopsBy(plan.rules, control) && run.state.epoch < plan.arm.epochs
  if (isOver) run.stop ??= { rule: 'earlyStopping', step: stepOf(run.state, plan) }
  const steps = state.stepInEpoch < plan.perEpoch ? { steps: state.stepInEpoch } : {}
  const penalty = state.penaltySum === undefined ? {} : { penalty: state.penaltySum / state.samples }
  return { type: 'epoch', epoch: state.epoch, ...figures, ...penalty, seconds: state.epochSeconds, ...steps }
}

/** The best epoch so far, the one that has just been trained included; undefined where the last epoch counts. */
function bestOf({ plan, state }: Run, figures: EpochFigures): RunState['best'] {
  if (plan.bestBy === undefined) return undefined
  const value = plan.bestBy.valueOf(figures)
  if (!isBetter(plan.bestBy, value, state.best?.value)) return state.best
  return { epoch: state.epoch, value, model: keptCarry(plan, state.carry) }
}

/** An epoch with the values of its evaluations alone: the figures behind them are kept for the end. */
function withoutFigures(epoch: EpochEvent): EpochEvent {
  const entries = Object.entries(epoch.evaluations).map(([table, each]) => [table, withoutDetails(each)])
  return { ...epoch, evaluations: Object.fromEntries(entries) }
}

/** @throws InputError for options of a program without types that hold no plan. */
function requirePlan({ plan, dataset }: { readonly plan?: unknown; readonly dataset?: unknown }): void {
  if (plan !== undefined) return
  if (dataset !== undefined) checkDataset(dataset)
  throw new InputError(
    'core',
    'train: expected a plan, as planFor({ armName, arm, dataset, registry }) makes one, got none',
  )
}

function openRun(options: TrainOptions): Run {
  requirePlan(options)
  const { plan, backend, from, scanSeconds } = options
  return {
    options,
    plan,
    compiled: new CompiledPlan(plan, backend, options.signal),
    scanLength: new ScanLength(scanSeconds),
    yieldToEventLoop: eventLoopYielder(),
    began: performance.now(),
    state: from ?? initialState(plan),
    stop: undefined,
    nonFinite: undefined,
  }
}

/** Begins to make the programs up to the first step. */
function beginFirst({ compiled, plan }: Run): Promise<void> {
  const [units, batch] = [unitsBatch(plan), plan.batchOf({ first: 0, count: 1 })]
  const measured = units === undefined ? [] : [{ role: 'units' as const, batch: units }]
  return compiled.begin([...measured, { role: probeRole(plan), batch }, { role: plan.stepRole, batch }])
}

/** The programs that a run needs, of training and of evaluation. */
function neededRoles({ plan }: Run): Role[] {
  const tables = plan.tables['validation'] === undefined ? [plan.judgedOn] : [plan.judgedOn, 'validation']
  const evaluated = [...tables, ...plan.otherTables].map((table) => `evaluate:${table}` as const)
  const units = unitsBatch(plan) === undefined ? [] : (['units'] as const)
  return [...units, probeRole(plan), plan.stepRole, ...evaluated]
}

/**
 * Trains a plan. Two runs with one seed on one backend yield the same events but for seconds and for how steps are
 * grouped into `steps` events; so does a run that goes on from a checkpoint.
 * @throws BackendError when the backend fails.
 */
export async function* train(options: TrainOptions): AsyncGenerator<RunEvent, void> {
  const run = openRun(options)
  const { plan, compiled } = run
  const epochs = new Map<number, EpochEvent>()
  try {
    yield startEvent(run)
    if (options.from === undefined && plan.steps > 0) await beginFirst(run)
    await compiled.require(neededRoles(run))
    if (options.from === undefined) {
      yield { type: 'probes', step: 0, probes: await measureUnits(compiled, run.state.carry) }
    }
    if (plan.steps === 0) yield* await probeStep(compiled, run.state.carry, stretchOf(run, 0))
    while (run.state.epoch < plan.arm.epochs && run.stop === undefined) {
      yield* trainEpoch(run)
      if (run.nonFinite !== undefined) {
        // oxlint-disable-next-line no-await-in-loop -- the last thing of the loop
        yield await nonFiniteEndEvent(run, run.nonFinite, epochs)
        return
      }
      // oxlint-disable-next-line no-await-in-loop -- epochs follow one another
      const epoch = await finishEpoch(run)
      epochs.set(epoch.epoch, epoch)
      for (const kept of epochs.keys()) {
        if (kept !== epoch.epoch && kept !== run.state.best?.epoch) epochs.delete(kept)
      }
      yield withoutFigures(epoch)
    }
    yield { type: 'probes', step: run.stop?.step ?? plan.steps, probes: await measureUnits(compiled, run.state.carry) }
    yield await endEvent(run, epochs)
  } finally {
    await compiled.close()
  }
}
