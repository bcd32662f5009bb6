/**
 * Initial values of parameters. Each parameter has a random stream of its own, so its values depend on the seed and on
 * its number in the model and on nothing else. Drawn in float64 and rounded to the training precision.
 */
import * as z from 'zod/mini'
import type { RandomStream } from '../random/stream.js'

/** How many inputs feed one output of the parameter's layer, and how many outputs one input feeds. */
export interface Fans {
  readonly fanIn: number
  readonly fanOut: number
}

/** One initializer: its settings' schema, and the value of the next element. */
interface Initializer<S extends z.ZodMiniType> {
  readonly schema: S
  readonly next: (settings: z.output<S>, fans: Fans, stream: RandomStream) => number
}

function initializer<S extends z.ZodMiniType>(schema: S, next: Initializer<S>['next']): Initializer<S> {
  return { schema, next }
}

function uniformWithin(bound: number, stream: RandomStream): number {
  return bound * (2 * stream.uniform() - 1)
}

/** Every initializer that an experiment can name. */
export const initializers = {
  zeros: initializer(z.strictObject({ type: z.literal('zeros') }), () => 0),
  constant: initializer(z.strictObject({ type: z.literal('constant'), value: z.number() }), ({ value }) => value),
  /** U(-k, k), k = 1/sqrt(fan_in): torch.nn.Linear's default for weights and biases. */
  torchLinear: initializer(z.strictObject({ type: z.literal('torchLinear') }), (_, { fanIn }, stream) =>
    uniformWithin(1 / Math.sqrt(fanIn), stream),
  ),
  /** U(-k, k), k = sqrt(6 / (fan_in + fan_out)). Glorot and Bengio, AISTATS 2010, eq. 16. */
  glorotUniform: initializer(z.strictObject({ type: z.literal('glorotUniform') }), (_, { fanIn, fanOut }, stream) =>
    uniformWithin(Math.sqrt(6 / (fanIn + fanOut)), stream),
  ),
  /** N(0, s^2), s = sqrt(2 / (fan_in + fan_out)). Glorot and Bengio, AISTATS 2010, eq. 12. */
  glorotNormal: initializer(
    z.strictObject({ type: z.literal('glorotNormal') }),
    (_, { fanIn, fanOut }, stream) => Math.sqrt(2 / (fanIn + fanOut)) * stream.normal(),
  ),
}

/** Schema of an initializer in an experiment. */
export const initializerSchema = z.discriminatedUnion('type', [
  initializers.zeros.schema,
  initializers.constant.schema,
  initializers.torchLinear.schema,
  initializers.glorotUniform.schema,
  initializers.glorotNormal.schema,
])

/** An initializer with its settings. */
export type InitializerSpec = z.output<typeof initializerSchema>

/** `count` initial values in float64. */
export function drawInitial(spec: InitializerSpec, fans: Fans, count: number, stream: RandomStream): Float64Array {
  const { next } = initializers[spec.type] as Initializer<z.ZodMiniType>
  return new Float64Array(count).map(() => next(spec, fans, stream))
}
