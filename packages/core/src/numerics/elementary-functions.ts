/**
 * Functions of float32 by sums, products, comparisons and powers of two, for runtimes whose own are less exact: a shader's `exp`
 * may be off by 3 + 2 |x| units in the last place, its `log` by 2^-21 close to 1, and it may take it that there is no NaN
 * (WebGPU Shading Language, its tables of errors of built-in functions). The polynomials are those of Cephes in single precision
 * (S. L. Moshier, expf.c, logf.c, tanhf.c).
 */

/** Arithmetic of float32 on the values of a runtime, element by element. */
export interface FloatArithmetic<T> {
  /** A number for all elements. */
  readonly number: (value: number) => T
  /** a + b. */
  readonly add: (a: T, b: T) => T
  /** a - b. */
  readonly sub: (a: T, b: T) => T
  /** a b. */
  readonly mul: (a: T, b: T) => T
  /** a / b. */
  readonly div: (a: T, b: T) => T
  /** The largest whole number that is not above x. */
  readonly floor: (x: T) => T
  /** `yes` where a > b, and else `no`, as where one of them is NaN. */
  readonly ifGreater: (a: T, b: T, yes: T, no: T) => T
  /** The one of some numbers at a place, counted from 0 and never beyond the last. */
  readonly numberAt: (numbers: readonly number[], place: T) => T
  /** ln x of a normal number to 0.01: the runtime's own. */
  readonly roughLog: (x: T) => T
}

/** The largest exponent that is asked for: about half of that of the smallest subnormal number. */
const MOST_POWER = 76

const powers = Array.from({ length: 2 * MOST_POWER + 1 }, (_, i) => 2 ** (i - MOST_POWER))

/** ln 2 in two parts, of which a whole number times the first is exact. */
const [LN2, REST] = [0.693359375, -2.1219444e-4]

const EXP = [1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1]

const LOG = [
  7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
  2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
]

const TANH = [-5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1]

/** Arguments between which e^x is neither infinite nor 0. */
const [LOWEST, HIGHEST] = [-104, 89]

/** Below it, `log` takes 2^32 x. */
const SMALL = 2 ** -100

/** Arithmetic in which numbers stand for themselves. */
class Formulas<T> {
  readonly #of: FloatArithmetic<T>

  constructor(of: FloatArithmetic<T>) {
    this.#of = of
  }

  value(x: T | number): T {
    return typeof x === 'number' ? this.#of.number(x) : x
  }

  readonly add = (a: T | number, b: T | number): T => this.#of.add(this.value(a), this.value(b))
  readonly sub = (a: T | number, b: T | number): T => this.#of.sub(this.value(a), this.value(b))
  readonly mul = (a: T | number, b: T | number): T => this.#of.mul(this.value(a), this.value(b))
  readonly div = (a: T | number, b: T | number): T => this.#of.div(this.value(a), this.value(b))
  readonly ifGreater = (a: T, b: number, yes: T | number, no: T | number): T =>
    this.#of.ifGreater(a, this.value(b), this.value(yes), this.value(no))
  readonly ifLess = (a: T, b: number, yes: T | number, no: T | number): T =>
    this.#of.ifGreater(this.value(b), a, this.value(yes), this.value(no))

  nearestWhole(x: T): T {
    return this.#of.floor(this.add(x, 0.5))
  }

  polynomial([first = 0, second = 0, ...others]: readonly number[], x: T): T {
    return others.reduce((sum, one) => this.add(this.mul(sum, x), one), this.add(this.mul(x, first), second))
  }

