/** Operators of ONNX that layers, activations and predictions are written in: what their records say of themselves for `onnx.ts`. */
import type { Layer } from '../model/layers/layer.js'
import type { FloatDType } from '../tensor.js'

/** An attribute of an operator: a whole number or some, a text, or a number that is stored as float32. */
export type OnnxAttribute = number | readonly number[] | string | { readonly float: number }

/** Attributes by name. */
export type OnnxAttributes = Readonly<Record<string, OnnxAttribute>>

/** The view of the graph that a layer has. */
export interface OnnxWriter {
  readonly opset: number
  readonly precision: FloatDType
  /** Adds a node; returns the name of its output. */
  readonly emit: (opType: string, inputs: readonly string[], attributes?: OnnxAttributes) => string
  /** Adds a scalar; returns its name. */
  readonly constant: (value: number) => string
  /** All inputs of the layer, `x` first. */
  readonly xs: readonly string[]
  /** Adds layers inside this one, first to last. */
  readonly layers: (layers: readonly Layer[], x: string) => string
}

/** Adds what stands for a function of `x`; undefined where the opset or the precision has no operator for it. */
export type OnnxWords = (x: string, writer: OnnxWriter) => string | undefined

/**
 * One operator with one input.
 * @param traits `since`: the opset that brought it; `float64`: true where ONNX Runtime computes it in float64 too.
 */
export function onnxOperator(
  opType: string,
  { since = 13, float64 = false }: { readonly since?: number; readonly float64?: boolean } = {},
  attributes: OnnxAttributes = {},
): OnnxWords {
  return (x, { opset, precision, emit }) =>
    opset < since || (precision === 'float64' && !float64) ? undefined : emit(opType, [x], attributes)
}
