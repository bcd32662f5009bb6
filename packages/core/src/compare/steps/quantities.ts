/**
 * The quantities by which a training step is judged from outside: the loss, every parameter's gradient and change, every state, each
 * against the step in float64 and scaled by itself. None of it needs intermediate values.
 */
import type { NumericTensor } from '../../ir/ops/operation.js'
import type { Model } from '../../model/model.js'
import { differenceNorm, distance, l2Norm, relativeError } from '../../numerics/norms.js'
import { floatFormats } from '../../numerics/rounding.js'
import { names } from '../../plan/names.js'
import type { TensorMap } from '../../tensor.js'
import type { Outputs } from '../../observe/float64-evaluator.js'
import { layerOfState } from '../operations/node-findings.js'
import type { Excess, ToleranceName, Tolerances } from '../tolerances.js'
import type { FindingKind, FindingStage } from '../verdict.js'

/** One number by which a step is judged. */
export interface Quantity {
  /** The part of the step. */
  readonly kind: Extract<FindingKind, 'loss' | 'gradient' | 'update' | 'state'>
  /** The parameter or state; `loss` for the loss. */
  readonly name: string
  readonly layer: string
  readonly stage: FindingStage
  /** Size of the thing itself: |loss|, norm of the gradient, norm of the change. */
  readonly size: number
  /** Relative error against float64. */
  readonly error: number
  /** 1 - cosine; only of gradients. */
  readonly angle?: number
  /** Relative error that rounding alone makes, measured. */
  readonly noise: number
}

/** A step as its outputs show it. */
export interface StepOutputs {
  readonly loss: NumericTensor | undefined
  /** Absent where nothing is regularized. */
  readonly penalty?: NumericTensor | undefined
  /** Gradients by `gradient/<parameter>`. */
  readonly gradients: Readonly<Record<string, NumericTensor | undefined>>
  /** The carry after the step; undefined where the backend does not update. */
  readonly carry: Readonly<Record<string, NumericTensor | undefined>> | undefined
}

interface Sides {
  readonly actual: StepOutputs
  /** The step in float64 beside this backend. */
  readonly exact: StepOutputs
  /** The step with every result rounded once. */
  readonly rounded: StepOutputs
  /** The same step in float64: its distance from `rounded` is the noise of rounding. */
  readonly unrounded: StepOutputs
  readonly before: TensorMap
  readonly unitRoundoff: number
}

const missing: NumericTensor = { shape: [], data: [Number.NaN] }

function dataOf(tensor: NumericTensor | undefined): ArrayLike<number> {
  return (tensor ?? missing).data
}

function errorOf(actual: NumericTensor | undefined, exact: NumericTensor | undefined): number {
  return relativeError(dataOf(actual), dataOf(exact))
}

/** The size, error and noise of one output of the step. */
function measuresOf(sides: Sides, of: (outputs: StepOutputs) => NumericTensor | undefined) {
  const exact = of(sides.exact)
  const noise = errorOf(of(sides.rounded), of(sides.unrounded))
  return { size: l2Norm(dataOf(exact)), error: errorOf(of(sides.actual), exact), noise }
}

function lossQuantities(sides: Sides): Quantity[] {
  const loss = { kind: 'loss', name: names.loss, layer: '', stage: 'loss' } as const
  const own = { ...loss, ...measuresOf(sides, (outputs) => outputs.loss) }
  if (sides.exact.penalty === undefined) return [own]
  return [own, { ...loss, name: names.penalty, ...measuresOf(sides, ({ penalty }) => penalty) }]
}

function gradientQuantity({ actual, exact, rounded, unrounded }: Sides, parameter: string, layer: string): Quantity {
  const name = names.gradient(parameter)
  const found = distance(dataOf(actual.gradients[name]), dataOf(exact.gradients[name]))
  return {
    kind: 'gradient',
    name: parameter,
    layer,
    stage: 'weight-gradient',
    // Of all of it: the distance has the norm of what is finite on both sides.
    size: l2Norm(dataOf(exact.gradients[name])),
    error: found.difference === 0 ? 0 : found.difference / found.norm,
    angle: found.angle,
    noise: errorOf(rounded.gradients[name], unrounded.gradients[name]),
  }
}

/**
 * ||p' - exact p'|| / ||exact p' - p||, less what rounding p' itself to its dtype costs: a change that is smaller than
 * half a unit in the last place of its parameter rounds to nothing on every backend.
 */
