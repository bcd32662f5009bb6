/** A convolution and its gradients as plain loops, in which each product and each sum is rounded. */
import { convolutionOf, type ConvolutionAttributes } from '../../ir/ops/convolution.js'
import { inputAt, type NumericTensor } from '../../ir/ops/operation.js'
import { readPlaces } from '../../ir/ops/windows.js'
import { elementCount } from '../../tensor.js'

/** Sizes and places of a convolution. */
type Sizes = Omit<ReturnType<typeof convolutionOf>, 'window'> & ReturnType<typeof readPlaces>

/** Hands over each product's elements of samples, kernel and results; backwards, from the last product to the first. */
function forEachProduct(sizes: Sizes, isForward: boolean, take: (x: number, w: number, y: number) => void): void {
  const { batch, groups, outputs, channels, window, positions, plane, at } = sizes
  const place = (i: number, count: number): number => (isForward ? i : count - 1 - i)
  const [pairs, taken] = [batch * groups * outputs * channels, positions * window]
  for (let i = 0; i < pairs; i++) {
    const pair = place(i, pairs)
    const [c, result] = [pair % channels, Math.floor(pair / channels)]
    const [sample, output] = [Math.floor(result / outputs), result % (groups * outputs)]
    const [fromX, fromW] = [(sample * channels + c) * plane, (output * channels + c) * window]
    for (let j = 0; j < taken; j++) {
      const one = place(j, taken)
      const [p, k] = [Math.floor(one / window), one % window]
      const x = at[k * positions + p] as number
      if (x >= 0) take(fromX + x, fromW + k, result * positions + p)
    }
  }
}

/** The result: what is added up over what, by operation. @param isForward false where terms are added from the last to the first. */
export function convolutionLoop(
  op: keyof ConvolutionAttributes,
  inputs: readonly NumericTensor[],
  attributes: ConvolutionAttributes['convolve'],
  shape: readonly number[],
  round: (x: number) => number,
  isForward: boolean,
): Float64Array {
  const [left, right] = [inputAt(inputs, 0).data, inputAt(inputs, 1).data]
  const own = convolutionOf(op, inputs, attributes, shape)
  const sizes = { ...own, ...readPlaces(attributes, own.input, own.window) }
  const out = new Float64Array(elementCount(shape))
  const add = (to: number, l: number, r: number): void => {
    out[to] = round(Number(out[to]) + round(Number(left[l]) * Number(right[r])))
  }
  forEachProduct(
    sizes,
    isForward,
    {
      convolve: (x: number, w: number, y: number) => add(y, x, w),
      convolveData: (x: number, w: number, y: number) => add(x, y, w),
      convolveFilter: (x: number, w: number, y: number) => add(w, x, y),
    }[op],
  )
  return out
}
