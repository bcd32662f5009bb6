/**
 * Initial values of parameters. Each parameter has a random stream of its own, so its values depend on the seed and on
 * its number in the model and on nothing else. Drawn in float64 and rounded to the training precision. The normal
 * distributions are whole ones, as they were published and as PyTorch draws them; Keras cuts its own off at two
 * standard deviations.
 */
import * as z from 'zod/mini'
import type { RandomStream } from '../random/stream.js'
import { elementCount } from '../tensor.js'
import { orthogonalMatrix } from './orthogonal.js'

/** How many inputs feed one output of the parameter's layer, and how many outputs one input feeds. */
export interface Fans {
  readonly fanIn: number
  readonly fanOut: number
}

/** The tensor to be filled. */
export interface InitialContext {
  readonly shape: readonly number[]
  readonly fans: Fans
  readonly stream: RandomStream
}

/** One initializer: its settings' schema, and all values of a tensor, row-major. */
interface Initializer<S extends z.ZodMiniType> {
  readonly schema: S
  readonly fill: (settings: z.output<S>, context: InitialContext) => Float64Array
}

function initializer<S extends z.ZodMiniType>(schema: S, fill: Initializer<S>['fill']): Initializer<S> {
  return { schema, fill }
}

/** Values that are drawn one by one. */
function each({ shape }: InitialContext, next: () => number): Float64Array {
  return new Float64Array(elementCount(shape)).map(next)
}

/** U(-bound, bound). */
function uniformWithin(bound: number, context: InitialContext): Float64Array {
  return each(context, () => bound * (2 * context.stream.uniform() - 1))
}

/** N(0, sd^2). */
function centredNormal(sd: number, context: InitialContext): Float64Array {
  return each(context, () => sd * context.stream.normal())
}

const nonNegative = z.number().check(z.nonnegative())

const uniformSettings = z
  .strictObject({ type: z.literal('randomUniform'), min: z.number(), max: z.number() })
  .check(z.refine(({ min, max }) => min <= max, { message: '"min" to be at most "max"' }))

/** Every initializer that an experiment can name. */
export const initializers = {
  zeros: initializer(z.strictObject({ type: z.literal('zeros') }), (_, context) => each(context, () => 0)),
  ones: initializer(z.strictObject({ type: z.literal('ones') }), (_, context) => each(context, () => 1)),
  constant: initializer(z.strictObject({ type: z.literal('constant'), value: z.number() }), ({ value }, context) =>
    each(context, () => value),
  ),
  /** U(min, max). */
  randomUniform: initializer(uniformSettings, ({ min, max }, context) =>
    each(context, () => min + (max - min) * context.stream.uniform()),
  ),
  /** N(mean, sd^2). */
  randomNormal: initializer(
    z.strictObject({
      type: z.literal('randomNormal'),
      mean: z._default(z.number(), 0),
      sd: z._default(nonNegative, 1),
    }),
    ({ mean, sd }, context) => each(context, () => mean + sd * context.stream.normal()),
  ),
  /** U(-k, k), k = 1/sqrt(fan_in): torch.nn.Linear's default for weights and biases. */
  torchLinear: initializer(z.strictObject({ type: z.literal('torchLinear') }), (_, context) =>
    uniformWithin(1 / Math.sqrt(context.fans.fanIn), context),
  ),
  /** U(-k, k), k = sqrt(6 / (fan_in + fan_out)). Glorot and Bengio, AISTATS 2010, eq. 16. */
  glorotUniform: initializer(z.strictObject({ type: z.literal('glorotUniform') }), (_, context) =>
    uniformWithin(Math.sqrt(6 / (context.fans.fanIn + context.fans.fanOut)), context),
  ),
  /** N(0, s^2), s = sqrt(2 / (fan_in + fan_out)). Glorot and Bengio, AISTATS 2010, eq. 12. */
  glorotNormal: initializer(z.strictObject({ type: z.literal('glorotNormal') }), (_, context) =>
    centredNormal(Math.sqrt(2 / (context.fans.fanIn + context.fans.fanOut)), context),
  ),
  /** U(-k, k), k = sqrt(6 / fan_in): torch.nn.init.kaiming_uniform_ with the gain sqrt(2) of relu. */
  heUniform: initializer(z.strictObject({ type: z.literal('heUniform') }), (_, context) =>
    uniformWithin(Math.sqrt(6 / context.fans.fanIn), context),
  ),
  /** N(0, s^2), s = sqrt(2 / fan_in). He, Zhang, Ren and Sun, ICCV 2015, eq. 10. */
  heNormal: initializer(z.strictObject({ type: z.literal('heNormal') }), (_, context) =>
    centredNormal(Math.sqrt(2 / context.fans.fanIn), context),
  ),
  /** gain times a random orthogonal matrix, for tensors of two axes. Saxe, McClelland and Ganguli, ICLR 2014. */
  orthogonal: initializer(
    z.strictObject({ type: z.literal('orthogonal'), gain: z._default(z.number(), 1) }),
    ({ gain }, { shape, stream }) => orthogonalMatrix(shape, stream).map((value) => gain * value),
  ),
}

/** Schema of an initializer in an experiment. */
export const initializerSchema = z.discriminatedUnion('type', [
  initializers.zeros.schema,
  initializers.ones.schema,
  initializers.constant.schema,
  initializers.randomUniform.schema,
  initializers.randomNormal.schema,
  initializers.torchLinear.schema,
  initializers.glorotUniform.schema,
  initializers.glorotNormal.schema,
  initializers.heUniform.schema,
  initializers.heNormal.schema,
  initializers.orthogonal.schema,
])

/** An initializer with its settings. */
export type InitializerSpec = z.output<typeof initializerSchema>

/** The initial values of a tensor in float64, row-major. @throws InputError when the shape does not suit. */
export function drawInitial(
  spec: InitializerSpec,
  fans: Fans,
  shape: readonly number[],
  stream: RandomStream,
): Float64Array {
  const { fill }: Initializer<z.ZodMiniType> = initializers[spec.type]
  return fill(spec, { shape, fans, stream })
}
