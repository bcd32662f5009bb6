/**
 * The elementary functions as expressions of loops, in float32 and float64: the same operations in the same order wherever
 * they run. Polynomials of exp, log and tanh in float32 and of tanh in float64 are those of Cephes (S. L. Moshier, public),
 * log in float64 is that of fdlibm (Sun Microsystems), exp in float64 is Taylor's.
 */
import { binary, compare, constant, convert, select, unary } from '../loops/build.js'
import type { Expression } from '../loops/loops.js'

type Float = 'f32' | 'f64'
/** Binds a value that is used more than once to a local. */
type Name = (value: Expression) => Expression
type Elementary = (x: Expression, name: Name) => Expression

const add = (x: Expression, y: Expression): Expression => binary('add', x, y)
const sub = (x: Expression, y: Expression): Expression => binary('sub', x, y)
const mul = (x: Expression, y: Expression): Expression => binary('mul', x, y)
const div = (x: Expression, y: Expression): Expression => binary('div', x, y)

/** A polynomial by Horner's rule, the highest power first. */
function polynomial(type: Float, x: Expression, coefficients: readonly number[]): Expression {
  const [first = 0, ...rest] = coefficients
  return rest.reduce<Expression>((sum, c) => add(mul(sum, x), constant(type, c)), constant(type, first))
}

/** Facts of a float type. */
interface Format {
  readonly type: Float
  readonly integer: 'i32' | 'i64'
  readonly mantissa: number
  readonly bias: number
  /** exp is taken as infinity or 0 beyond. */
  readonly highest: number
  readonly lowest: number
  readonly log2: readonly [high: number, low: number]
  readonly exp: readonly number[]
}

const factorials = (count: number): number[] =>
  Array.from({ length: count }, (_, i) =>
    Array.from({ length: count - i + 1 }, (__, k) => k + 1).reduce((n, k) => n * k, 1),
  )

const formats: Readonly<Record<Float, Format>> = {
  f32: {
    type: 'f32',
    integer: 'i32',
    mantissa: 23,
    bias: 127,
    highest: 89,
    lowest: -104,
    log2: [0.693359375, -2.1219444e-4],
    exp: [1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1],
  },
  f64: {
    type: 'f64',
    integer: 'i64',
    mantissa: 52,
    bias: 1023,
    highest: 710,
    lowest: -746,
    log2: [6.9314718036912381649e-1, 1.90821492927058770002e-10],
    exp: factorials(12).map((n) => 1 / n),
  },
}

/** 2^n of a whole number that is held as a float. */
function powerOfTwo({ type, integer, mantissa, bias }: Format, n: Expression): Expression {
  if (type === 'f32')
    return unary('float', binary('shl', add(convert('i32', n), constant('i32', bias)), constant('i32', mantissa)))
  // Added to 1.5 * 2^52 a number has its integer in its last bits.
  const bits = unary('bits', add(n, constant('f64', 6755399441055744 + bias)))
  return unary('float', binary('shl', bits, constant(integer, BigInt(mantissa))))
}

const exp =
  (type: Float): Elementary =>
  (given, name) => {
    const format = formats[type]
    const { highest, lowest, log2 } = format
    const of = (value: number): Expression => constant(type, value)
    const x = name(binary('max', binary('min', given, of(highest)), of(lowest)))
    const n = name(unary('nearest', mul(x, of(Math.LOG2E))))
    const r = name(sub(sub(x, mul(n, of(log2[0]))), mul(n, of(log2[1]))))
    const series = add(add(mul(mul(polynomial(type, r, format.exp), r), r), r), of(1))
    // In two factors, of which each can be said.
    const half = name(unary('nearest', mul(n, of(0.5))))
    return mul(mul(series, powerOfTwo(format, half)), powerOfTwo(format, sub(n, half)))
  }

/** e^-|x|, for what falls on both sides. */
const falling = (type: Float, x: Expression, name: Name): Expression =>
  name(exp(type)(unary('neg', unary('abs', x)), name))

const sigmoid =
  (type: Float): Elementary =>
  (x, name) => {
    const e = falling(type, x, name)
    const one = constant(type, 1)
    return div(select(compare('ge', x, constant(type, 0)), one, e), add(one, e))
  }

const TANH_SMALL = 0.625

