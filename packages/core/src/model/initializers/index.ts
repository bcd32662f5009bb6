/**
 * All initializers by name. The normal distributions are whole ones, as they were published and as PyTorch draws them;
 * Keras cuts its own off at two standard deviations, which is `varianceScaling` here. Adding one adds its lines here.
 */
import * as z from 'zod/mini'
import { InputError } from '../../errors.js'
import type { Table } from '../../registry/settings.js'
import { identity } from './identity.js'
import { constantFill, each, type InitialContext, initializer, type InitializerRecord } from './initializer.js'
import { orthogonalMatrix } from './orthogonal.js'
import { truncatedNormal } from './truncated-normal.js'
import { varianceScaling } from './variance-scaling.js'
import { described } from '../../registry/described.js'

/** U(-bound, bound). */
function uniformWithin(bound: number, context: InitialContext): Float64Array {
  return each(context, () => bound * (2 * context.stream.uniform() - 1))
}

/** N(0, sd^2). */
function centredNormal(sd: number, context: InitialContext): Float64Array {
  return each(context, () => sd * context.stream.normal())
}

const zeros = initializer({ fill: (_, context) => constantFill(0)(context) })

const ones = initializer({ fill: (_, context) => constantFill(1)(context) })

const constant = initializer({
  settings: { value: z.number() },
  fill: ({ value }, context) => constantFill(value)(context),
})

/** Every number, row-major. */
const values = initializer({
  settings: { values: z.array(z.number()).check(z.minLength(1)) },
  fill: ({ values: given }, { shape }) => {
    const wanted = shape.reduce((product, dimension) => product * dimension, 1)
    if (given.length === wanted) return Float64Array.from(given)
    throw new InputError(
      'core',
      `initializer "values": expected ${wanted} numbers for a tensor of shape [${shape.join(',')}], got ${given.length}`,
    )
  },
})

/** U(min, max). */
const randomUniform = initializer({
  settings: { min: z.number(), max: z.number() },
  contradiction: ({ min, max }) => (min <= max ? undefined : '"min" to be at most "max"'),
  fill: ({ min, max }, context) => each(context, () => min + (max - min) * context.stream.uniform()),
})

/** N(mean, sd^2). */
const randomNormal = initializer({
  settings: {
    mean: described(z._default(z.number(), 0), 'Mean of the distribution.'),
    sd: z._default(z.number().check(z.nonnegative()), 1),
  },
  fill: ({ mean, sd }, context) => each(context, () => mean + sd * context.stream.normal()),
})

/** U(-k, k), k = 1/sqrt(fan_in): torch.nn.Linear's default for weights and biases. */
const torchLinear = initializer({
  fill: (_, context) => uniformWithin(1 / Math.sqrt(context.fans.fanIn), context),
})

/** U(-k, k), k = sqrt(6 / (fan_in + fan_out)). Glorot and Bengio, AISTATS 2010, eq. 16. */
const glorotUniform = initializer({
  fill: (_, context) => uniformWithin(Math.sqrt(6 / (context.fans.fanIn + context.fans.fanOut)), context),
})

/** N(0, s^2), s = sqrt(2 / (fan_in + fan_out)). Glorot and Bengio, AISTATS 2010, eq. 12. */
const glorotNormal = initializer({
  fill: (_, context) => centredNormal(Math.sqrt(2 / (context.fans.fanIn + context.fans.fanOut)), context),
})

/** U(-k, k), k = sqrt(6 / fan_in): torch.nn.init.kaiming_uniform_ with the gain sqrt(2) of relu. */
const heUniform = initializer({
  fill: (_, context) => uniformWithin(Math.sqrt(6 / context.fans.fanIn), context),
})

/** N(0, s^2), s = sqrt(2 / fan_in). He, Zhang, Ren and Sun, ICCV 2015, eq. 10. */
const heNormal = initializer({
  fill: (_, context) => centredNormal(Math.sqrt(2 / context.fans.fanIn), context),
})

/** U(-k, k), k = sqrt(3 / fan_in): the variance of lecunNormal. */
const lecunUniform = initializer({
  fill: (_, context) => uniformWithin(Math.sqrt(3 / context.fans.fanIn), context),
})

/** N(0, s^2), s = sqrt(1 / fan_in). LeCun, Bottou, Orr and Mueller, Efficient BackProp (1998), section 4.6. */
const lecunNormal = initializer({
  fill: (_, context) => centredNormal(Math.sqrt(1 / context.fans.fanIn), context),
})

/** gain times a random orthogonal matrix, for tensors of two axes. Saxe, McClelland and Ganguli, ICLR 2014. */
const orthogonal = initializer({
  settings: { gain: z._default(z.number(), 1) },
  fill: ({ gain }, { shape, stream }) => orthogonalMatrix(shape, stream).map((value) => gain * value),
})

/** Every initializer that an experiment can name. The first is the default of weights and biases. */
export const initializers = {
  torchLinear,
  zeros,
  ones,
  constant,
  values,
  randomUniform,
  randomNormal,
  glorotUniform,
  glorotNormal,
  heUniform,
  heNormal,
  lecunUniform,
  lecunNormal,
  truncatedNormal,
  varianceScaling,
  orthogonal,
  identity,
} satisfies Table<InitializerRecord>
