/**
 * The other side of a remote backend, wherever that is: a thread or a process (`remote-host.ts`), or a page
 * (`browser/page-host.ts`). It loads a backend by name and serves requests, which come from `remote-connection.ts`. Here the
 * backend is alone: whatever it does to its surroundings, the command survives. How messages come and how an adapter is found
 * are not the same everywhere: both are given.
 */
import {
  type Adapter,
  type Backend,
  BackendError,
  type Executable,
  extentOf,
  internalError,
  OutputCheck,
} from '@isograd/core/backend'
import type { Program } from '@isograd/core/ir'
import type { ConformanceCase } from '@isograd/core/conformance'
import { thrownText } from '@isograd/core/text'
import { messageOf } from '../errors/failure.js'
import type { ImportedBackend, UnusableBackend } from './adapter-module.js'
import { packError } from './remote-errors.js'
import { buffersOf, OwnConstants, transferable } from './remote-memory.js'
import type { AnswerOf, ExchangeName, Request, RequestOf } from './remote-messages.js'
import type { Port, StrayKind } from './remote-port.js'
import { Lent } from './remote-writes.js'

/** Imports the adapter of a backend by name. @throws InputError as `importBackend`. */
export type FindAdapter = (asked: string, cwd: string) => Promise<ImportedBackend | UnusableBackend>

/** An answer, and its memory that is transferred. */
interface Answered<K extends ExchangeName> {
  readonly answer: AnswerOf<K>
  readonly transfer?: readonly ArrayBuffer[]
}

type Handlers = { readonly [K in ExchangeName]: (body: RequestOf<K>) => Promise<Answered<K>> }

interface Compiled {
  readonly executable: Executable
  readonly program: Program
  readonly check: OutputCheck
  /** The tensors that were lent to it, where writes to that are told. */
  readonly lent: Lent | undefined
}

/** The conformance cases, which few commands want. */
async function loadCases() {
  const { conformanceCases, runConformance } = await import('@isograd/core/conformance')
  const byId: ReadonlyMap<string, ConformanceCase> = new Map(conformanceCases().map((one) => [one.id, one]))
  return { byId, runConformance }
}

/** The backend of this side, and what is kept for it. */
class BackendHost {
  readonly #port: Port
  readonly #find: FindAdapter
  readonly #constants = new OwnConstants()
  readonly #executables = new Map<number, Compiled>()
  #imported: ImportedBackend | undefined
  #backend: Backend | undefined
  #makeAnother: (() => Promise<Backend>) | undefined
  #cases: ReturnType<typeof loadCases> | undefined
  #count = 0
  #faithful = false

  constructor(port: Port, find: FindAdapter) {
    this.#port = port
    this.#find = find
  }

  get #loaded(): Backend {
    if (this.#backend === undefined) throw internalError('a backend is used before it is loaded')
    return this.#backend
  }

  #compiledOf(number: number): Compiled {
    const found = this.#executables.get(number)
    if (found === undefined) throw new BackendError(this.#loaded.name, 'scan after dispose')
    return found
  }

  /** Surroundings of conformance cases: all is at hand here. */
  get #surroundings(): { readonly open?: () => Promise<Backend>; readonly adapter?: Adapter } {
    const [open, adapter] = [this.#makeAnother, this.#imported?.adapter]
    return { ...(open && { open }), ...(adapter && { adapter }) }
  }

