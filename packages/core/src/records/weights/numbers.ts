/** Numbers of the element types in which weights are stored, little-endian; other types hold no weights. */

/** Reads so many numbers from the bytes of a tensor. */
type Reader = (view: DataView, count: number) => Float64Array

function reader(bytes: number, at: (view: DataView, offset: number) => number): Reader {
  return (view, count) => new Float64Array(count).map((_, i) => at(view, i * bytes))
}

/** A float16 of 1 sign, 5 exponent and 10 fraction bits. */
function float16(bits: number): number {
  const [sign, exponent, fraction] = [bits & 0x8000 ? -1 : 1, (bits >> 10) & 31, bits & 1023]
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25))
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
