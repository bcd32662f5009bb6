/**
 * Bytes of a data set as the numbers that a model is given. They are multiplied by the rounded 1/255, as Keras's
 * Rescaling does, and not divided by 255, as torchvision does: for 126 of the 256 bytes the results differ, by a unit in
 * the last place. A product is what runtimes have a kernel for that reads the bytes themselves.
 */
import type { Builder, Value } from '../ir/builder.js'
import type { FloatDType } from '../tensor.js'

/** Where pixels lie: in [0, 1], or as they are in the data set, 0 to 255. */
export type PixelScale = 'unit' | 'raw'

/** Bytes of any shape as floats at a scale. */
export function scalePixels(b: Builder, bytes: Value, dtype: FloatDType, scale: PixelScale): Value {
  const pixels = b.cast(bytes, dtype)
  return scale === 'raw' ? pixels : b.mul(pixels, b.constant(1 / 255, dtype))
}
