/**
 * The backend of a run of cases, and another in its place where it is of no more use: it has not answered, or not even
 * hands a number through any longer, since a process that it needs has ended.
 */
import type { Backend } from '../backend/contract.js'
import { Builder } from '../ir/builder.js'
import { tensor } from '../tensor.js'
import type { Surroundings } from './case.js'
import { beforeLimit, LimitedBackend, Patience } from './limit.js'

/** The smallest thing that a backend can do: x straight to y. */
async function handThrough(backend: Backend): Promise<void> {
  const dtype = backend.info.dtypes.includes('float32') ? 'float32' : 'float64'
  const b = new Builder('straight')
  const program = b.finish({ carry: {}, ys: { y: b.xs('x', { dtype, shape: [1] }) } })
  const executable = await backend.compile(program, {})
  await executable.scan({}, { x: tensor(dtype, [1, 1], [1]) })
  await executable.dispose()
}

/** One backend after another, each under the limit. */
export class TestedBackend {
  /** The time that calls are given. */
  readonly patience: Patience
  readonly #open: Surroundings['open']
  readonly #seconds: number
  readonly #opened: LimitedBackend[] = []
  #current: LimitedBackend

  constructor(first: Backend, { open }: Surroundings, seconds: number) {
    this.#open = open
    this.#seconds = seconds
    this.patience = new Patience(seconds)
    this.#current = new LimitedBackend(first, this.patience)
  }

  /** The backend for the next case. */
  get backend(): Backend {
    return this.#current.backend
  }

  /** The call that has not been answered in time. */
  get late(): string | undefined {
    return this.#current.late
  }

  /** Opens another of the kind, under the limit; undefined where that cannot be done. */
  get open(): (() => Promise<Backend>) | undefined {
    const open = this.#open
    return (
      open &&
      (() => beforeLimit(this.#seconds, open(), () => new Error(`create did not answer within ${this.#seconds} s`)))
    )
  }

  /** Puts another backend in the place of one that is of no more use; to be called after a case that failed. */
  async renew(): Promise<void> {
    if (this.open === undefined || (await this.#isOfUse())) return
    try {
      const other = new LimitedBackend(await this.open(), this.patience)
      this.#opened.push(other)
      await handThrough(other.backend)
      this.#current = other
    } catch {
      // The next cases fail by themselves, each saying why.
    }
  }

  /** Disposes of what was opened here. */
  async dispose(): Promise<void> {
    await Promise.allSettled(this.#opened.map(({ backend }) => backend.dispose()))
  }

  async #isOfUse(): Promise<boolean> {
    if (this.late !== undefined) return false
    try {
      await handThrough(this.backend)
      return true
    } catch {
      return false
    }
  }
}
