/** The wire format of protocol buffers, as far as event files need it: varints, doubles, floats, and lengths of bytes. */

const [VARINT, FIXED64, BYTES, FIXED32] = [0, 1, 2, 5]

const encoder = new TextEncoder()

/** Bytes one after the other. */
export function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}

/** A whole number from 0 to 2^53 - 1 in groups of seven bits, lowest first. */
export function varint(value: number): Uint8Array {
  const bytes: number[] = []
  let rest = value
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80)
    rest = Math.floor(rest / 0x80)
  }
  return Uint8Array.from([...bytes, rest])
}

function key(field: number, type: number): Uint8Array {
  return varint(field * 8 + type)
}

function fixed(bytes: number, write: (view: DataView) => void): Uint8Array {
  const view = new DataView(new ArrayBuffer(bytes))
  write(view)
  return new Uint8Array(view.buffer)
}

/** A field of a whole number. */
export function wholeField(field: number, value: number): Uint8Array {
  return concatenate([key(field, VARINT), varint(value)])
}

/** A field of a float64. */
export function doubleField(field: number, value: number): Uint8Array {
  return concatenate([key(field, FIXED64), fixed(8, (view) => view.setFloat64(0, value, true))])
}

/** A field of a float32. */
export function floatField(field: number, value: number): Uint8Array {
  return concatenate([key(field, FIXED32), fixed(4, (view) => view.setFloat32(0, value, true))])
}

/** A field of bytes: a message, a packed list. */
export function bytesField(field: number, bytes: Uint8Array): Uint8Array {
  return concatenate([key(field, BYTES), varint(bytes.length), bytes])
}

/** A field of text. */
export function textField(field: number, text: string): Uint8Array {
  return bytesField(field, encoder.encode(text))
}

/** A packed field of float64 values. */
export function doublesField(field: number, values: readonly number[]): Uint8Array {
  const packed = fixed(8 * values.length, (view) => values.forEach((value, i) => view.setFloat64(8 * i, value, true)))
  return bytesField(field, packed)
}
