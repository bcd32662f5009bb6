/**
 * The backend of a run of cases, and another in its place where it is of no more use: it has not answered, or not even
 * hands a number through any longer, since a process that it needs has ended.
 */
import type { Adapter, Backend } from '../backend/contract.js'
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

function limitedAdapter(adapter: Adapter, created: <T>(create: () => Promise<T>) => Promise<T>): Adapter {
  const { name, contract, variants } = adapter
  return { name, contract, variants, create: async (...given) => created(() => adapter.create(...given)) }
}

function limited({ open, adapter }: Surroundings, seconds: number): Surroundings {
  const created = <T>(create: () => Promise<T>): Promise<T> =>
    beforeLimit(seconds, create(), () => new Error(`create did not answer within ${seconds} s`))
  return {
    ...(open && { open: async () => created(open) }),
    ...(adapter && { adapter: limitedAdapter(adapter, created) }),
  }
}

/** One backend after another, each under the limit. */
export class TestedBackend {
  /** The time that calls are given. */
  readonly patience: Patience
  /** Things that cases need beside it; whatever makes a backend is under the limit. */
  readonly surroundings: Surroundings
  readonly #opened: LimitedBackend[] = []
  #current: LimitedBackend

  constructor(first: Backend, surroundings: Surroundings, seconds: number) {
    this.surroundings = limited(surroundings, seconds)
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

  /** Puts another backend in the place of one that is of no more use; to be called after a case that failed. */
  async renew(): Promise<void> {
    const { open } = this.surroundings
    if (open === undefined || (await this.#isOfUse())) return
    try {
      const other = new LimitedBackend(await open(), this.patience)
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
