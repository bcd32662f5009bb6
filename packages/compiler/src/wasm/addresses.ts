/**
 * Addresses of elements: a pointer, which moves with loops, and a constant that the instruction holds. All accesses that move
 * alike share one pointer, since the places of buffers are constant: an optimizer's pass over four arrays has one.
 */
import { type Buffer, bytesOf, type Index, type Kernel, type Local } from '../loops/loops.js'
import { isByRows } from './tiling.js'
import { eachElement, eachStatement, partsOf } from '../loops/walk.js'

/** Where a buffer lies: at an address, or so many bytes behind a pointer that the kernel is given. */
export interface Place {
  /** Number of the pointer. */
  readonly given?: number
  readonly address: number
}

/** A part of a pointer: bytes for each unit of a local. Negative locals stand for pointers that the kernel is given. */
export interface Term {
  readonly local: Local
  readonly bytes: number
}

/** `constant + sum of terms` is the pointer, and `offset` is added by the instruction. */
export interface Address {
  readonly terms: readonly Term[]
  readonly constant: number
  readonly offset: number
  /** The key that tells pointers from each other. */
  readonly key: string
}

/** The local that stands for a pointer that the kernel is given. */
export const localOfGiven = (given: number): Local => -1 - given

/** An address of terms in the order in which their locals get their values. */
export function addressOf(terms: readonly Term[], constant: number, offset: number): Address {
  const key = `${terms.map(({ local, bytes }) => `${local}*${bytes}`).join('+')}+${constant}`
  return { terms, constant, offset, key }
}

/** The part of a pointer that is the thread's own memory: the lanes of a sum, then the packed columns of a product. */
export const ownTerm: Term = { local: -(2 ** 30), bytes: 1 }

/** The thread's own memory. */
export const own: Address = addressOf([ownTerm], 0, 0)

/** The addresses of a kernel, and which pointers each local moves. */
export class Addresses {
  readonly #order = new Map<Local, number>()
  readonly #counts = new Set<Local>()
  readonly #place: (buffer: Buffer) => Place
  readonly #known = new Map<Index, Map<Buffer, Address>>()
  readonly #movedBy = new Map<Local, Map<string, Address>>()
  constructor(kernel: Kernel, place: (buffer: Buffer) => Place) {
    this.#place = place
    eachStatement(kernel.body, (s) => {
      const { declares = [], counts = [] } = partsOf(s)
      const order = s.kind === 'product' && isByRows(s) ? [s.row, s.column, s.value] : declares
      for (const local of order) this.#order.set(local, this.#order.size)
      for (const local of counts) this.#counts.add(local)
    })
    eachElement(kernel.body, ({ buffer, index }) => this.need(this.of(buffer, index)))
  }

  /** The address of an element. */
  of(buffer: Buffer, index: Index): Address {
    const known = this.#known.get(index) ?? new Map<Buffer, Address>()
    const address = known.get(buffer) ?? this.#made(buffer, index)
    this.#known.set(index, known.set(buffer, address))
    return address
  }

  #made(buffer: Buffer, index: Index): Address {
    const size = bytesOf[buffer.type]
    const place = this.#place(buffer)
    const strides = new Map<Local, number>(place.given === undefined ? [] : [[localOfGiven(place.given), 1]])
    for (const { local, stride } of index.terms) {
      const before = strides.get(local)
      strides.set(local, before === undefined ? stride * size : before + stride * size)
    }
    const terms = [...strides].filter(([, bytes]) => bytes !== 0).map(([local, bytes]) => ({ local, bytes }))
    const fixed = place.address + size * index.constant
    // An instruction adds without sign or wrapping: what may come out negative is summed in the pointer.
    const isPlain = fixed >= 0 && terms.every(({ local, bytes }) => bytes > 0 && (local < 0 || this.#counts.has(local)))
    const sorted = terms.toSorted((x, y) => this.#rank(x.local) - this.#rank(y.local))
    return addressOf(sorted, isPlain ? 0 : fixed, isPlain ? fixed : 0)
  }

  /** The pointers that a local moves, being the innermost of those that do. */
  movedBy(local: Local): readonly Address[] {
    return [...(this.#movedBy.get(local)?.values() ?? [])]
  }

  #rank(local: Local): number {
    return this.#order.get(local) ?? local
  }

  /** Lets an address have its pointers from the next start of what moves them on. */
  need(address: Address): void {
    const last = address.terms.at(-1)
    if (last === undefined) return
    const moved = this.#movedBy.get(last.local) ?? new Map<string, Address>()
    this.#movedBy.set(last.local, moved.set(address.key, address))
    this.need(outerOf(address))
  }
}

/** The pointer without what its innermost local moves. */
export const outerOf = ({ terms, constant, offset }: Address): Address =>
  addressOf(terms.slice(0, -1), constant, offset)
