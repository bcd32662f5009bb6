/** log: x = 2^k m with m between sqrt(1/2) and sqrt(2), and ln m = 2 atanh((m - 1) / (m + 1)). */
import { select } from '../loops/build.js'
import type { Expression } from '../loops/loops.js'
import type { Name } from './arithmetic.js'
import { add, and, bits, div, eq, float, gt, mul, or, polynomial, sub, typed, ushr } from './arithmetic.js'
import type { Format } from './formats.js'

/** `k`, and `f` = m - 1, exact; subnormal x are scaled first. */
function split(x: Expression, format: Format, name: Name): { k: Expression; f: Expression } {
  const { digits, bias, type } = format
  const subnormal = name(gt(format.smallest, x))
  const normal = select(subnormal, mul(x, 2 ** digits), x)
  const moved = name(add(bits(normal), format.one - format.rootHalf))
  // Digits of the number 2^digits, which are those of the biased exponent: no conversion of integers is needed.
  const counted = float(or(ushr(moved, digits), BigInt(bias + digits) << BigInt(digits)))
  const k = sub(counted, select(subnormal, typed(type, 2 ** digits + bias + digits), typed(type, 2 ** digits + bias)))
  const fraction = and(moved, (1n << BigInt(digits)) - 1n)
  return { k: name(k), f: name(sub(float(add(fraction, format.rootHalf)), 1)) }
}

/** log of a number that is positive and finite, in the order of sums of fdlibm's `e_log.c` (Sun Microsystems, 1993). */
function finite(x: Expression, format: Format, name: Name): Expression {
  const { k, f } = split(x, format, name)
  const s = name(div(f, add(f, 2)))
  const z = name(mul(s, s))
  const square = name(mul(mul(f, f), 0.5))
  const tail = add(mul(s, add(square, mul(z, polynomial(z, format.logarithm)))), mul(k, format.low))
  return sub(mul(k, format.high), sub(sub(square, tail), f))
}

/** log: -infinity of 0, NaN of less. */
export function log(argument: Expression, format: Format, name: Name): Expression {
  const x = name(argument)
  const [nan, infinity] = [typed(x.type, Number.NaN), typed(x.type, Infinity)]
  const positive = select(eq(x, infinity), infinity, finite(x, format, name))
  return select(gt(x, 0), positive, select(eq(x, 0), typed(x.type, -Infinity), nan))
}
