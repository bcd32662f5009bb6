/** Convolutions as plain loops: sums of small whole numbers, which no order and no rounding changes, are those of the reference. */
import { expect, test } from 'vitest'
import { sequentialLoop } from '../src/compare/faults/float32-loop.js'
import { Builder } from '../src/ir/builder.js'
import { gradient } from '../src/ir/gradient.js'
import { RandomStream } from '../src/random/stream.js'
import { referenceBackend } from '../src/reference/backend.js'
import { elementCount, type FloatDType, tensor } from '../src/tensor.js'

/** The largest term: no sum of such exceeds 2^24. */
const LARGEST = 9

/** Samples and a kernel, with what a window does. */
const settings = [
  { x: [2, 3, 7], w: [4, 3, 3], window: { strides: [1], padding: [[1, 1]], dilations: [1], groups: 1 } },
  {
    x: [2, 4, 6, 5],
    w: [6, 2, 3, 2],
    window: {
      strides: [2, 1],
      padding: [
        [0, 1],
        [1, 0],
      ],
      dilations: [1, 2],
      groups: 2,
    },
  },
  {
    x: [3, 5, 4, 4],
    w: [5, 1, 2, 2],
    window: {
      strides: [3, 3],
      padding: [
        [0, 0],
        [0, 0],
      ],
      dilations: [1, 1],
      groups: 5,
    },
  },
] as const

function program({ x, w, window }: (typeof settings)[number], dtype: FloatDType) {
  const b = new Builder('loops')
  const [samples, kernel] = [b.xs('x', { dtype, shape: [...x] }), b.xs('w', { dtype, shape: [...w] })]
  const y = b.convolve(samples, kernel, window)
  const [dx, dw] = gradient(b, b.reduceSum(b.mul(y, y)), [samples, kernel])
  return b.finish({ carry: {}, ys: { y, dx: dx as typeof y, dw: dw as typeof y } })
}

test.each(settings.flatMap((one) => [['float32', one] as const, ['float64', one] as const]))(
  'a convolution and its gradients in %s',
  async (dtype, one) => {
    const random = new RandomStream(7, 'sample')
    const whole = (shape: readonly number[]) =>
      tensor(
        dtype,
        [1, ...shape],
        Array.from({ length: elementCount(shape) }, () => random.below(2 * LARGEST + 1) - LARGEST),
      )
    const inputs = { x: whole(one.x), w: whole(one.w) }
    const [loop, reference] = await Promise.all(
      [sequentialLoop(), referenceBackend()].map(async (backend) => {
        const executable = await backend.compile(program(one, dtype), {})
        return executable.scan({}, inputs)
      }),
    )
    expect(loop).toEqual(reference)
  },
)
