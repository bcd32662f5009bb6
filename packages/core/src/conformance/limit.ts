/** A limit on the time that a backend may take to answer one call. */
import type { Backend, Executable } from '../backend/contract.js'

/** Calls that are waited for as long as allowed, if they are not answered. */
const IN_FULL = 3

/** Seconds below which a limit is no longer one on the backend alone. */
const LEAST = 0.02

/** Seconds that the cases of a family are given whatever came before, until one of them is late: others need not be. */
const LEAST_OF_FAMILY = 1

/**
 * The time that calls are given. A backend that never answers scans would hold up every one of a thousand cases: once
 * some calls have not been answered, the others get twice as long as the slowest that was, or four times what the reference
 * takes for the case, and at least a second in a family of cases that has not been late.
 */
export class Patience {
  readonly #seconds: number
  #slowest = 0
  #reference = 0
  #late = 0
  #family = ''
  readonly #lateFamilies = new Set<string>()

  /** @param seconds the longest time for one call. */
  constructor(seconds: number) {
    this.#seconds = seconds
  }

  /** The time for the next call. */
  get seconds(): number {
    if (this.#late < IN_FULL) return this.#seconds
    return Math.min(this.#seconds, Math.max(this.#least, 2 * this.#slowest, 4 * this.#reference))
  }

  get #least(): number {
    return this.#lateFamilies.has(this.#family) ? LEAST : LEAST_OF_FAMILY
  }

  /** Takes the case at hand, `family/name`. */
  begin(id: string): void {
    this.#family = id.slice(0, id.indexOf('/'))
  }

  /** Takes the time of the reference for the case at hand. */
  compared(seconds: number): void {
    this.#reference = seconds
  }

  answered(seconds: number): void {
    this.#slowest = Math.max(this.#slowest, seconds)
  }

  /** Notes that a call was not answered. @returns that in words. */
  late(what: string, seconds: number): string {
    const before = seconds < this.#seconds ? `, nor did ${this.#late} calls before within ${this.#seconds} s` : ''
    this.#late++
    this.#lateFamilies.add(this.#family)
    return `${what} did not answer within ${Number(seconds.toPrecision(2))} s${before}`
  }
}

/** A backend under a limit. Once it is late it is asked nothing more: a backend takes one call at a time. */
export class LimitedBackend {
  readonly backend: Backend
  readonly #patience: Patience
  #late: string | undefined

  constructor(inner: Backend, patience: Patience) {
    this.#patience = patience
    const memory = inner.memory?.bind(inner)
    this.backend = {
      name: inner.name,
      info: inner.info,
      compile: async (program, constants) =>
        this.#limitedExecutable(
          program.name,
          await this.#within(`compile of "${program.name}"`, () => inner.compile(program, constants)),
        ),
      dispose: () => this.#within('dispose', () => inner.dispose()),
      ...(memory && { memory: () => this.#within('memory', memory) }),
    }
  }

  /** The call that was not answered in time, in words; undefined while all have been. */
  get late(): string | undefined {
    return this.#late
  }

  #limitedExecutable(program: string, inner: Executable): Executable {
    return {
      scan: (carry, xs) => this.#within(`scan of "${program}"`, () => inner.scan(carry, xs)),
      dispose: () => this.#within(`dispose of "${program}"`, () => inner.dispose()),
    }
  }

  async #within<T>(what: string, call: () => Promise<T>): Promise<T> {
    if (this.#late !== undefined) throw new Error(this.#late)
    const { seconds } = this.#patience
    const start = performance.now()
    const result = await beforeLimit(seconds, call(), () => {
      this.#late = this.#patience.late(what, seconds)
      return new Error(this.#late)
    })
    this.#patience.answered((performance.now() - start) / 1000)
    return result
  }
}

/** The result of work, unless it takes longer. The timer keeps a process alive that has nothing else to wait for. */
export async function beforeLimit<T>(seconds: number, work: Promise<T>, late: () => Error): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), seconds * 1000)
  })
  try {
    return await Promise.race([work, limit])
  } finally {
    clearTimeout(timer)
  }
}
