/** A constraint: what a parameter is brought back to after every update. Each is one record. */
import type { Builder, Value } from '../../ir/builder.js'
import type { NamedRecord, SettingsOf, Shape } from '../../registry/settings.js'

/** One constraint. */
export interface ConstraintRecord<S extends Shape = Shape> extends NamedRecord<S> {
  /** Emits the parameter that holds to it, of the same shape. */
  emit(b: Builder, x: Value, settings: SettingsOf<S>): Value
}

/** Ties a constraint's function to the type of its settings. */
export function constraint<S extends Shape>(record: ConstraintRecord<S>): ConstraintRecord<S> {
  return record
}
