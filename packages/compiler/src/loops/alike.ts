/**
 * Kernels that are alike: the same statements on other memory, as the steps of a recurrent layer and the blocks of a deep
 * network are. An emitter writes them once, with the places of the memory as arguments.
 */
import type { Buffer, Kernel } from './loops.js'
import { eachElement } from './walk.js'

/** Where memory begins: at an element of a buffer, which may lie outside of it where all that is used lies inside. */
export interface Place {
  readonly buffer: Buffer
  readonly element: number
}

/** A kernel as a call of one that it is alike. */
export interface Call {
  readonly name: string
  /** Number of the kernel that is called. */
  readonly kernel: number
  /** Places of the buffers of the kernel that is called, in order of first use. */
  readonly places: readonly Place[]
}

/** The kernels of a program, each shape once. */
export interface Calls {
  readonly kernels: readonly Kernel[]
  readonly calls: readonly Call[]
}

/** A kernel by its number, and the first element of each buffer that it reads or writes, in order. */
interface Written {
  readonly number: number
  readonly from: readonly number[]
}

/** A part of a kernel as a text, the same for parts that differ in their buffers and the constants of their indices alone. */
function shapeOf(x: unknown): string {
  if (typeof x !== 'object' || x === null) return Object.is(x, -0) ? '-0' : String(x)
  if (Array.isArray(x)) return `[${x.map(shapeOf).join()}]`
  let text = ''
  for (const [key, value] of Object.entries(x)) {
    if (key !== 'buffer' && !(key === 'constant' && 'terms' in x)) text += `${key}:${shapeOf(value)},`
  }
  return `{${text}}`
}

/** Where a kernel touches each buffer first, and a text of the rest of it, the same for all that are alike. */
function readOf({ locals, body }: Kernel) {
  const found = new Map<Buffer, readonly [number: number, constant: number]>()
  const places: string[] = []
  eachElement(body, ({ buffer, index: { constant } }) => {
    const [number, first] = found.get(buffer) ?? [found.size, constant]
    found.set(buffer, [number, first])
    places.push(`${number}+${constant - first} ${buffer.type} ${buffer.space === 'arena'}`)
  })
  const firsts = [...found].map(([buffer, [, constant]]) => [buffer, constant] as const)
  return { firsts, rest: `${locals} ${places.join()} ${shapeOf(body)}` }
}

/** Finds the kernels that are alike. */
export function callsOf(all: readonly Kernel[]): Calls {
  const kernels: Kernel[] = []
  const known = new Map<string, Written>()
  const calls = all.map((kernel): Call => {
    const { firsts, rest } = readOf(kernel)
    const one = known.get(rest) ?? { number: kernels.push(kernel) - 1, from: firsts.map(([, constant]) => constant) }
    known.set(rest, one)
    const places = firsts.map(([buffer, constant], i) => ({ buffer, element: constant - Number(one.from[i]) }))
    return { name: kernel.name, kernel: one.number, places }
  })
  return { kernels, calls }
}
