/** A memory plan as text, for people. */
import { bytesOf, type LoopProgram } from '../loops/loops.js'
import { livesOf } from './place.js'
import type { MemoryPlan } from './plan.js'

/** The plan of a program's arena: a line for each buffer, in the order of the bytes, with the kernels that need it. */
export function printPlan({ name, kernels }: LoopProgram, { bytes, offsets }: MemoryPlan): string {
  const placed = livesOf(kernels, []).map((life) => ({ ...life, offset: Number(offsets.get(life.buffer.id)) }))
  const lines = placed
    .toSorted((a, b) => a.offset - b.offset)
    .map(({ buffer: { length, type, name: value }, offset, first, last }) =>
      [offset, length * bytesOf[type], `${type}[${length}]`, value, `kernels ${first} to ${last}`].join('\t'),
    )
  return [`memory of "${name}": ${bytes} bytes`, 'first byte\tbytes\telements\tvalue\tneeded by', ...lines].join('\n')
}
