/** Places for the buffers of the arena: those that are never needed at once share their bytes. */
import { type Buffer, bytesOf, type Kernel, type LoopProgram } from '../loops/loops.js'
import { buffersIn } from '../loops/walk.js'
import { ALIGNMENT, HEAD, type MemoryPlan, TAIL } from './plan.js'

/** A buffer with the first and the last kernel that need it. */
export interface Life {
  readonly buffer: Buffer
  readonly bytes: number
  readonly first: number
  last: number
}

const rounded = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT

/** The buffers of the arena that kernels need. @param kept those that live through all steps. */
export function livesOf(kernels: readonly Kernel[], kept: readonly Buffer[]): Life[] {
  const lives = new Map<number, Life>()
  const see = (buffer: Buffer, first: number, last: number): void => {
    const known = lives.get(buffer.id)
    if (known !== undefined) known.last = Math.max(known.last, last)
    else lives.set(buffer.id, { buffer, bytes: rounded(buffer.length * bytesOf[buffer.type] + TAIL), first, last })
  }
  for (const buffer of kept) see(buffer, 0, kernels.length)
  for (const [at, { body }] of kernels.entries()) {
    for (const buffer of buffersIn(body)) if (buffer.space === 'arena') see(buffer, at, at)
  }
  return [...lives.values()]
}

/**
 * Lives with their places, in the order of these. Plain numbers side by side: every life is held against all that were placed
 * before it, and a deep network has thousands.
 */
class Places {
  #count = 0
  readonly #offsets: Float64Array
  readonly #ends: Float64Array
  readonly #first: Float64Array
  readonly #last: Float64Array

  /** @param most lives. */
  constructor(most: number) {
    const numbers = (): Float64Array => new Float64Array(most)
    ;[this.#offsets, this.#ends, this.#first, this.#last] = [numbers(), numbers(), numbers(), numbers()]
  }

  /** Places a life first where it meets none that lives at the same time. @returns its first byte. */
  place({ bytes, first, last }: Life): number {
    const [offsets, ends, firsts, lasts] = [this.#offsets, this.#ends, this.#first, this.#last]
    let offset = HEAD
    for (let i = 0; i < this.#count && Number(offsets[i]) < offset + bytes; i++) {
      const end = Number(ends[i])
      if (end > offset && Number(firsts[i]) <= last && first <= Number(lasts[i])) offset = end
    }
    this.#insert([offset, offset + bytes, first, last])
    return offset
  }

  #insert(numbers: readonly [offset: number, end: number, first: number, last: number]): void {
    let at = this.#count
    while (at > 0 && Number(this.#offsets[at - 1]) > numbers[0]) at--
    for (const [i, list] of [this.#offsets, this.#ends, this.#first, this.#last].entries()) {
      list.copyWithin(at + 1, at, this.#count)
      list[at] = Number(numbers[i])
    }
    this.#count++
  }
}

/**
 * Places the buffers of a program's arena.
 * @param kept buffers that live through all steps.
 */
export function placeBuffers({ kernels }: LoopProgram, kept: readonly Buffer[]): MemoryPlan {
  const lives = livesOf(kernels, kept)
  const places = new Places(lives.length)
  const offsets = new Map<number, number>()
  let end = HEAD
  // The large ones first: the small ones fit between them.
  for (const life of lives.toSorted((a, b) => b.bytes - a.bytes)) {
    const offset = places.place(life)
    offsets.set(life.buffer.id, offset)
    end = Math.max(end, offset + life.bytes)
  }
  return { bytes: end + TAIL, offsets }
}
