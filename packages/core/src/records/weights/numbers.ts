/** Numbers of the element types in which weights are stored, little-endian; other types hold no weights. */
import { float16 } from '../../numerics/float16.js'

/** Reads so many numbers from the bytes of a tensor. */
type Reader = (view: DataView, count: number) => Float64Array

function reader(bytes: number, at: (view: DataView, offset: number) => number): Reader {
  return (view, count) => new Float64Array(count).map((_, i) => at(view, i * bytes))
}

const scratch = new DataView(new ArrayBuffer(4))

/** A bfloat16 is the upper half of a float32. */
function bfloat16(bits: number): number {
  scratch.setUint32(0, bits << 16)
  return scratch.getFloat32(0)
}

/** Element types by name, with the bytes of an element. */
export const numberTypes = {
  float64: { bytes: 8, read: reader(8, (view, offset) => view.getFloat64(offset, true)) },
  float32: { bytes: 4, read: reader(4, (view, offset) => view.getFloat32(offset, true)) },
  float16: { bytes: 2, read: reader(2, (view, offset) => float16(view.getUint16(offset, true))) },
  bfloat16: { bytes: 2, read: reader(2, (view, offset) => bfloat16(view.getUint16(offset, true))) },
} as const satisfies Readonly<Record<string, { readonly bytes: number; readonly read: Reader }>>

/** Name of an element type. */
export type NumberType = keyof typeof numberTypes