const tanhSeries: Readonly<Record<Float, (z: Expression) => Expression>> = {
  f32: (z) =>
    polynomial('f32', z, [-5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1]),
  f64: (z) =>
    div(
      polynomial('f64', z, [-0.9643991794250523, -99.28772310019185, -1614.6876844170845]),
      polynomial('f64', z, [1, 112.81167849163293, 2235.4883906010045, 4844.063053251255]),
    ),
}

const tanh =
  (type: Float): Elementary =>
  (x, name) => {
    const size = name(unary('abs', x))
    const e = name(exp(type)(add(size, size), name))
    const large = sub(constant(type, 1), div(constant(type, 2), add(e, constant(type, 1))))
    const z = name(mul(x, x))
    const small = add(mul(mul(tanhSeries[type](z), z), x), x)
    const signed = select(compare('gt', constant(type, 0), x), unary('neg', large), large)
    return select(compare('gt', constant(type, TANH_SMALL), size), small, signed)
  }

/** x = m 2^k with m from the root of 1/2 on: m - 1, and k as a float. */
function parted(format: Format, x: Expression, name: Name): readonly [f: Expression, k: Expression] {
  const { type, integer, mantissa } = format
  const whole = (value: number | bigint): Expression => constant(integer, integer === 'i64' ? BigInt(value) : value)
  const root = unary('bits', constant(type, Math.SQRT1_2))
  const above = name(binary('sub', unary('bits', x), root))
  const k = convert(type, binary('shr', above, whole(mantissa)))
  const kept = integer === 'i64' ? (1n << BigInt(mantissa)) - 1n : 2 ** mantissa - 1
  const m = unary('float', add(binary('and', above, constant(integer, kept)), root))
  return [name(sub(m, constant(type, 1))), name(k)]
}

const number = (value: number): Expression => constant('f64', value)

const logSeries: Readonly<Record<Float, (f: Expression, k: Expression, name: Name) => Expression>> = {
  f32: (f, k, name) => {
    const z = name(mul(f, f))
    const p = polynomial(
      'f32',
      f,
      [
        7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
        2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
      ],
    )
    const y = sub(add(mul(mul(f, z), p), mul(k, constant('f32', -2.1219444e-4))), mul(z, constant('f32', 0.5)))
    return add(add(f, y), mul(k, constant('f32', 0.693359375)))
  },
  f64: (f, k, name) => {
    const s = name(div(f, add(f, number(2))))
    const z = name(mul(s, s))
    const r = mul(
      z,
      polynomial(
        'f64',
        z,
        [
          1.479819860511658591e-1, 1.531383769920937332e-1, 1.818357216161805012e-1, 2.222219843214978396e-1,
          2.857142874366239149e-1, 3.999999999940941908e-1, 6.66666666666673513e-1,
        ],
      ),
    )
    const half = name(mul(mul(f, f), number(0.5)))
    const low = add(mul(s, add(half, r)), mul(k, number(1.90821492927058770002e-10)))
    return sub(mul(k, number(6.9314718036912381649e-1)), sub(sub(half, low), f))
  },
}

const log =
  (type: Float): Elementary =>
  (x, name) => {
    const format = formats[type]
    const zero = constant(type, 0)
    // Subnormal numbers are multiplied by 2^mantissa first.
    const isSmall = name(compare('gt', constant(type, 2 ** (1 - format.bias)), x))
    const scaled = name(select(isSmall, mul(x, constant(type, 2 ** format.mantissa)), x))
    const [f, exponent] = parted(format, scaled, name)
    const k = name(select(isSmall, sub(exponent, constant(type, format.mantissa)), exponent))
    const value = logSeries[type](f, k, name)
    const finite = select(compare('eq', x, zero), constant(type, Number.NEGATIVE_INFINITY), value)
    // Infinity and NaN are their own logarithms; below 0 there is none.
    const isOther = compare('eq', x, constant(type, Number.POSITIVE_INFINITY))
    const upper = select(isOther, x, finite)
    const lower = select(compare('gt', zero, x), constant(type, Number.NaN), upper)
    return select(compare('ne', x, x), x, lower)
  }

const both = (make: (type: Float) => Elementary): Readonly<Record<Float, Elementary>> => ({
  f32: make('f32'),
  f64: make('f64'),
})

/** The elementary functions by name and type. */
export const elementary = { exp: both(exp), log: both(log), tanh: both(tanh), sigmoid: both(sigmoid) }
