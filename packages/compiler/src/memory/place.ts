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

/** Bytes that a life takes while it lasts. */
interface Place {
  readonly offset: number
  readonly end: number
  readonly life: Life
}

/** Places a life first where it meets none that lives at the same time, among those in the order of their offsets. */
function place(life: Life, placed: Place[]): Place {
  let offset = HEAD
  for (const one of placed) {
    if (one.offset >= offset + life.bytes) break
    const meets = one.end > offset && one.life.first <= life.last && life.first <= one.life.last
    if (meets) offset = one.end
  }
  const made = { offset, end: offset + life.bytes, life }
  const behind = placed.findLastIndex((one) => one.offset <= offset)
  placed.splice(behind + 1, 0, made)
  return made
}

/**
 * Places the buffers of a program's arena.
 * @param kept buffers that live through all steps.
 */
export function placeBuffers({ kernels }: LoopProgram, kept: readonly Buffer[]): MemoryPlan {
  const placed: Place[] = []
  // The large ones first: the small ones fit between them.
  const lives = livesOf(kernels, kept).toSorted((a, b) => b.bytes - a.bytes)
  const offsets = new Map(lives.map((life) => [life.buffer.id, place(life, placed).offset]))
  const end = placed.reduce((most, one) => Math.max(most, one.end), HEAD)
  return { bytes: end + TAIL, offsets }
}
