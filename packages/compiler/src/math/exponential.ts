/**
 * exp, sigmoid and tanh from one reduction: x = n ln 2 + r, and exp(r) = 1 + r + p with p of the second order.
 *
 * Nothing depends on whether `a * b + c` is rounded once or twice: products that must be exact are so (of few digits, or by
 * powers of two), so that contraction to FMA leaves the bounds as they are. No branches: what is clamped gives the limit.
 */
import { select, unary } from '../loops/build.js'
import type { Expression } from '../loops/loops.js'
import type { Name, Operand } from './arithmetic.js'
import { add, and, bits, div, float, gt, mul, or, polynomial, shl, sub, typed, ushr } from './arithmetic.js'
import type { Format } from './formats.js'

/** `exp(x) = 2^n (1 + r + p)`; `counted` has n + 2 bias in its lowest bits. */
interface Reduced {
  readonly counted: Expression
  readonly r: Expression
  readonly p: Expression
}

/** At most `most`; NaN stays. */
const atMost = (x: Expression, most: number): Expression => select(gt(x, most), typed(x.type, most), x)

/** At least `least`, at most `most`; NaN stays. */
function clamped(argument: Expression, [least, most]: readonly [number, number], name: Name): Expression {
  const x = name(argument)
  return name(atMost(name(select(gt(least, x), typed(x.type, least), x)), most))
}

/** The nearest n by adding so large a number that no digits after the point are left; the error of r goes into p. */
function reduced(x: Expression, format: Format, name: Name): Reduced {
  const shift = 1.5 * 2 ** format.digits + 2 * format.bias
  const counted = name(add(mul(x, Math.LOG2E), shift))
  const n = name(sub(counted, shift))
  const high = name(sub(x, mul(n, format.high)))
  const r = name(sub(high, mul(n, format.low)))
  const error = sub(sub(high, r), mul(n, format.low))
  const p = name(add(mul(mul(r, r), polynomial(r, format.exponential)), error))
  return { counted: name(bits(counted)), r, p }
}

/** 2^n in two factors: one alone has too few exponents for subnormal results and for the largest. */
function factors({ counted }: Reduced, { digits }: Format, name: Name): [Expression, Expression] {
  const half = name(ushr(counted, 1))
  return [name(float(shl(half, digits))), name(float(shl(sub(counted, half), digits)))]
}

/** exp. */
export function exp(argument: Expression, format: Format, name: Name): Expression {
  const e = reduced(clamped(argument, format.exponents, name), format, name)
  const [first, second] = factors(e, format, name)
  return mul(mul(add(add(e.r, e.p), 1), first), second)
}

/** A sum of terms, and its value rounded. */
interface Sum {
  readonly terms: readonly [Operand, ...Operand[]]
  readonly rounded: Expression
}

/** `first - subtracted + second + ...`, from the left. */
function less({ terms: [first, ...others] }: Sum, subtracted: Expression): Expression {
  return others.reduce<Expression>((sum, term) => add(sum, term), sub(first, subtracted))
}

/**
 * A ratio of sums to half a unit in the last place and a little. Terms fall in size; the first two of the denominator
 * cancel what is subtracted from it.
 *
 * The quotient and the denominator are cut to half their digits: their product is exact, so what is left of the numerator is
 * known to far more digits than the quotient lacks. (Dekker, Numerische Mathematik 18, 1971, divides so.)
 */
function ratio(numerator: Sum, denominator: Sum, format: Format, name: Name): Expression {
  const inverse = name(div(1, denominator.rounded))
  const cut = (x: Expression): Expression => name(float(and(bits(x), format.half)))
  const [quotient, divisor] = [cut(mul(numerator.rounded, inverse)), cut(denominator.rounded)]
  const left = sub(less(numerator, mul(quotient, divisor)), mul(quotient, less(denominator, divisor)))
  return add(quotient, mul(left, inverse))
}

/** 1 / (1 + exp(-x)) as exp(x) / (1 + exp(x)): no cancellation, subnormal results rounded once. */
export function sigmoid(argument: Expression, format: Format, name: Name): Expression {
  const x = clamped(argument, [format.exponents[0], format.sigmoidOne], name)
  const e = reduced(x, format, name)
  const [first, second] = factors(e, format, name)
  const scale = name(mul(first, second))
  const numerator: Sum = { terms: [1, e.r, e.p], rounded: name(add(add(e.r, e.p), 1)) }
  const terms: Sum['terms'] = [1, scale, mul(scale, e.r), mul(scale, e.p)]
  const y = ratio(numerator, { terms, rounded: name(add(mul(scale, numerator.rounded), 1)) }, format, name)
  return mul(mul(y, first), second)
}

/** (exp(2 x) - 1) / (exp(2 x) + 1) of |x|, then the sign of x, also that of -0. */
export function tanh(argument: Expression, format: Format, name: Name): Expression {
  const x = name(argument)
  const size = atMost(name(unary('abs', x)), format.tanhOne)
  const e = reduced(name(mul(size, 2)), format, name)
  const scale = name(float(shl(sub(e.counted, format.bias), format.digits)))
  const [r, p] = [name(mul(scale, e.r)), name(mul(scale, e.p))]
  const head = name(sub(scale, 1))
  const numerator: Sum = { terms: [head, r, p], rounded: name(add(head, add(r, p))) }
  const denominator: Sum = { terms: [head, 2, r, p], rounded: name(add(numerator.rounded, 2)) }
  const y = ratio(numerator, denominator, format, name)
  return float(or(bits(y), and(bits(x), format.sign)))
}