  readonly #handlers: Handlers = {
    import: async ({ asked, cwd }) => {
      const found = await this.#find(asked, cwd)
      if ('ok' in found) return { answer: found }
      this.#imported = found
      return { answer: { ok: true, name: found.adapter.name } }
    },
    create: async ({ options, faithful }) => {
      if (this.#imported === undefined) throw internalError('a backend is made before its adapter is imported')
      const { make } = this.#imported
      const result = await make(options)
      if (!result.ok) return { answer: result }
      const { packageName, packageVersion, backend } = result
      this.#backend = backend
      this.#faithful = faithful
      this.#makeAnother = async () => {
        const other = await make(options)
        if (!other.ok) throw new BackendError(backend.name, other.reason)
        return other.backend
      }
      const { name, info } = backend
      const tellsMemory = 'memory' in backend
      return { answer: { ok: true, name, info, packageName, packageVersion, tellsMemory } }
    },
    compile: async ({ program, constants }) => {
      const own = this.#constants.of(constants)
      const executable = await this.#loaded.compile(program, own)
      const number = this.#count++
      const lent = this.#faithful ? new Lent(own) : undefined
      this.#executables.set(number, { executable, program, check: new OutputCheck(program), lent })
      return { answer: number }
    },
    scan: async ({ executable: number, carry, xs }) => {
      const { executable, program, check, lent } = this.#compiledOf(number)
      const given = buffersOf(carry)
      lent?.lend(carry, xs)
      const extent = extentOf(program, xs)
      // A value that is no tensor cannot be handed on as one.
      const result = check.require(this.#loaded.name, await executable.scan(carry, xs), extent)
      const written = lent?.written(carry, xs)
      const [last, outputs] = [transferable(result.carry, given), transferable(result.ys, given)]
      const spent = this.#port.sharesMemory ? [...given].filter((buffer) => buffer instanceof ArrayBuffer) : []
      const transfer = [...new Set([...last.transfer, ...outputs.transfer, ...spent])]
      const answer = { carry: last.tensors, ys: outputs.tensors, spent, ...(written && { written }) }
      return { answer, transfer }
    },
    ready: async ({ executable: number, batch }) => {
      await this.#compiledOf(number).executable.ready?.(batch)
      return { answer: undefined }
    },
    release: async ({ executable: number, unused }) => {
      const released = this.#executables.get(number)
      this.#executables.delete(number)
      this.#constants.forget(unused)
      await released?.executable.dispose()
      return { answer: undefined }
    },
    memory: async () => {
      const held = await this.#loaded.memory?.()
      if (held === undefined) throw internalError('a backend without memory() is asked for it')
      return { answer: held }
    },
    case: async ({ id, seconds, origin }) => {
      this.#cases ??= loadCases()
      const { byId, runConformance } = await this.#cases
      const found = byId.get(id)
      const cases = found === undefined ? [] : [found]
      const options = { ...this.#surroundings, cases, origin, timeoutSeconds: seconds }
      const [answer] = (await runConformance(this.#loaded, options)).results
      if (answer === undefined) throw internalError(`there is no case "${id}"`)
      // What hangs is left behind: the next case has another backend.
      if (answer.detail.includes('did not answer within')) this.#backend = await this.#makeAnother?.()
      return { answer }
    },
    dispose: async () => {
      await this.#loaded.dispose()
      return { answer: undefined }
    },
  }

  /** The handler of a request's kind on its body; TypeScript cannot see that the two belong together. */
  #handle({ kind, body }: Request): Promise<Answered<ExchangeName>> {
    const handler = this.#handlers[kind] as (body: unknown) => Promise<Answered<ExchangeName>>
    return handler(body)
  }

  /** An answer that cannot be cloned, or is not whole, is the backend's failure and not the end of the other side. */
  #sendAnswer({ id, kind }: Request, { answer, transfer }: Answered<ExchangeName>): void {
    try {
      this.#port.send({ id, ok: true, answer }, transfer)
    } catch (error) {
      const name = this.#backend?.name ?? 'isograd'
      const cure = this.#port.sharesMemory ? '; --jobs 1 needs no other' : ''
      const what = `what ${kind} left cannot be handed over: ${messageOf(error)}`
      throw new BackendError(name, `${what}${cure}`, { cause: error })
    }
  }

  /** Answers a request. Never throws. */
  async serve(request: Request): Promise<void> {
    try {
      const answered = await this.#handle(request)
      // An error outside of any call is known before the answer to the call is: work that failed unseen is no work.
      await this.#port.strayErrorsFirst()
      this.#sendAnswer(request, answered)
    } catch (error) {
      this.#port.send({ id: request.id, ok: false, error: packError(error) })
    }
  }
}

const strayWords: Readonly<Record<StrayKind, string>> = {
  rejected: 'a promise was rejected that nobody awaited',
  thrown: 'an error was thrown outside of any call',
}

/** Serves a backend over a port. @param find imports its adapter, as it is found there. */
export function serveBackend(port: Port, find: FindAdapter): void {
  const host = new BackendHost(port, find)
  port.onStray((how, thrown) => port.send({ notice: 'stray', message: `${strayWords[how]}: ${thrownText(thrown)}` }))
  port.serve((request) => host.serve(request))
}
