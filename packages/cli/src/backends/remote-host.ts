/**
 * The thread that hosts one backend: loads it by name, as the command would, and serves requests. It is the entry of a
 * worker thread and exports nothing; requests come from `remote-thread.ts`.
 */
import { parentPort } from 'node:worker_threads'
import { BackendError } from '@isograd/core'
import { type Backend, type Executable, internalError } from '@isograd/core/backend'
import { messageOf } from '../errors/failure.js'
import { loadBackend } from './load.js'
import { packError } from './remote-errors.js'
import { buffersOf, OwnConstants, transferable } from './remote-memory.js'
import type { AnswerOf, ExchangeName, Reply, Request, RequestOf } from './remote-messages.js'

/** An answer, and its memory that is transferred. */
interface Answered<K extends ExchangeName> {
  readonly answer: AnswerOf<K>
  readonly transfer?: readonly ArrayBuffer[]
}

type Handlers = { readonly [K in ExchangeName]: (body: RequestOf<K>) => Promise<Answered<K>> }

const constants = new OwnConstants()
const executables = new Map<number, Executable>()
let backend: Backend | undefined
let compiled = 0

function loaded(): Backend {
  if (backend === undefined) throw internalError('a backend is used before it is loaded')
  return backend
}

function executableOf(number: number): Executable {
  const executable = executables.get(number)
  if (executable === undefined) throw new BackendError(loaded().name, 'scan after dispose')
  return executable
}

const handlers: Handlers = {
  async load({ asked, options, cwd }) {
    const result = await loadBackend(asked, options, cwd)
    if (!result.ok) return { answer: result }
    const { packageName, packageVersion } = result
    backend = result.backend
    const { name, info } = backend
    return { answer: { ok: true, name, info, packageName, packageVersion } }
  },
  async compile({ program, constants: given }) {
    const executable = await loaded().compile(program, constants.of(given))
    const number = compiled++
    executables.set(number, executable)
    return { answer: number }
  },
  async scan({ executable, carry, xs }) {
    const given = buffersOf(carry)
    const result = await executableOf(executable).scan(carry, xs)
    const [last, outputs] = [transferable(result.carry, given), transferable(result.ys, given)]
    const spent = [...given].filter((buffer) => buffer instanceof ArrayBuffer)
    const transfer = [...new Set([...last.transfer, ...outputs.transfer, ...spent])]
    return { answer: { carry: last.tensors, ys: outputs.tensors, spent }, transfer }
  },
  async release({ executable }) {
    const released = executables.get(executable)
    executables.delete(executable)
    await released?.dispose()
    return { answer: undefined }
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

function send(reply: Reply, transfer: readonly ArrayBuffer[] = []): void {
  parentPort?.postMessage(reply, [...transfer])
}

/** An answer that cannot be cloned, or is not whole, is the backend's failure and not the end of the thread. */
function sendAnswer(request: Request, answered: Answered<ExchangeName>): void {
  try {
    send({ id: request.id, ok: true, answer: answered.answer }, answered.transfer)
  } catch (error) {
    const name = backend?.name ?? 'isograd'
    const what = `what ${request.kind} left cannot be handed to another thread: ${messageOf(error)}`
    throw new BackendError(name, `${what}; --jobs 1 needs no other`, { cause: error })
  }
}

async function serve(request: Request): Promise<void> {
  try {
    sendAnswer(request, await handle(request))
  } catch (error) {
    send({ id: request.id, ok: false, error: packError(error) })
  }
}

parentPort?.on('message', (request: Request) => void serve(request))
