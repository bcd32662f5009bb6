/** A memory plan as text, for people. */
import { type Buffer, bytesOf, type LoopProgram } from '../loops/loops.js'
import { buffersIn } from '../loops/walk.js'
import type { MemoryPlan } from './plan.js'

interface Use {
  readonly buffer: Buffer
  readonly first: number
  last: number
}

/** The plan of a program's arena: a line for each buffer, in the order of the bytes, with the kernels that need it. */
export function printPlan({ name, kernels }: LoopProgram, { bytes, offsets }: MemoryPlan): string {
  const uses = new Map<number, Use>()
  for (const [at, { body }] of kernels.entries()) {
    for (const buffer of buffersIn(body)) {
      const known = uses.get(buffer.id)
      if (known !== undefined) known.last = at
      else uses.set(buffer.id, { buffer, first: at, last: at })
    }
  }
  const lines = [...uses.values()].flatMap(({ buffer, first, last }) => {
    const offset = offsets.get(buffer.id)
    if (offset === undefined) return []
    const size = buffer.length * bytesOf[buffer.type]
    return [
      {
        offset,
        text: `${offset}\t${size}\t${buffer.type}[${buffer.length}]\t${buffer.name}\tkernels ${first} to ${last}`,
      },
    ]
  })
  const sorted = lines.toSorted((a, b) => a.offset - b.offset).map(({ text }) => text)
  return [`memory of "${name}": ${bytes} bytes`, 'first byte\tbytes\telements\tvalue\tneeded by', ...sorted].join('\n')
}