function changeError(
  actual: ArrayLike<number>,
  exact: ArrayLike<number>,
  before: ArrayLike<number>,
  unitRoundoff: number,
): { size: number; error: number } {
  const change = differenceNorm(exact, before)
  // Of what is finite: where both have overflowed they are equal.
  const { difference, norm } = distance(actual, exact)
  const beyondRounding = Math.max(0, difference - 2 * unitRoundoff * norm)
  return { size: change, error: beyondRounding === 0 ? 0 : beyondRounding / change }
}

function updateQuantity(sides: Sides, parameter: string, layer: string): Quantity {
  const before = dataOf(sides.before[parameter])
  const change = (side: StepOutputs, exact: StepOutputs) =>
    changeError(dataOf(side.carry?.[parameter]), dataOf(exact.carry?.[parameter]), before, sides.unitRoundoff)
  const { size, error } = change(sides.actual, sides.exact)
  const noise = change(sides.rounded, sides.unrounded).error
  return { kind: 'update', name: parameter, layer, stage: 'update', size, error, noise }
}

function stateQuantity(sides: Sides, name: string): Quantity {
  const measures = measuresOf(sides, ({ carry }) => carry?.[name])
  return { kind: 'state', name, layer: layerOfState(name), stage: 'state', ...measures }
}

/** Everything by which a step is judged, in the order in which a step computes it; without noise where no rounded step is given. */
export function quantitiesOf(
  model: Model,
  precision: 'float32' | 'float64',
  sides: Pick<Sides, 'actual' | 'exact' | 'before'> & Partial<Sides>,
): Quantity[] {
  const { exact } = sides
  const all = { rounded: exact, unrounded: exact, ...sides, unitRoundoff: floatFormats[precision].unitRoundoff }
  const parameters = new Set(model.parameters.map(({ name }) => name))
  const backwards = model.parameters.toReversed()
  const states = Object.keys(exact.carry ?? {}).filter((name) => !parameters.has(name))
  const ofStep = [...lossQuantities(all), ...backwards.map(({ name, layer }) => gradientQuantity(all, name, layer))]
  if (exact.carry === undefined) return ofStep
  return [
    ...ofStep,
    ...model.parameters.map(({ name, layer }) => updateQuantity(all, name, layer)),
    ...states.map((name) => stateQuantity(all, name)),
  ]
}

/** A step's outputs from those of the observed program, or of a float64 run of it. */
export function stepOutputs({ carry, ys }: Outputs, updates: boolean): StepOutputs {
  return { loss: ys[names.loss], penalty: ys[names.penalty], gradients: ys, carry: updates ? carry : undefined }
}

/** The relative error that rounding explains. It is infinite where the exact value is zero and rounding makes something of it. */
function noiseFloor(noise: number, tolerances: Tolerances): number {
  return Number.isNaN(noise) || tolerances.noise === 0 ? 0 : tolerances.noise * noise
}

/**
 * The error allowed by a tolerance: the tolerance itself, or by the measured noise of rounding where that is larger. A tolerance
 * set by hand is held as it was set, unless `noise` was set too, or nothing relative to the exact value can be said.
 */
function allowed(name: ToleranceName, floor: number, tolerances: Tolerances): number {
  const isWidened =
    !tolerances.given.includes(name) || tolerances.given.includes('noise') || floor === Number.POSITIVE_INFINITY
  return isWidened ? Math.max(tolerances[name], floor) : tolerances[name]
}

/** The relative error allowed for a value with this noise. */
export function allowedError(name: ToleranceName, noise: number, tolerances: Tolerances): number {
  return allowed(name, noiseFloor(noise, tolerances), tolerances)
}

/** Every measure of a quantity beside its limit. The angle that goes with a relative error e is e^2 / 2; so is its noise. */
function measuresBesideLimits({ kind, error, angle = 0, noise }: Quantity, tolerances: Tolerances): readonly Excess[] {
  const turn = noiseFloor(noise, tolerances) ** 2 / 2
  return [
    { toleranceName: kind, measured: error, tolerance: allowedError(kind, noise, tolerances) },
    { toleranceName: 'cosine', measured: angle, tolerance: allowed('cosine', turn, tolerances) },
  ]
}

/** In what a quantity is out of tolerance. */
export function excessesOf(quantity: Quantity, tolerances: Tolerances): Excess[] {
  return measuresBesideLimits(quantity, tolerances).filter(({ measured, tolerance }) => !(measured <= tolerance))
}

/** The largest measure of a quantity in multiples of its limit; infinite where it is no number. */
export function multipleOfLimit(quantity: Quantity, tolerances: Tolerances): number {
  const multiples = measuresBesideLimits(quantity, tolerances).map(({ measured, tolerance }) =>
    measured <= tolerance && measured === 0 ? 0 : measured / tolerance,
  )
  return multiples.some(Number.isNaN) ? Number.POSITIVE_INFINITY : Math.max(...multiples)
}
