/**
 * A backend elsewhere, in a thread, a process or a page, which the rest of the command uses as any other: the contract by
 * messages. The adapter, whoever wrote it, is loaded over there along the same path and knows nothing of it; the bits are
 * the same. One whose process is lost is started again by the next `compile`: what was under way has failed, no more.
 */
import { BackendError } from '@isograd/core'
import type { AdapterOptions, Backend, Executable } from '@isograd/core/backend'
import type { LoadResult } from './load.js'
import { type Call, type ConnectionOptions, RemoteConnection } from './remote-connection.js'
import { constantSender, type ConstantSender, Copies } from './remote-memory.js'
import type { BackendDescription } from './remote-messages.js'
import { repeatWrites } from './remote-writes.js'

/** Seconds that a backend may take to come up and to end, unless told: no longer than anybody would wait. */
export const LIFE_SECONDS = 60

/** Seconds for the process itself to start, before the adapter has any part in it. */
const START_SECONDS = 5

/** Settings of a remote backend. */
export interface RemoteOptions extends ConnectionOptions {
  readonly options: AdapterOptions
  readonly cwd?: string
  /** Longest time for any one call; unless given only coming up and ending have a limit. */
  readonly timeoutSeconds?: number | undefined
  /** True where writes to what is lent are to be seen. */
  readonly faithful?: boolean | undefined
}

/** A connection with what has been sent over it. */
interface Side {
  readonly connection: RemoteConnection
  readonly constants: ConstantSender
}

function remoteExecutable(side: Side, program: string, executable: number, lent: Lent, seconds?: number): Executable {
  const { connection, constants } = side
  const carries = new Copies()
  const batches = new Set<number>()
  return {
    async ready(batch) {
      if (batches.has(batch)) return
      await connection.ask('ready', { executable, batch }, { what: `ready of "${program}"`, seconds })
      batches.add(batch)
    },
    async scan(carry, xs) {
      const call: Call = { what: `scan of "${program}"`, seconds }
      if (!connection.sharesMemory) {
        const { spent: _, written, ...result } = await connection.ask('scan', { executable, carry, xs }, call)
        if (written !== undefined) repeatWrites(written, { constants: lent, carry, xs })
        return { carry: constants.own(result.carry), ys: constants.own(result.ys) }
      }
      // The steps of scans differ, and with them the lengths of xs: their memory would be spare for ever.
      const [sentCarry, sentXs] = [carries.of(carry), new Copies().of(xs)]
      const body = { executable, carry: sentCarry.tensors, xs: sentXs.tensors }
      const transfer = [...sentCarry.transfer, ...sentXs.transfer]
      const { spent, ...result } = await connection.ask('scan', body, { ...call, transfer })
      carries.return(spent)
      return result
    },
    async dispose() {
      // With the other side went all that it had.
      if (!connection.alive) return
      const unused = constants.release(lent)
      await connection.ask('release', { executable, unused }, { what: `dispose of "${program}"`, seconds })
    },
  }
}

type Lent = Parameters<ConstantSender['send']>[0]

/** Does work with a connection, which ends where the work fails. */
async function orEnd<T>(connection: RemoteConnection, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    await connection.end(error as Error)
    throw error
  }
}

/** A backend elsewhere. */
export class RemoteBackend {
  readonly #asked: string
  readonly #options: RemoteOptions
  #side: Side
  #disposed = false
  #name: string

  private constructor(asked: string, options: RemoteOptions, side: Side) {
    this.#asked = asked
    this.#name = asked
    this.#options = options
    this.#side = side
  }

  /**
   * Starts the other side and loads a backend there, as `loadBackend` does here. Where that cannot be had it has ended.
   * @throws InputError as `loadBackend`; BackendError when it ends while it loads, or takes too long.
   */
  static async load(asked: string, options: RemoteOptions): Promise<{ remote: RemoteBackend; loaded: LoadResult }> {
    const remote = new RemoteBackend(asked, options, start(asked, options))
    return { remote, loaded: await remote.#load() }
  }

  /** True while it takes calls. */
  get alive(): boolean {
    return this.#side.connection.alive
  }

  /** True while a call waits for its answer. */
  get busy(): boolean {
    return this.#side.connection.busy
  }

  /** The connection, for exchanges beside the contract; started again where it was lost. @throws BackendError */
  async connection(): Promise<RemoteConnection> {
    if (this.alive || this.#disposed) return this.#side.connection
    this.#side = start(this.#asked, this.#options)
    const loaded = await this.#load()
    if (!loaded.ok) throw new BackendError(this.#name, `it cannot be started again: ${loaded.reason}`)
    return this.#side.connection
  }

  /** Ends it; calls that wait are rejected with `reason`. */
  end(reason: Error): Promise<void> {
    return this.#side.connection.end(reason)
  }

  get #lifeSeconds(): number {
    return this.#options.timeoutSeconds ?? LIFE_SECONDS
  }

  async #load(): Promise<LoadResult> {
    const { connection } = this.#side
    const { options, cwd = process.cwd(), faithful = false } = this.#options
    const seconds = this.#lifeSeconds
    const [asked, gone] = [this.#asked, new BackendError(this.#asked, 'it was ended')]
    const adapter = await orEnd(
      connection,
      connection.ask('import', { asked, cwd }, { what: 'import', seconds: seconds + START_SECONDS, told: seconds }),
    )
    if (adapter.ok) connection.name = adapter.name
    const made = adapter.ok
      ? await orEnd(connection, connection.ask('create', { options, faithful }, { what: 'create', seconds }))
      : adapter
    if (made.ok) return { ok: true, asked, ...this.#take(made) }
    await connection.end(gone)
    return made
  }

  #take({ name, info, packageName, packageVersion, tellsMemory }: BackendDescription) {
    this.#side.connection.name = name
    this.#name = name
    const backend: Backend = {
      name,
      info,
      compile: (program, constants) => this.#compile(program, constants),
      dispose: () => this.#dispose(),
      ...(tellsMemory && { memory: () => this.#memory() }),
    }
    return { backend, packageName, packageVersion }
  }

  async #compile(...[program, constants]: Parameters<Backend['compile']>): Promise<Executable> {
    const { timeoutSeconds: seconds } = this.#options
    const connection = await this.connection()
    const side = this.#side
    const body = { program, constants: side.constants.send(constants) }
    const number = await connection.ask('compile', body, { what: `compile of "${program.name}"`, seconds })
    return remoteExecutable(side, program.name, number, constants, seconds)
  }

  async #memory() {
    const connection = await this.connection()
    return connection.ask('memory', undefined, { what: 'memory', seconds: this.#lifeSeconds })
  }

  /** Lets the adapter put things away, unless it is busy: that ends with the other side. */
  async #dispose(): Promise<void> {
    const { connection } = this.#side
    this.#disposed = true
    const call = { what: 'dispose', seconds: this.#lifeSeconds }
    try {
      if (connection.alive && !connection.busy) await connection.ask('dispose', undefined, call)
    } finally {
      await connection.end(new BackendError(this.#name, 'used after dispose'))
    }
  }
}

function start(asked: string, options: RemoteOptions): Side {
  const connection = new RemoteConnection(asked, options)
  return { connection, constants: constantSender(connection.sharesMemory) }
}
