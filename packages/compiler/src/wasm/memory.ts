/** The memory of a target, shared by all of its modules: parts of it are taken and given back. */
import { BackendError } from '@isograd/core/backend'
import { MOST_PAGES } from './encode.js'
import type { Memory, Platform } from './platform.js'

const PAGE = 2 ** 16
const FEWEST_PAGES = 2 ** 12

/** Parts begin at a multiple of so many bytes, and vector loads may run so far past their ends. */
const ALIGNMENT = 64

/** A part of the memory. */
export interface Part {
  readonly address: number
  readonly bytes: number
}

/** Takes parts of one memory, the first that fits; it grows when none does. */
export class SharedMemory {
  readonly #name: string
  readonly #platform: Platform
  /** True where other threads see it. */
  readonly isShared: boolean
  #memory: Memory | undefined
  /** Parts that are free, in the order of their addresses; no two of them meet. */
  #free: Part[] = []
  #taken = 0

  /** @param name that of the target, for errors. */
  constructor(name: string, platform: Platform, isShared = false) {
    this.isShared = isShared
    this.#name = name
    this.#platform = platform
  }

  /** The memory, for a module. */
  get memory(): Memory {
    if (this.#memory === undefined) {
      this.#memory = this.#smallest()
      // The first bytes stay unused: nothing has the address 0.
      this.#free = [{ address: ALIGNMENT, bytes: PAGE - ALIGNMENT }]
    }
    return this.#memory
  }

  /** A memory of one page. Systems that give no address space for the largest one may do so for a smaller one. */
  #smallest(): Memory {
    let refusal: unknown
    for (let maximum = MOST_PAGES; maximum >= FEWEST_PAGES; maximum /= 2) {
      try {
        return new this.#platform.Memory({ initial: 1, maximum, shared: this.isShared })
      } catch (error) {
        refusal = error
      }
    }
    throw new BackendError(this.#name, 'the system gives WebAssembly no memory', { cause: refusal })
  }

  /** Bytes that are taken. */
  get taken(): number {
    return this.#taken
  }

  /** The bytes of a part, until the next one is taken. */
  bytes({ address, bytes }: Part): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.memory.buffer, address, bytes)
  }

  /** Takes a part; what it holds is not cleared. @throws BackendError where memory has no room for it. */
  take(bytes: number, what: string): Part {
    const size = (Math.ceil(bytes / ALIGNMENT) + 1) * ALIGNMENT
    const found = this.#fitting(size) ?? this.#grow(size, what)
    this.#free = this.#free.flatMap((part) => {
      if (part !== found) return [part]
      return part.bytes === size ? [] : [{ address: part.address + size, bytes: part.bytes - size }]
    })
    this.#taken += size
    return { address: found.address, bytes: size }
  }

  /** Gives a part back. */
  give(part: Part): void {
    this.#taken -= part.bytes
    this.#insert(part)
    if (this.#taken > 0) return
    // A memory cannot shrink: another one begins small.
    this.#memory = undefined
    this.#free = []
  }

  #fitting(size: number): Part | undefined {
    void this.memory
    return this.#free.find((part) => part.bytes >= size)
  }

  #insert(part: Part): void {
    const parts = [...this.#free, part].toSorted((x, y) => x.address - y.address)
    this.#free = []
    for (const { address, bytes } of parts) {
      const last = this.#free.at(-1)
      if (last === undefined || last.address + last.bytes < address) this.#free.push({ address, bytes })
      else this.#free[this.#free.length - 1] = { address: last.address, bytes: last.bytes + bytes }
    }
  }

  /** Adds pages so that the last free part has a size. */
  #grow(size: number, what: string): Part {
    // The buffer itself is detached by growing.
    const end = this.memory.buffer.byteLength
    const last = this.#free.at(-1)
    const open = last !== undefined && last.address + last.bytes === end ? last.bytes : 0
    const pages = Math.ceil((size - open) / PAGE)
    const needed = end + pages * PAGE
    if (needed > MOST_PAGES * PAGE) throw this.#full(size, needed, what)
    try {
      this.memory.grow(pages)
    } catch (error) {
      throw new BackendError(this.#name, `${what} takes ${megabytes(size)}: the system gives no more memory`, {
        cause: error,
      })
    }
    this.#insert({ address: end, bytes: pages * PAGE })
    const grown = this.#free.at(-1)
    if (grown === undefined) throw new Error('wasm: memory did not grow')
    return grown
  }

  #full(size: number, needed: number, what: string): BackendError {
    return new BackendError(
      this.#name,
      `${what} takes ${megabytes(size)}, and with what is held already ${megabytes(needed)}: WebAssembly has at most ` +
        `${megabytes(MOST_PAGES * PAGE)}. Use a smaller batch or a smaller network, or another backend, such as native`,
    )
  }
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6).toLocaleString('en')} MB`
