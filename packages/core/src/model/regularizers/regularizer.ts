/** A regularizer: a penalty on a parameter, which is added to the loss that gradients are taken of. Each is one record. */
import type { Builder, Value } from '../../ir/builder.js'
import type { NamedRecord, SettingsOf, Shape } from '../../registry/settings.js'

/** One regularizer. */
export interface RegularizerRecord<S extends Shape = Shape> extends NamedRecord<S> {
  /** Emits the penalty of a parameter of any shape, a scalar. */
  emit(b: Builder, x: Value, settings: SettingsOf<S>): Value
  /** The penalty in float64: the formula that tests hold the program against. */
  value(x: ArrayLike<number>, settings: SettingsOf<S>): number
}

/** Ties a regularizer's functions to the type of its settings. */
export function regularizer<S extends Shape>(record: RegularizerRecord<S>): RegularizerRecord<S> {
  return record
}
