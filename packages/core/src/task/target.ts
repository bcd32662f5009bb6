/**
 * The types of targets, which losses, metrics and tasks have in common:
 *
 *   category   int32 [batch]: the number of one of `width` categories; the model gives a logit for each
 *   flags      floats [batch, width], each 0 or 1; the model gives a logit for each
 *   distribution  floats [batch, width], shares of 1; the model gives a logit for each
 *   numbers    floats [batch, width]; the model gives the numbers
 *   none       there is no target; the model may give anything
 */
import { decodedValue, type Field } from '../data/field.js'
import { InputError } from '../errors.js'
import type { Builder, Value } from '../ir/builder.js'
import { BATCH } from '../ir/program.js'
import { elementCount, type FloatDType, type Tensor } from '../tensor.js'

/** The type of what a model predicts. */
export type TargetType = 'category' | 'flags' | 'distribution' | 'numbers' | 'none'

/** The target that programs and metrics are given, from the decoded rows of a field. */
export function emitTarget(b: Builder, type: TargetType, decoded: Value, field: Field, precision: FloatDType): Value {
  if (type === 'category') return decoded
  return b.reshape(b.cast(decoded, precision), [BATCH, elementCount(field.shape)])
}

/** The numbers that a target may be, in words and as a test. */
function rangeOf(type: TargetType, { encoding }: Field): readonly [string, (value: number) => boolean] {
  if (type === 'flags') return ['0 or 1', (value) => value === 0 || value === 1]
  if (type === 'distribution') return ['a share of 0 to 1', (value) => value >= 0 && value <= 1]
  if (encoding.kind === 'numbers') return ['a finite number', Number.isFinite]
  const { count } = encoding
  return [`a category from 0 to ${count - 1}`, (value) => Number.isInteger(value) && value >= 0 && value < count]
}

/** Shares that were rounded add up to 1 within this. */
const SUM_TOLERANCE = 1e-3

/**
 * Holds the values of a bound column, as they are decoded, to the type of a target.
 * @param first number of the first sample in its table.
 * @throws InputError naming the first sample whose value cannot be one.
 */
export function checkTarget(
  type: TargetType,
  { name, field }: { readonly name: string; readonly field: Field },
  bound: Tensor,
  first = 0,
): void {
  const [expected, isFit] = rangeOf(type, field)
  const width = elementCount(field.shape)
  const fail = (sample: number, wanted: string, got: number): never => {
    throw new InputError(
      'core',
      `data: field "${name}", sample ${first + sample}: expected ${wanted} as a target, got ${got}`,
    )
  }
  const odd = bound.data.findIndex((value) => !isFit(decodedValue(field, value)))
  if (odd >= 0) fail(Math.floor(odd / width), expected, decodedValue(field, Number(bound.data[odd])))
  if (type !== 'distribution') return
  for (let sample = 0; sample * width < bound.data.length; sample++) {
    const shares = Array.from(bound.data.subarray(sample * width, (sample + 1) * width))
    const sum = shares.reduce((total, share) => total + decodedValue(field, share), 0)
    if (Math.abs(sum - 1) > SUM_TOLERANCE) fail(sample, 'shares that add up to 1', sum)
  }
}
