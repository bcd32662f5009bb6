/**
 * Constants as they are lent to a backend. They may be as large as a data set, so all backends share them. What one of them
 * writes there is told by a checksum after each of its calls, and put right at once: it must not spoil what the others compute.
 */
import { checksum } from '../numerics/bits.js'
import type { Tensor, TensorMap } from '../tensor.js'

/** The contents of a piece of memory when it is lent. */
interface Original {
  readonly sum: number
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** By memory: every program of a plan is lent the same, and one copy is kept of it. */
const originals = new WeakMap<ArrayBufferLike, Map<string, Original>>()

function bytesOf({ data: { buffer, byteOffset, byteLength } }: Tensor): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}

/** The original of a tensor, taken anew where its owner has changed it since. */
function originalOf(tensor: Tensor): Original {
  const { buffer, byteOffset, byteLength } = tensor.data
  const ofBuffer = originals.get(buffer) ?? new Map<string, Original>()
  originals.set(buffer, ofBuffer)
  const [place, sum] = [`${byteOffset}+${byteLength}`, checksum(tensor)]
  const known = ofBuffer.get(place)
  const original = known?.sum === sum ? known : { sum, bytes: bytesOf(tensor).slice() }
  ofBuffer.set(place, original)
  return original
}

/** The constants of one executable. */
export class LentConstants {
  readonly #own: readonly (readonly [name: string, tensor: Tensor, original: Original])[]
  readonly #told = new Set<string>()

  constructor(constants: TensorMap) {
    this.#own = Object.entries(constants).map(([name, tensor]) => [name, tensor, originalOf(tensor)])
  }

  /** Puts right what was written to. @returns the names of it, each once. */
  restore(): string[] {
    const spoilt = this.#own.filter(([, tensor, { sum }]) => checksum(tensor) !== sum)
    for (const [, tensor, { bytes }] of spoilt) bytesOf(tensor).set(bytes)
    const names = spoilt.map(([name]) => name).filter((name) => !this.#told.has(name))
    for (const name of names) this.#told.add(name)
    return names
  }
}
