/** Where the buffers of the arena lie: constant offsets, so that compiled code adds nothing to find them. */

/** Places of the arena's buffers. */
export interface MemoryPlan {
  /** Bytes of the whole arena: its head, the buffers, and `TAIL` bytes that a vector load at the end may read. */
  readonly bytes: number
  /** First byte of each buffer of the arena, by its id: a multiple of `ALIGNMENT`, from `HEAD` on. */
  readonly offsets: ReadonlyMap<number, number>
}

/** Every buffer begins at a multiple of so many bytes: a line of the cache, and the widest vector. */
export const ALIGNMENT = 64

/** Threads that may share a step. */
export const MOST_THREADS = 64

/**
 * The first bytes of an arena: places where threads tell faults. Each is an i32 that is 0, or 1 + the number of the first
 * fault that was met; then its row, an i32. Thread t of n has place `t * PLACES / n`, rounded down.
 */
export const HEAD = 64

/** Places for faults. */
export const PLACES = HEAD / 8

/** Bytes behind the last buffer. */
export const TAIL = 128
