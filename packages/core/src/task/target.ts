/**
 * The types of targets, which losses, metrics and tasks have in common:
 *
 *   category   int32 [batch]: the number of one of `width` categories; the model gives a logit for each
 *   flags      floats [batch, width], each 0 or 1; the model gives a logit for each
 *   numbers    floats [batch, width]; the model gives the numbers
 *   none       there is no target; the model may give anything
 */
import type { Field } from '../data/field.js'
import type { Builder, Value } from '../ir/builder.js'
import { BATCH } from '../ir/program.js'
import { elementCount, type FloatDType } from '../tensor.js'

/** What a model is to tell. */
export type TargetType = 'category' | 'flags' | 'numbers' | 'none'

/** The target that programs and metrics are given, from the decoded rows of a field. */
export function emitTarget(b: Builder, type: TargetType, decoded: Value, field: Field, precision: FloatDType): Value {
  if (type === 'category') return decoded
  return b.reshape(b.cast(decoded, precision), [BATCH, elementCount(field.shape)])
}
