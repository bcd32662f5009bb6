/** The arithmetic of float32 in which functions are written that jax-js has not, or not exactly: on its arrays, which it counts readers of. */
import type { FloatArithmetic } from '@isograd/core/backend'
import type { OpName } from '@isograd/core/ir'
import type { JaxArray } from '../runtime.js'
import { type AnyCall, dtypeIn, inputAt, type Lowering, scalar } from './lowering.js'

/** Arithmetic that uses nothing up; all that it makes but the result goes when it is done. */
export class Arithmetic implements FloatArithmetic<JaxArray> {
  readonly #jax: AnyCall['jax']
  readonly #made: JaxArray[] = []

  constructor(jax: AnyCall['jax']) {
    this.#jax = jax
  }

  /** Has an array go at the end. */
  keep(value: JaxArray): JaxArray {
    this.#made.push(value)
    return value
  }

  /** The result, once all else has gone. */
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

  ifLess(a: JaxArray, b: JaxArray, yes: JaxArray, no: JaxArray): JaxArray {
    return this.ifGreater(b, a, yes, no)
  }

  /** True where a value is above 0. */
  isPositive(x: JaxArray): JaxArray {
    return this.keep(this.#jax.numpy.greater(x.ref, 0))
  }

  numberAt(numbers: readonly number[], place: JaxArray): JaxArray {
    const { numpy: np } = this.#jax
    return this.keep(np.take(np.array([...numbers]), place.ref.astype(dtypeIn(this.#jax, 'int32')), 0))
  }

  roughLog(x: JaxArray): JaxArray {
    return this.keep(this.#jax.numpy.log(x.ref))
  }
}

/** A lowering by arithmetic. @param compute takes the inputs by their index. */
export function by(
  compute: (arithmetic: Arithmetic, inputs: (index: number) => JaxArray, call: AnyCall) => JaxArray,
): Lowering<OpName> {
  return (call) => {
    const arithmetic = new Arithmetic(call.jax)
    return arithmetic.end(compute(arithmetic, (index) => arithmetic.keep(inputAt(call, index)), call))
  }
}
