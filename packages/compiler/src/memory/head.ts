/** The head of an arena, where threads tell the faults that they meet. */
import { HEAD, PLACES } from './plan.js'

/** A row number that does not exist. */
export interface MetFault {
  /** Number of the program's fault. */
  readonly fault: number
  readonly row: number
}

/** The fault that one thread alone would have met first, which has the iterations of all in their order. */
export function firstFault(arena: Uint8Array): MetFault | undefined {
  const head = new DataView(arena.buffer, arena.byteOffset, HEAD)
  const met = Array.from({ length: PLACES }, (_, place) => ({
    fault: head.getInt32(8 * place, true) - 1,
    row: head.getInt32(8 * place + 4, true),
  })).filter(({ fault }) => fault >= 0)
  return met.toSorted((a, b) => a.fault - b.fault)[0]
}
