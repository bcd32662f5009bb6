/**
 * Weights of rows in the loss: those of samples, which a field of the data has, times those of categories, by the row's category.
 * With w_i for row i the loss of a batch is
 *
 *   over weights:  sum_i w_i L_i / sum_i w_i     torch.nn.CrossEntropyLoss(weight), scikit-learn
 *   over rows:     sum_i w_i L_i / n             Keras's class_weight and sample_weight
 *
 * the first unless an experiment says otherwise. Of rows whose weights are all 0 it is 0. Metrics are not weighted.
 */
import { type CategoryEncoding, categoryNames, decodedValue, type Field } from '../data/field.js'
import { FieldError, InputError } from '../errors.js'
import type { Builder, Value } from '../ir/builder.js'
import { BATCH } from '../ir/program.js'
import { didYouMean } from '../nearest.js'
import type { Tensor } from '../tensor.js'
import type { Head, NamedField } from './task.js'

/** Weights of categories: in the order of the categories, by their names (1 where one is not named), or n / (k n_c). */
export type ClassWeights = 'balanced' | readonly number[] | Readonly<Record<string, number>>

/** The divisor of the weighted losses of a batch. */
export type WeightedMean = 'weights' | 'rows'

/** The weights of a task. */
export interface Weighting {
  readonly samples: NamedField | undefined
  readonly categories: ClassWeights | undefined
  readonly mean: WeightedMean
}

/** The weights of a batch as values. */
export interface RowWeights {
  /** [batch]: sample times class. */
  readonly rows: Value
  /** [batch]. */
  readonly samples: Value | undefined
  /** [categories]. */
  readonly categories: Value | undefined
}

/** Emits the weights of rows; undefined where there are none. @param target as `target.ts` has it. */
export function emitRowWeights(
  b: Builder,
  target: Value | undefined,
  { samples, categories }: Omit<RowWeights, 'rows'>,
): RowWeights | undefined {
  if (categories === undefined || target === undefined)
    return samples && { rows: samples, samples, categories: undefined }
  const ofRows = b.gatherRows(categories, b.reshape(b.cast(target, 'int32'), [BATCH]))
  return { rows: samples === undefined ? ofRows : b.mul(samples, ofRows), samples, categories }
}

/** Emits terms, [batch, ...], times a weight for each row. */
export function emitWeighted(b: Builder, terms: Value, weights: Value): Value {
  return b.mul(terms, b.reshape(weights, [BATCH, ...terms.type.shape.slice(1).map(() => 1)]))
}

/** Names of the categories that a head tells apart; undefined where its target is none. */
function classNames({ target, targetType, width }: Head): readonly string[] | undefined {
  const isOne = targetType === 'category' || (targetType === 'flags' && width === 1)
  if (!isOne || target === undefined) return undefined
  const { encoding } = target.field
  return categoryNames(
    encoding.kind === 'category' ? encoding : ({ kind: 'category', count: 2 } satisfies CategoryEncoding),
  )
}

function fail(message: string): never {
  throw new FieldError('classWeights', message)
}

/** n / (k n_c) for n labels of k categories, n_c of them of category c, as scikit-learn's `balanced`. */
function balanced(names: readonly string[], labels: readonly number[]): number[] {
  const counts = names.map((_, category) => labels.filter((label) => label === category).length)
  const empty = names.find((_, category) => counts[category] === 0)
  if (empty !== undefined) fail(`"balanced" needs a training row of every category, "${empty}" has none; give numbers`)
  return counts.map((count) => labels.length / (names.length * count))
}

function byName(names: readonly string[], given: Readonly<Record<string, number>>): number[] {
  const unknown = Object.keys(given).find((name) => !names.includes(name))
  if (unknown !== undefined) {
    fail(`expected names of categories (${names.join(', ')}), got "${unknown}"${didYouMean(unknown, names)}`)
  }
  return names.map((name) => (Object.hasOwn(given, name) ? Number(given[name]) : 1))
}

/**
 * The weight of each category.
 * @param labels numbers of the categories of the training rows.
 * @throws InputError when the target is no category, or the weights are not of its categories.
 */
export function classWeightsOf(head: Head, given: ClassWeights, labels: () => readonly number[]): readonly number[] {
  const names = classNames(head)
  if (names === undefined)
    return fail(`expected a target that is one of several categories, the task has ${head.targetType}`)
  if (given === 'balanced') return balanced(names, labels())
  const weights = isList(given) ? given : byName(names, given)
  if (weights.length !== names.length) {
    fail(`expected ${names.length} numbers, one for each category (${names.join(', ')}), got ${weights.length}`)
  }
  return weights.every((weight) => weight === 0) ? fail('expected one that is not 0, got none') : weights
}

function isList(given: Exclude<ClassWeights, 'balanced'>): given is readonly number[] {
  return Array.isArray(given)
}

/**
 * Holds a bound column of weights, as they are decoded, to what weights may be.
 * @throws InputError naming the first sample whose weight is negative or not finite, or when the rows have none but 0.
 */
export function checkWeights({ name, field }: NamedField, bound: Tensor, rows: Int32Array): void {
  const weightOf = (row: number): number => decodedValue(field, Number(bound.data[row]))
  const odd = rows.find((row) => !(weightOf(row) >= 0 && Number.isFinite(weightOf(row))))
  if (odd !== undefined) {
    throw new InputError(
      'core',
      `data: field "${name}", sample ${odd}: expected a weight of 0 or more, got ${weightOf(odd)}`,
    )
  }
  if (rows.some((row) => weightOf(row) > 0)) return
  throw new InputError('core', `data: field "${name}": expected a weight above 0 in a table, all ${rows.length} are 0`)
}

/** True for a field that may be one of weights. */
export function isWeightsField({ encoding, shape }: Field): boolean {
  return encoding.kind === 'numbers' && shape.length === 0
}
