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

type Elements = readonly (readonly [buffer: Buffer, constant: number])[]

/** A kernel with what it reads and writes, in order. */
interface Written {
  readonly kernel: Kernel
  readonly number: number
  readonly elements: Elements
}

function elementsOf({ body }: Kernel): Elements {
  const elements: (readonly [Buffer, number])[] = []
  eachElement(body, ({ buffer, index }) => elements.push([buffer, index.constant]))
  return elements
}

/** Tells if parts of kernels differ in their buffers and in the constants of their indices alone. */
function isAlike(x: unknown, y: unknown): boolean {
  if (typeof x !== 'object' || typeof y !== 'object' || x === null || y === null) return Object.is(x, y)
  if (Array.isArray(x)) return Array.isArray(y) && x.length === y.length && x.every((each, i) => isAlike(each, y[i]))
  const keys = Object.keys(x)
  if (keys.length !== Object.keys(y).length) return false
  const [of, other] = [x as Readonly<Record<string, unknown>>, y as Readonly<Record<string, unknown>>]
  return keys.every((key) => key === 'buffer' || (key === 'constant' && 'terms' in x) || isAlike(of[key], other[key]))
}

const isSameKind = (a: Buffer, b: Buffer): boolean =>
  a.type === b.type && (a.space === 'arena') === (b.space === 'arena')

/** The memory of `to` in the place of that of `from`: one for one, and as much further everywhere; undefined where it is not. */
function placesIn(from: Elements, to: Elements): Place[] | undefined {
  const places = new Map<Buffer, Place>()
  for (const [i, [buffer, constant]] of from.entries()) {
    const [other, further] = to[i] ?? [buffer, constant]
    const place = places.get(buffer)
    if (place === undefined) {
      if (!isSameKind(buffer, other)) return undefined
      places.set(buffer, { buffer: other, element: further - constant })
    } else if (place.buffer !== other || place.element !== further - constant) return undefined
  }
  const found = [...places.values()]
  return new Set(found.map(({ buffer }) => buffer)).size === found.length ? found : undefined
}

/** The call of `one` that a kernel is; undefined where they are not alike. */
function callOf(one: Written, kernel: Kernel, elements: Elements): Call | undefined {
  const places = placesIn(one.elements, elements)
  if (places === undefined || !isAlike(one.kernel.body, kernel.body)) return undefined
  return { name: kernel.name, kernel: one.number, places }
}

/** Finds the kernels that are alike. */
export function callsOf(all: readonly Kernel[]): Calls {
  const kernels: Kernel[] = []
  const known = new Map<string, Written[]>()
  const calls = all.map((kernel): Call => {
    const elements = elementsOf(kernel)
    const key = `${kernel.locals} ${elements.length}`
    const near = known.get(key) ?? []
    for (const one of near) {
      const call = callOf(one, kernel, elements)
      if (call !== undefined) return call
    }
    const written = { kernel, number: kernels.push(kernel) - 1, elements }
    known.set(key, [...near, written])
    const places = new Map(elements.map(([buffer]) => [buffer, { buffer, element: 0 }]))
    return { name: kernel.name, kernel: written.number, places: [...places.values()] }
  })
  return { kernels, calls }
}
