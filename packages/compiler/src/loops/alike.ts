/**
 * Kernels that are alike: the same statements on other memory, as the steps of a recurrent layer and the blocks of a deep
 * network are. An emitter writes them once, with the memory as arguments.
 */
import type { Buffer, Kernel } from './loops.js'

/** Numbers that JSON has no words for. */
function exact(value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`
  const isPlain = typeof value !== 'number' || (Number.isFinite(value) && !Object.is(value, -0))
  return isPlain ? value : Object.is(value, -0) ? '-0' : String(value)
}

/** A text that two kernels have in common where they differ in their memory alone; the buffers in the order of first use. */
export function shapeOf(kernel: Kernel, buffers: readonly Buffer[]): string {
  const numbers = new Map(buffers.map((buffer, i) => [buffer, `${i} ${buffer.type} ${buffer.space === 'arena'}`]))
  return JSON.stringify(kernel.body, (_, value: unknown) => numbers.get(value as Buffer) ?? exact(value))
}
