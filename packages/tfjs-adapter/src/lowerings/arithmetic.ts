/** Elementwise arithmetic. Three kernels are not what the IR means, and are mended here. */
import type { KernelName } from '../device/device.js'
import { broadcast, broadcastNeeds } from './broadcast.js'
import { inputAt, type Lowering, type LoweringsOf, type NoAttributes } from './lowering.js'

/** An operation of one input that a kernel computes as the IR means it. */
export function unary(kernel: KernelName): Lowering<NoAttributes> {
  return { needs: [kernel], run: ({ inputs, kernels }) => kernels.run(kernel, { x: inputAt(inputs, 0).tensor }) }
}

/** An operation of two inputs, broadcast, that a kernel computes as the IR means it. */
export function binary(kernel: KernelName): Lowering<NoAttributes> {
  return {
    needs: [kernel],
    run: ({ inputs, kernels }) => kernels.run(kernel, { a: inputAt(inputs, 0).tensor, b: inputAt(inputs, 1).tensor }),
  }
}

/**
 * The larger or smaller of two. The wasm kernels return the first operand where the second is NaN, so NaN is chosen
 * separately: y where y is NaN, else the kernel's result, which is right for a NaN in x.
 */
function extremum(kernel: 'Maximum' | 'Minimum'): Lowering<NoAttributes> {
  return {
    needs: [kernel, 'NotEqual', 'Select', ...broadcastNeeds],
    run: ({ inputs, kernels, shape }) => {
      const [a, b] = [inputAt(inputs, 0).tensor, inputAt(inputs, 1).tensor]
      const chosen = kernels.run(kernel, { a, b })
      const isNaN = broadcast(kernels, kernels.run('NotEqual', { a: b, b }), shape)
      return kernels.run('Select', { condition: isNaN, t: broadcast(kernels, b, shape), e: chosen })
    },
  }
}

/** The arithmetic family. */
export const arithmeticLowerings: LoweringsOf<
  'add' | 'sub' | 'mul' | 'div' | 'maximum' | 'minimum' | 'neg' | 'abs' | 'sign' | 'exp' | 'log' | 'sqrt'
> = {
  add: binary('Add'),
  sub: binary('Sub'),
  mul: binary('Multiply'),
  div: binary('RealDiv'),
  maximum: extremum('Maximum'),
  minimum: extremum('Minimum'),
  neg: unary('Neg'),
  abs: unary('Abs'),
  // The kernels give 0 for NaN, and on wasm for subnormal numbers too. Zeros and NaN are their own sign.
  sign: {
    needs: ['Fill', 'Greater', 'Select'],
    run: ({ inputs, kernels, shape }) => {
      const x = inputAt(inputs, 0).tensor
      const zero = kernels.scalar(0, 'float32')
      const filled = (value: number) => kernels.run('Fill', {}, { shape, value, dtype: 'float32' })
      const negative = kernels.run('Greater', { a: zero, b: x })
      const orNegative = kernels.run('Select', { condition: negative, t: filled(-1), e: x })
      const positive = kernels.run('Greater', { a: x, b: zero })
      return kernels.run('Select', { condition: positive, t: filled(1), e: orNegative })
    },
  },
  exp: unary('Exp'),
  log: unary('Log'),
  sqrt: unary('Sqrt'),
}
