/**
 * Kernels that are alike: the same statements on other memory, as the steps of a recurrent layer and the blocks of a deep
 * network are. An emitter writes them once, with the memory as arguments.
 */
import type { Buffer, Kernel } from './loops.js'

type Numbers = ReadonlyMap<unknown, string>

function textOf(value: unknown, numbers: Numbers): string {
  const number = numbers.get(value)
  if (number !== undefined) return number
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? '-0' : String(value)
  const parts = Object.entries(value).map(([key, part]) => `${key}:${textOf(part, numbers)}`)
  return `{${parts.join()}}`
}

/** A text that two kernels have in common where they differ in their memory alone; the buffers in the order of first use. */
export function shapeOf(kernel: Kernel, buffers: readonly Buffer[]): string {
  const numbers = new Map(buffers.map((buffer, i) => [buffer, `#${i} ${buffer.type} ${buffer.space === 'arena'}`]))
  return textOf(kernel.body, numbers)
}
