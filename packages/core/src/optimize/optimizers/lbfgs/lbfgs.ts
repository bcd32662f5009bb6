/**
 * L-BFGS as torch.optim.LBFGS: quasi-Newton steps from the last pairs of steps and gradient changes (`memory.ts`),
 * with a fixed step length or a strong Wolfe line search (`line-search.ts`). It asks for loss and gradient several times
 * a step, at places that depend on the answers, so it cannot be a program: it runs on the host in float64, and backends
 * only ever see programs for loss and gradient. Liu and Nocedal, Mathematical Programming 45 (1989).
 */
import { dot } from '../../../numerics/norms.js'
import type { Evaluate, LossAndGradient } from '../optimizer.js'
import { type Line, strongWolfe, type Trial } from './line-search.js'
import { addScaled, type CurvatureMemory, descentDirection, remember } from './memory.js'
import type { LbfgsState } from './state.js'

/** The limits and tolerances of a step. */
export interface LbfgsSettings {
  readonly learningRate: number
  readonly maxIterations: number
  /** 5/4 of `maxIterations` unless given. */
  readonly maxEvaluations?: number | undefined
  readonly toleranceGradient: number
  readonly toleranceChange: number
  readonly history: number
  readonly lineSearch: 'none' | 'strongWolfe'
}

/** One step's outcome; `loss` is the one at the start of the step. */
export interface LbfgsResult {
  readonly parameters: Float64Array
  readonly loss: number
  readonly state: LbfgsState
}

/** Where an iteration stands. */
interface Place extends LossAndGradient {
  readonly parameters: Float64Array
}

/** Where an iteration got to. */
interface Move extends Place {
  readonly stepLength: number
  readonly evaluations: number
}

function largest(values: Float64Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
}

function sumOfSizes(values: Float64Array): number {
  return values.reduce((sum, value) => sum + Math.abs(value), 0)
}

/** The memory after the last iteration's step and the gradient it led to; empty before the first. */
function learn({ memory, last }: LbfgsState, gradient: Float64Array, history: number): CurvatureMemory {
  if (last === undefined) return memory
  const step = last.direction.map((value) => value * last.stepLength)
  return remember(memory, { step, change: addScaled(gradient, -1, last.gradient) }, history)
}

/** Goes a fixed length along a direction. What is there is looked at only if another iteration follows. */
async function walk(
  from: Place,
  direction: Float64Array,
  stepLength: number,
  evaluate: Evaluate,
  isLast: boolean,
): Promise<Move> {
  const parameters = addScaled(from.parameters, stepLength, direction)
  if (isLast) return { ...from, parameters, stepLength, evaluations: 0 }
  return { ...(await evaluate(parameters)), parameters, stepLength, evaluations: 1 }
}

/** Goes along a direction as far as the line search says. */
async function search(
  from: Place,
  direction: Float64Array,
  firstStep: number,
  evaluate: Evaluate,
  tolerance: number,
): Promise<Move> {
  const trialAt = (step: number, { loss, gradient }: LossAndGradient): Trial => ({
    step,
    loss,
    gradient,
    slope: dot(gradient, direction),
  })
  const line: Line = {
    start: trialAt(0, from),
    evaluate: async (step) => trialAt(step, await evaluate(addScaled(from.parameters, step, direction))),
    directionSize: largest(direction),
    tolerance,
  }
  const { found, evaluations } = await strongWolfe(line, firstStep)
  const { step: stepLength, loss, gradient } = found
  return { parameters: addScaled(from.parameters, stepLength, direction), loss, gradient, stepLength, evaluations }
}

/** True when an iteration has come to rest: a flat place, a step too short, or a loss that no longer changes. */
function isAtRest(from: Place, to: Move, direction: Float64Array, settings: LbfgsSettings): boolean {
  return (
    largest(to.gradient) <= settings.toleranceGradient ||
    largest(direction) * Math.abs(to.stepLength) <= settings.toleranceChange ||
    Math.abs(to.loss - from.loss) < settings.toleranceChange
  )
}

/**
 * One optimization step: up to `maxIterations` iterations from `parameters`, which are not written to. An iteration ends
 * the step when it has used up `maxEvaluations` (the last line search is finished, so up to 25 more), or comes to rest.
 */
export async function lbfgsStep(
  initial: LbfgsState,
  parameters: Float64Array,
  evaluate: Evaluate,
  settings: LbfgsSettings,
): Promise<LbfgsResult> {
  const { learningRate, maxIterations, toleranceChange, history, lineSearch } = settings
  const maxEvaluations = settings.maxEvaluations ?? Math.floor((maxIterations * 5) / 4)
  let place: Place = { parameters, ...(await evaluate(parameters)) }
  const { loss } = place
  let state: LbfgsState = { ...initial, evaluations: initial.evaluations + 1 }
  if (largest(place.gradient) <= settings.toleranceGradient) return { parameters, loss, state }
  for (let iteration = 1; iteration <= maxIterations; iteration++) {
    const isFirst = state.last === undefined
    const memory = learn(state, place.gradient, history)
    const direction = descentDirection(memory, place.gradient)
    const length = isFirst ? Math.min(1, 1 / sumOfSizes(place.gradient)) * learningRate : learningRate
    const last = { loss: place.loss, gradient: place.gradient, direction, stepLength: length }
    state = { ...state, iterations: state.iterations + 1, memory, last }
    // A direction along which the loss hardly falls.
    if (dot(place.gradient, direction) > -toleranceChange) break
    const from = place
    const isLast = iteration === maxIterations
    const to: Move =
      // oxlint-disable-next-line no-await-in-loop -- each iteration starts where the one before it ended
      lineSearch === 'strongWolfe'
        ? await search(from, direction, length, evaluate, toleranceChange)
        : await walk(from, direction, length, evaluate, isLast)
    state = { ...state, evaluations: state.evaluations + to.evaluations, last: { ...last, stepLength: to.stepLength } }
    place = to
    const spent = state.evaluations - initial.evaluations >= maxEvaluations
    if (spent || isAtRest(from, to, direction, settings)) break
  }
  return { parameters: place.parameters, loss, state }
}
