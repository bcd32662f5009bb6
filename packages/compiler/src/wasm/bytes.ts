/** Bytes that are written one after the other, with the numbers of WebAssembly's binary format. */

/** A list of bytes that grows. */
export class Bytes {
  #data = new Uint8Array(64)
  #length = 0

  /** The text so far. */
  view(): Uint8Array<ArrayBuffer> {
    return this.#data.subarray(0, this.#length)
  }

  /** One byte. */
  byte(value: number): this {
    if (this.#length === this.#data.length) this.#grow(1)
    this.#data[this.#length++] = value
    return this
  }

  /** Bytes as they are. */
  all(bytes: ArrayLike<number>): this {
    if (this.#length + bytes.length > this.#data.length) this.#grow(bytes.length)
    this.#data.set(bytes, this.#length)
    this.#length += bytes.length
    return this
  }

  /** A number without sign in LEB128, below 2^53. */
  unsigned(value: number): this {
    let rest = value
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.byte((rest % 128) + 128)
    return this.byte(rest)
  }

  /** A number of 32 bits with its sign in LEB128. */
  signed(value: number): this {
    let rest = value | 0
    for (; rest < -64 || rest > 63; rest >>= 7) this.byte((rest & 127) | 128)
    return this.byte(rest & 127)
  }

  /** A number of 64 bits with its sign in LEB128. */
  signedLong(value: bigint): this {
    let rest = BigInt.asIntN(64, value)
    for (; rest < -64n || rest > 63n; rest >>= 7n) this.byte(Number(rest & 127n) | 128)
    return this.byte(Number(rest & 127n))
  }

  /** Bytes behind their number. */
  sized(bytes: Bytes): this {
    return this.unsigned(bytes.#length).all(bytes.view())
  }

  /** A name. */
  text(name: string): this {
    return this.sized(new Bytes().all(new TextEncoder().encode(name)))
  }

  #grow(more: number): void {
    const data = new Uint8Array(2 * (this.#data.length + more))
    data.set(this.view())
    this.#data = data
  }
}

/** The bytes of a number, the lowest first. */
export function bytesOfNumber(type: 'f32' | 'f64' | 'i32' | 'i64', value: number | bigint): Uint8Array {
  const view = new DataView(new ArrayBuffer(type === 'f32' || type === 'i32' ? 4 : 8))
  if (type === 'f32') view.setFloat32(0, Number(value), true)
  else if (type === 'f64') view.setFloat64(0, Number(value), true)
  else if (type === 'i32') view.setInt32(0, Number(value), true)
  else view.setBigInt64(0, BigInt(value), true)
  return new Uint8Array(view.buffer)
}
