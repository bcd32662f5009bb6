/**
 * The other side of a remote backend: loads it by name, as the command would, and serves requests. It is the entry of a
 * worker thread or of a process and exports nothing; requests come from `remote-connection.ts`. Here the backend is
 * alone: whatever it does to its surroundings, the command survives.
 */
import { BackendError } from '@isograd/core'
import {
  type Adapter,
  type Backend,
  type Executable,
  extentOf,
  internalError,
  OutputCheck,
} from '@isograd/core/backend'
import type { Program } from '@isograd/core/ir'
import { type ConformanceCase, conformanceCases, runConformance } from '@isograd/core/conformance'
import { thrownText } from '@isograd/core/text'
import { messageOf } from '../errors/failure.js'
import { type ImportedBackend, importBackend } from './load.js'
import { packError } from './remote-errors.js'
import { buffersOf, OwnConstants, transferable } from './remote-memory.js'
import type { AnswerOf, ExchangeName, Request, RequestOf } from './remote-messages.js'
import { openPort } from './remote-port.js'
import { Lent } from './remote-writes.js'

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

const port = openPort()
const constants = new OwnConstants()
const executables = new Map<number, Compiled>()
let imported: ImportedBackend | undefined
let backend: Backend | undefined
let makeAnother: (() => Promise<Backend>) | undefined
let casesById: ReadonlyMap<string, ConformanceCase> | undefined
let [count, faithful] = [0, false]

function loaded(): Backend {
  if (backend === undefined) throw internalError('a backend is used before it is loaded')
  return backend
}

function compiledOf(number: number): Compiled {
  const found = executables.get(number)
  if (found === undefined) throw new BackendError(loaded().name, 'scan after dispose')
  return found
}

/** Surroundings of conformance cases: all is at hand here. */
function surroundings(): { readonly open?: () => Promise<Backend>; readonly adapter?: Adapter } {
  const adapter = imported?.adapter
  return { ...(makeAnother && { open: makeAnother }), ...(adapter && { adapter }) }
}

const handlers: Handlers = {
  async import({ asked, cwd }) {
    const found = await importBackend(asked, cwd)
    if ('ok' in found) return { answer: found }
    imported = found
    return { answer: { ok: true, name: found.adapter.name } }
  },
  async create({ options, faithful: isFaithful }) {
    if (imported === undefined) throw internalError('a backend is made before its adapter is imported')
    const { make } = imported
    const result = await make(options)
    if (!result.ok) return { answer: result }
    const { packageName, packageVersion } = result
    ;[backend, faithful] = [result.backend, isFaithful]
    makeAnother = async () => {
      const other = await make(options)
      if (!other.ok) throw new BackendError(loaded().name, other.reason)
      return other.backend
    }
    const { name, info } = backend
    const tellsMemory = 'memory' in backend
    return { answer: { ok: true, name, info, packageName, packageVersion, tellsMemory } }
  },
  async compile({ program, constants: given }) {
    const own = constants.of(given)
    const executable = await loaded().compile(program, own)
    const number = count++
    const check = new OutputCheck(program)
    executables.set(number, { executable, program, check, lent: faithful ? new Lent(own) : undefined })
    return { answer: number }
  },
  async scan({ executable: number, carry, xs }) {
    const { executable, program, check, lent } = compiledOf(number)
    const given = buffersOf(carry)
    lent?.lend(carry, xs)
    const extent = extentOf(program, xs)
    // A value that is no tensor cannot be handed on as one.
    const result = check.require(loaded().name, await executable.scan(carry, xs), extent)
    const written = lent?.written(carry, xs)
    const [last, outputs] = [transferable(result.carry, given), transferable(result.ys, given)]
    const spent = port.sharesMemory ? [...given].filter((buffer) => buffer instanceof ArrayBuffer) : []
    const transfer = [...new Set([...last.transfer, ...outputs.transfer, ...spent])]
    const answer = { carry: last.tensors, ys: outputs.tensors, spent, ...(written && { written }) }
    return { answer, transfer }
  },
  async ready({ executable: number, batch }) {
    await compiledOf(number).executable.ready?.(batch)
    return { answer: undefined }
  },
  async release({ executable: number, unused }) {
    const released = executables.get(number)
    executables.delete(number)
    constants.forget(unused)
    await released?.executable.dispose()
    return { answer: undefined }
  },
  async memory() {
    const held = await loaded().memory?.()
    if (held === undefined) throw internalError('a backend without memory() is asked for it')
    return { answer: held }
  },
  async case({ id, seconds, origin }) {
    casesById ??= new Map(conformanceCases().map((one) => [one.id, one]))
    const found = casesById.get(id)
    const cases = found === undefined ? [] : [found]
    const { results } = await runConformance(loaded(), { ...surroundings(), cases, origin, timeoutSeconds: seconds })
    const [answer] = results
    if (answer === undefined) throw internalError(`there is no case "${id}"`)
    // What hangs is left behind: the next case has another backend.
    if (answer.detail.includes('did not answer within')) backend = await makeAnother?.()
    return { answer }
  },
  async dispose() {
    await loaded().dispose()
    return { answer: undefined }
  },
}

/** The handler of a request's kind on its body; TypeScript cannot see that the two belong together. */
function handle({ kind, body }: Request): Promise<Answered<ExchangeName>> {
  const handler = handlers[kind] as (body: unknown) => Promise<Answered<ExchangeName>>
  return handler(body)
}

/** An answer that cannot be cloned, or is not whole, is the backend's failure and not the end of the other side. */
function sendAnswer(request: Request, answered: Answered<ExchangeName>): void {
  try {
    port.send({ id: request.id, ok: true, answer: answered.answer }, answered.transfer)
  } catch (error) {
    const name = backend?.name ?? 'isograd'
    const cure = port.sharesMemory ? '; --jobs 1 needs no other' : ''
    const what = `what ${request.kind} left cannot be handed to another thread: ${messageOf(error)}`
    throw new BackendError(name, `${what}${cure}`, { cause: error })
  }
}

/** An error outside of any call is known before the answer to the call is: work that failed unseen is no work. */
function strayErrorsFirst(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

async function serve(request: Request): Promise<void> {
  try {
    const answered = await handle(request)
    await strayErrorsFirst()
    sendAnswer(request, answered)
  } catch (error) {
    port.send({ id: request.id, ok: false, error: packError(error) })
  }
}

process.on('unhandledRejection', (thrown) => {
  port.send({ notice: 'stray', message: `a promise was rejected that nobody awaited: ${thrownText(thrown)}` })
})
process.on('uncaughtException', (thrown) => {
  port.send({ notice: 'stray', message: `an error was thrown outside of any call: ${thrownText(thrown)}` })
})
port.serve(serve)
