/**
 * Gradient clipping, between the gradients and the optimizer. By value every element is held in [-limit, limit]; by norm
 * all gradients are shortened together, as torch.nn.utils.clip_grad_norm_:
 *
 *   g <- g min(1, maxNorm / (|g| + 1e-6)),   |g| the 2-norm over all parameters
 *
 * Squares of gradients overflow float32 from 1.8e19 on, and gradients that explode are what clipping is for: so the norm
 * is taken of g / largest |g|, and multiplied by it again. (That small squares would vanish does no harm: beside 1e-6
 * they do not count.) Pascanu, Mikolov and Bengio, ICML 2013.
 */
import * as z from 'zod/mini'
import type { Builder, Value } from '../ir/builder.js'

const positive = z.number().check(z.positive())

/** `{ "type": "norm", "maxNorm": 1 }` or `{ "type": "value", "limit": 0.5 }`. */
export const clippingSchema = z.discriminatedUnion('type', [
  z.strictObject({
    /** By the norm of all gradients. */
    type: z.literal('norm'),
    /** The largest norm. */
    maxNorm: positive,
  }),
  z.strictObject({
    /** Each element by itself. */
    type: z.literal('value'),
    /** The largest magnitude. */
    limit: positive,
  }),
])

/** Clipping with its settings. */
export type ClippingSpec = z.output<typeof clippingSchema>

type Gradients = Readonly<Record<string, Value>>

/** Keeps the norm from dividing by 0, as in PyTorch. */
const NORM_EPSILON = 1e-6

function mapGradients(b: Builder, gradients: Gradients, clip: (gradient: Value) => Value): Gradients {
  return Object.fromEntries(
    Object.entries(gradients).map(([name, gradient]) => [
      name,
      b.within({ stage: 'update', layer: name }, () => clip(gradient)),
    ]),
  )
}

/** The 2-norm of all elements of all values. */
function globalNorm(b: Builder, first: Value, rest: readonly Value[]): Value {
  const all = [first, ...rest]
  const { dtype } = first.type
  const largest = all.map((value) => b.reduceMax(b.abs(value))).reduce((most, value) => b.maximum(most, value))
  const zero = b.constant(0, dtype)
  const unit = b.select(b.greater(largest, zero), largest, b.constant(1, dtype))
  const squares = all.map((value) => {
    const scaled = b.div(value, unit)
    return b.reduceSum(b.mul(scaled, scaled))
  })
  return b.mul(largest, b.sqrt(squares.reduce((sum, value) => b.add(sum, value))))
}

function clipByNorm(b: Builder, gradients: Gradients, maxNorm: number): Gradients {
  const [first, ...rest] = Object.values(gradients)
  if (first === undefined) return gradients
  const factor = b.within({ stage: 'update', layer: '' }, () => {
    const number = (value: number): Value => b.constant(value, first.type.dtype)
    const norm = b.add(globalNorm(b, first, rest), number(NORM_EPSILON))
    return b.minimum(b.div(number(maxNorm), norm), number(1))
  })
  return mapGradients(b, gradients, (gradient) => b.mul(gradient, factor))
}

/** Emits the clipped gradients, by the same names. NaN stays NaN; by norm, an infinite gradient makes all of them NaN. */
export function clipGradients(b: Builder, gradients: Gradients, spec: ClippingSpec): Gradients {
  if (spec.type === 'norm') return clipByNorm(b, gradients, spec.maxNorm)
  return mapGradients(b, gradients, (gradient) => {
    const limit = b.constant(spec.limit, gradient.type.dtype)
    return b.minimum(b.maximum(gradient, b.neg(limit)), limit)
  })
}
