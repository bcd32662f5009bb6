/** Terms that the updates of several optimizers have in common. */
import type { Builder, Value } from '../../ir/builder.js'
import type { UpdateContext } from './optimizer.js'

/** g + weightDecay p, the gradient of the loss with weightDecay/2 |p|^2 added to it. */
export function withWeightDecay(b: Builder, gradient: Value, parameter: Value, weightDecay: number): Value {
  if (weightDecay === 0) return gradient
  return b.add(gradient, times(b, parameter, weightDecay))
}

/** The learning rate, and what `shrunk` needs of it. */
export function decoupledRates(settings: {
  readonly learningRate: number
  readonly weightDecay: number
}): Readonly<Record<'learningRate' | 'decay', number>> {
  return { learningRate: settings.learningRate, decay: settings.learningRate * settings.weightDecay }
}

/**
 * p - decay p, the rate `decay` being lr weightDecay: decay that is decoupled from the gradient, before the step.
 * Loshchilov and Hutter, ICLR 2019.
 */
export function shrunk(
  { b, parameter, rate }: Pick<UpdateContext<unknown>, 'b' | 'parameter' | 'rate'>,
  weightDecay: number,
): Value {
  return weightDecay === 0 ? parameter : b.sub(parameter, b.mul(parameter, rate('decay')))
}

/** Gradient and parameter with the weight decay in one of them: in the parameter where it is decoupled. */
export function decayed(
  context: Pick<UpdateContext<unknown>, 'b' | 'parameter' | 'gradient' | 'rate'>,
  weightDecay: number,
  isDecoupled: boolean,
): Readonly<Record<'gradient' | 'start', Value>> {
  const { b, gradient, parameter } = context
  if (isDecoupled) return { gradient, start: shrunk(context, weightDecay) }
  return { gradient: withWeightDecay(b, gradient, parameter, weightDecay), start: parameter }
}

/** x^2 */
export function square(b: Builder, x: Value): Value {
  return b.mul(x, x)
}

/** x + a number. */
export function plus(b: Builder, x: Value, term: number): Value {
  return b.add(x, b.constant(term, x.type.dtype))
}

/** x times a number. */
export function times(b: Builder, x: Value, factor: number): Value {
  return b.mul(x, b.constant(factor, x.type.dtype))
}
