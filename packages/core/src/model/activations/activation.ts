/**
 * An activation: settings, and a pure function that emits IR. Activations are compositions of the IR's operations, so
 * each works on every backend and its gradient needs no rule of its own. They are written so that this gradient is right
 * too: nothing overflows in a branch that is not taken, and nothing cancels in a tail, where the gradients are small and
 * the whole point may be to see how small.
 */
import type { KerasFields } from '../../export/keras.js'
import type { OnnxWords } from '../../export/onnx-operators.js'
import type { Builder, Value } from '../../ir/builder.js'
import {
  type NamedRecord,
  recordOf,
  type SettingsOf,
  type Shape,
  type Spec,
  type Table,
} from '../../registry/settings.js'

/**
 * The way to count units through which next to nothing flows back: `dead` when the output is 0 for every sample,
 * `saturated` for a sample when the output is further than `reach` from `middle`.
 */
export type UnitTrait =
  | { readonly kind: 'dead' }
  | { readonly kind: 'saturated'; readonly middle: number; readonly reach: number }

/** One activation. Every setting has a default, so that the bare name is a complete spec. */
export interface ActivationRecord<S extends Shape = Shape> extends NamedRecord<S> {
  /** Emits f(x), of the shape and dtype of x. */
  emit(b: Builder, x: Value, settings: SettingsOf<S>): Value
  readonly units?: UnitTrait
  /** The layer that Keras has for it, as TensorFlow.js loads it; absent where it has none. */
  keras?(settings: SettingsOf<S>): KerasFields
  /** The constructor in torch.nn; absent where it has none. */
  torch?(settings: SettingsOf<S>): string
  /** Its operators in ONNX; absent, or giving nothing: its IR is written. */
  onnx?(settings: SettingsOf<S>): OnnxWords
}

/** Ties an activation's functions to the type of its settings. */
export function activation<S extends Shape = Shape>(record: ActivationRecord<S>): ActivationRecord<S> {
  return record
}

/** An activation with its settings. */
export interface Activation {
  readonly spec: Spec
  readonly units: UnitTrait | undefined
  emit(b: Builder, x: Value): Value
  readonly keras: (() => KerasFields) | undefined
  readonly torch: (() => string) | undefined
  readonly onnx: OnnxWords | undefined
}

function bound<T>(of: ((settings: Spec) => T) | undefined, spec: Spec): (() => T) | undefined {
  return of && (() => of(spec))
}

/** The activation that a spec names. @throws InputError naming the nearest. */
export function activationOf(table: Table<ActivationRecord>, spec: Spec): Activation {
  const record = recordOf(table, spec, 'activation')
  return {
    spec,
    units: record.units,
    emit: (b, x) => record.emit(b, x, spec),
    keras: bound(record.keras?.bind(record), spec),
    torch: bound(record.torch?.bind(record), spec),
    onnx: record.onnx?.(spec),
  }
}

/** A scalar of the value's dtype. */
export function constantLike(b: Builder, x: Value, value: number): Value {
  return b.constant(value, x.type.dtype)
}