  #powerOfTwo(n: T): T {
    return this.#of.numberAt(powers, this.add(n, MOST_POWER))
  }

  /** y 2^n, in two steps, since 2^n alone may be out of range. */
  scaled(y: T, n: T): T {
    const half = this.#of.floor(this.mul(n, 0.5))
    return this.mul(this.mul(y, this.#powerOfTwo(half)), this.#powerOfTwo(this.sub(n, half)))
  }
}

/**
 * Functions by an arithmetic: NaN of NaN, and within 3 units in the last place where it rounds as IEEE 754 has it. A result that
 * is subnormal may be 0.
 */
export function elementaryFunctions<T>(arithmetic: FloatArithmetic<T>) {
  const of = new Formulas(arithmetic)
  const { add, sub, mul, div, ifGreater, ifLess } = of

  /** e^x = 2^n e^r. */
  function exp(x: T): T {
    const inside = ifGreater(x, LOWEST, ifLess(x, HIGHEST, x, 0), 0)
    const n = of.nearestWhole(mul(inside, Math.LOG2E))
    const r = sub(sub(inside, mul(n, LN2)), mul(n, REST))
    const value = of.scaled(add(add(mul(of.polynomial(EXP, r), mul(r, r)), r), 1), n)
    return ifGreater(x, LOWEST, ifLess(x, HIGHEST, value, Infinity), ifLess(x, 0, 0, x))
  }

  /** ln x = n ln 2 + ln(1 + m), where 1 + m lies close to between the root of 1/2 and that of 2. */
  function log(x: T): T {
    const lifted = ifLess(x, SMALL, mul(x, 2 ** 32), x)
    const inside = ifGreater(lifted, 0, ifLess(lifted, Infinity, lifted, 1), 1)
    const n = of.nearestWhole(mul(arithmetic.roughLog(inside), Math.LOG2E))
    const m = sub(of.scaled(inside, sub(0, n)), 1)
    const [square, whole] = [mul(m, m), add(n, ifLess(x, SMALL, -32, 0))]
    const rest = add(mul(mul(of.polynomial(LOG, m), m), square), mul(whole, REST))
    const value = add(add(m, sub(rest, mul(square, 0.5))), mul(whole, LN2))
    const ofNoPositive = ifLess(x, 0, Number.NaN, ifLess(x, SMALL, -Infinity, x))
    return ifGreater(lifted, 0, ifLess(x, Infinity, value, Infinity), ofNoPositive)
  }

  /** An odd polynomial close to 0, and 1 - 2 / (e^2|x| + 1) beyond. */
  function tanh(x: T): T {
    const [size, square] = [absolute(x), mul(x, x)]
    const near = add(mul(mul(of.polynomial(TANH, square), square), x), x)
    const far = ifLess(size, 10, sub(1, div(2, add(exp(add(size, size)), 1))), 1)
    return ifLess(size, 0.625, near, ifGreater(x, 0, far, ifLess(x, 0, mul(far, -1), x)))
  }

  /** The parts of a number of 12 bits each (T. J. Dekker, 1971). */
  function split(x: T): [T, T] {
    const large = mul(x, 4097)
    const high = sub(large, sub(large, x))
    return [high, sub(x, high)]
  }

  /** a b - p, exactly, of the rounded product p. */
  function errorOfProduct(a: T, b: T, p: T): T {
    const [[high, low], [otherHigh, otherLow]] = [split(a), split(b)]
    const most = add(add(sub(mul(high, otherHigh), p), mul(high, otherLow)), mul(low, otherHigh))
    return add(most, mul(low, otherLow))
  }

  /** x / y by the reciprocal of y, both times a power of two so that neither is subnormal, corrected by what that leaves of x. */
  function quotient(x: T, y: T): T {
    const size = absolute(y)
    const factor = ifGreater(size, 2 ** 100, 2 ** -72, ifLess(size, 2 ** -100, 2 ** 72, 1))
    const [dividend, divisor] = [mul(x, factor), mul(y, factor)]
    const reciprocal = div(1, divisor)
    const rough = mul(dividend, reciprocal)
    const product = mul(rough, divisor)
    const left = sub(sub(dividend, product), errorOfProduct(rough, divisor, product))
    const near = add(rough, mul(left, reciprocal))
    // Where parts would overflow or be subnormal, the rough one stays.
    const isBetween = (value: T, least: number, most: number): T =>
      ifGreater(value, least, ifLess(value, most, 1, 0), 0)
    const isSafe = mul(
      isBetween(absolute(dividend), 2 ** -100, 2 ** 120),
      isBetween(absolute(rough), 2 ** -100, 2 ** 110),
    )
    return ifGreater(isSafe, 0, near, rough)
  }

  function absolute(x: T): T {
    return ifLess(x, 0, mul(x, -1), x)
  }

  return {
    /** e^x. */
    exp,
    /** ln x. */
    log,
    /** The hyperbolic tangent. */
    tanh,
    /** 1 / (1 + e^-x). */
    sigmoid: (x: T): T => div(1, add(exp(mul(x, -1)), 1)),
    /** The larger of x and 0, and NaN of NaN. */
    relu: (x: T): T => ifGreater(x, 0, x, ifLess(x, 0, 0, x)),
    /** 1 for NaN, and 0 for every number. */
    isNaN: (x: T): T => ifGreater(x, 0, 0, ifLess(x, 1, 0, 1)),
    /** x / y, where the runtime has no more than the reciprocal of y. */
    quotient,
  }
}
