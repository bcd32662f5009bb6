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

/** The first place where a buffer meets none that lives at the same time. */
function firstFit(life: Life, placed: readonly (Life & { readonly offset: number })[]): number {
  let offset = HEAD
  for (const other of placed) {
    const meets = other.first <= life.last && life.first <= other.last
    if (meets && other.offset < offset + life.bytes && offset < other.offset + other.bytes)
      offset = other.offset + other.bytes
  }
  return offset
}

/**
 * Places the buffers of a program's arena.
 * @param kept buffers that live through all steps.
 */
export function placeBuffers({ kernels }: LoopProgram, kept: readonly Buffer[]): MemoryPlan {
  const placed: (Life & { offset: number })[] = []
  // The large ones first: the small ones fit between them.
  for (const life of livesOf(kernels, kept).toSorted((a, b) => b.bytes - a.bytes)) {
    const offset = firstFit(life, placed)
    placed.push({ ...life, offset })
    placed.sort((a, b) => a.offset - b.offset)
  }
  const end = placed.reduce((most, { offset, bytes }) => Math.max(most, offset + bytes), HEAD)
  return { bytes: end + TAIL, offsets: new Map(placed.map(({ buffer, offset }) => [buffer.id, offset])) }
}
