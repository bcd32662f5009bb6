/**
 * A loss: one record with its settings, its IR, its value in float64, and the targets that it suits. It gives the sum over
 * the rows of a batch; the step divides by their number, or by the sum of their weights.
 */
import { InputError } from '../../errors.js'
import type { Builder, Value } from '../../ir/builder.js'
import type { NamedRecord, SettingsOf, Shape } from '../../registry/settings.js'
import type { FloatDType } from '../../tensor.js'
import type { TargetType } from '../target.js'
import { emitWeighted, type RowWeights } from '../weights.js'

/** The values that a loss is emitted from. */
export interface LossContext<Settings> {
  readonly b: Builder
  /** [batch, ...]: what the model gives. */
  readonly output: Value
  /** As `target.ts` has it; absent where there is none. */
  readonly target: Value | undefined
  readonly settings: Settings
  readonly precision: FloatDType
  /** Adds up terms, [batch, ...], over everything: each row times its weight, where rows have weights. */
  readonly sum: (terms: Value) => Value
  /** As `sum`, of terms [batch, categories]: where categories have weights, each category has its own in the row's place. */
  readonly sumByClass: (terms: Value) => Value
}

/** One loss. */
export interface LossRecord<S extends Shape = Shape> extends NamedRecord<S> {
  readonly suits: readonly TargetType[]
  /** Emits the sum of the rows' losses, a scalar: rows are added up by `sum` of the context. */
  emit(context: LossContext<SettingsOf<S>>): Value
  /** Mistakes that are easily made of it, by what they are: traces that are out are held against them. */
  readonly otherwise?: Readonly<Record<string, LossRecord<S>['emit']>>
  /** The loss of one row in float64: the formula that tests hold the program against. */
  value(output: ArrayLike<number>, target: ArrayLike<number>, settings: SettingsOf<S>): number
}

/** Ties a loss's functions to the type of its settings. */
export function loss<S extends Shape = Shape>(record: LossRecord<S>): LossRecord<S> {
  return record
}

/** The sums of a context. */
function sumsOf(b: Builder, weights: RowWeights | undefined): Pick<LossContext<unknown>, 'sum' | 'sumByClass'> {
  const add = (terms: Value, ofRows: Value | undefined): Value =>
    b.reduceSum(ofRows === undefined ? terms : emitWeighted(b, terms, ofRows))
  const sum = (terms: Value): Value => add(terms, weights?.rows)
  const { categories, samples } = weights ?? {}
  return { sum, sumByClass: categories === undefined ? sum : (terms) => add(b.mul(terms, categories), samples) }
}

/** Emits a loss. @throws InputError when rows have weights and the loss does not use them. */
export function emitLoss<S extends Shape>(
  record: LossRecord<S>,
  given: Omit<LossContext<SettingsOf<S>>, 'sum' | 'sumByClass'>,
  weights?: RowWeights,
): Value {
  const sums = sumsOf(given.b, weights)
  let isSummed = false
  const noted = (add: (terms: Value) => Value) => (terms: Value) => {
    isSummed = true
    return add(terms)
  }
  const emitted = record.emit({ ...given, sum: noted(sums.sum), sumByClass: noted(sums.sumByClass) })
  if (weights === undefined || isSummed) return emitted
  throw new InputError('core', 'loss: it does not use the weights of rows: let it add them up by "sum" of its context')
}

/** The target of a loss that must have one. */
export function targetOf({ target, output }: LossContext<unknown>): Value {
  if (target === undefined) throw new Error(`internal: a loss of "${output.name}" without a target`)
  return target
}

/** Numbers in one row of a model's output. */
export function widthOf({ type }: Value): number {
  return type.shape.slice(1).reduce<number>((product, dimension) => product * Number(dimension), 1)
}

/** Emits the rows' means of terms, [batch, width], added up. */
export function sumOfMeans({ b, output, precision, sum }: LossContext<unknown>, terms: Value): Value {
  return b.div(sum(terms), b.constant(widthOf(output), precision))
}

/** The mean of a term for each number of an output and the target's there. */
export function meanOf(
  output: ArrayLike<number>,
  target: ArrayLike<number>,
  term: (z: number, y: number) => number,
): number {
  return Array.from(output, (z, i) => term(z, Number(target[i]))).reduce((sum, value) => sum + value, 0) / output.length
}
