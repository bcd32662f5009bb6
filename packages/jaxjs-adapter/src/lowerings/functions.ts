/**
 * Functions that jax-js 0.1.25 computes with less than float32 (docs/findings.md), by its sums, products and comparisons.
 */
import { elementaryFunctions, type FloatArithmetic, MOST_POWER } from '@isograd/core/backend'
import type { OpName } from '@isograd/core/ir'
import type { JaxArray } from '../runtime.js'
import { type AnyCall, dtypeIn, inputAt, type Lowering, type LoweringsOf, scalar } from './lowering.js'

const powers = Array.from({ length: 2 * MOST_POWER + 1 }, (_, i) => 2 ** (i - MOST_POWER))

/** Arithmetic that uses nothing up; all that it makes but the result goes when it is done. */
class Arithmetic implements FloatArithmetic<JaxArray> {
  readonly #jax: AnyCall['jax']
  readonly #made: JaxArray[] = []

  constructor(jax: AnyCall['jax']) {
    this.#jax = jax
  }

  keep(value: JaxArray): JaxArray {
    this.#made.push(value)
    return value
  }

  end(result: JaxArray): JaxArray {
    for (const value of this.#made) if (value !== result) value.dispose()
    return result
  }

  number(value: number): JaxArray {
    return this.keep(scalar(this.#jax, value, 'float32'))
  }

  add(a: JaxArray, b: JaxArray): JaxArray {
    return this.keep(this.#jax.numpy.add(a.ref, b.ref))
  }

  /** jax-js computes (x - 1) + y as (x + y) - 1, which loses what is small (docs/findings.md): not behind a choice. */
  sub(a: JaxArray, b: JaxArray): JaxArray {
    const { numpy: np } = this.#jax
    return this.keep(np.where(np.notEqual(a.ref, a.ref), a.ref, np.subtract(a.ref, b.ref)))
  }

  mul(a: JaxArray, b: JaxArray): JaxArray {
    return this.keep(this.#jax.numpy.multiply(a.ref, b.ref))
  }

  div(a: JaxArray, b: JaxArray): JaxArray {
    return this.keep(this.#jax.numpy.trueDivide(a.ref, b.ref))
  }

  floor(x: JaxArray): JaxArray {
    return this.keep(this.#jax.numpy.floor(x.ref))
  }

  ifGreater(a: JaxArray, b: JaxArray, yes: JaxArray, no: JaxArray): JaxArray {
    const { numpy: np } = this.#jax
    return this.keep(np.where(np.greater(a.ref, b.ref), yes.ref, no.ref))
  }

  powerOfTwo(n: JaxArray): JaxArray {
    const { numpy: np } = this.#jax
    const place = np.add(n.ref, MOST_POWER).astype(dtypeIn(this.#jax, 'int32'))
    return this.keep(np.take(np.array(powers), place, 0))
  }

  roughLog(x: JaxArray): JaxArray {
    return this.keep(this.#jax.numpy.log(x.ref))
  }
}

/** A lowering by those functions. */
function by(
  compute: (arithmetic: Arithmetic, inputs: (index: number) => JaxArray, call: AnyCall) => JaxArray,
): Lowering<OpName> {
  return (call) => {
    const arithmetic = new Arithmetic(call.jax)
    return arithmetic.end(compute(arithmetic, (index) => arithmetic.keep(inputAt(call, index)), call))
  }
}

function unary(name: 'exp' | 'log' | 'tanh' | 'sigmoid'): Lowering<OpName> {
  return by((arithmetic, input) => elementaryFunctions(arithmetic)[name](input(0)))
}

/** Lowerings in the place of those by jax-js's own functions. */
export const preciseLowerings: LoweringsOf<'exp' | 'log' | 'div' | 'sigmoid' | 'tanh' | 'logSoftmax'> = {
  exp: unary('exp'),
  log: unary('log'),
  tanh: unary('tanh'),
  sigmoid: unary('sigmoid'),
  div: by((arithmetic, input) => elementaryFunctions(arithmetic).quotient(input(0), input(1))),
  // d - ln sum e^d with d = x - max(x)
  logSoftmax: by((arithmetic, input, { jax: { numpy: np } }) => {
    const { exp, log } = elementaryFunctions(arithmetic)
    const x = input(0)
    const shifted = arithmetic.sub(x, arithmetic.keep(np.max(x.ref, -1, { keepdims: true })))
    const sum = arithmetic.keep(np.sum(exp(shifted).ref, -1, { keepdims: true }))
    return arithmetic.sub(shifted, log(sum))
  }),
}
