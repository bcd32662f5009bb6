/**
 * The way back to the command, from a thread or a process of its own. A process ends with the command that started it,
 * however that ends and whatever its backend is doing; and it tells when nothing is left that could answer a request.
 */
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { internalError } from '@isograd/core/backend'
import type { Answer, Request } from './remote-messages.js'

/** An error outside of any call: a promise was rejected that nobody awaited, or something was thrown. */
export type StrayKind = 'rejected' | 'thrown'

/** The way back. */
export interface Port {
  /** True where memory can be shared, and handed over. */
  readonly sharesMemory: boolean
  /** @throws Error for what cannot be cloned. */
  send(answer: Answer, transfer?: readonly ArrayBuffer[]): void
  /** Serves requests, as they come. */
  serve(handle: (request: Request) => Promise<void>): void
  /** Calls back for errors outside of any call. */
  onStray(tell: (how: StrayKind, thrown: unknown) => void): void
  /** Settles when all that is stray so far has been told. */
  strayErrorsFirst(): Promise<void>
}

/** Milliseconds that a request may wait with nothing left to wait for: timers that keep no process alive may yet fire. */
const STUCK_AFTER = 10_000

/** Looks from another thread whether the parent still lives: a backend may never give back this one. */
const GUARD = `
  const parent = process.ppid
  setInterval(() => process.ppid === parent || process.kill(process.pid, 'SIGKILL'), 250)
`

/** Ends this process when the one that started it is gone. */
export function endWithParent(): void {
  new Worker(GUARD, { eval: true }).unref()
  process.once('disconnect', endNow)
}

function endNow(): void {
  process.kill(process.pid, 'SIGKILL')
}

/** Errors of this thread or process outside of any call. */
const strays: Pick<Port, 'onStray' | 'strayErrorsFirst'> = {
  onStray(tell) {
    process.on('unhandledRejection', (thrown) => tell('rejected', thrown))
    process.on('uncaughtException', (thrown) => tell('thrown', thrown))
  },
  strayErrorsFirst: () =>
    new Promise((resolve) => {
      setImmediate(resolve)
    }),
}

function threadPort(port: NonNullable<typeof parentPort>): Port {
  return {
    ...strays,
    sharesMemory: true,
    send: (answer, transfer = []) => port.postMessage(answer, [...transfer]),
    serve: (handle) => port.on('message', (request: Request) => void handle(request)),
  }
}

/** Calls back when nothing keeps the process alive but a request that is not answered. @param request undefined: none. */
export function watchForNothing(request: () => number | undefined, stuck: () => void): void {
  let late: number | undefined
  process.on('beforeExit', () => {
    const waiting = request()
    if (waiting !== undefined && waiting === late) stuck()
    // Until then the process is kept alive, and with it all timers.
    late = waiting
    setTimeout(() => {}, waiting === undefined ? 0 : STUCK_AFTER)
  })
}

function processPort(): Port {
  const { channel } = process
  const send = process.send?.bind(process)
  if (send === undefined || channel == null) throw internalError('there is nobody that this process could serve')
  // Libraries that find it would take the command for a manager of theirs.
  delete process.send
  // Called by Node too, when the command is gone: then there is nobody to tell.
  process.disconnect = () => void send({ notice: 'disconnected' } satisfies Answer, endNow)
  endWithParent()
  return {
    ...strays,
    sharesMemory: false,
    send: (answer) => void send(answer),
    serve: (handle) => {
      const waiting = new Set<number>()
      const serveOne = async (request: Request): Promise<void> => {
        waiting.add(request.id)
        channel.unref()
        await handle(request)
        waiting.delete(request.id)
        if (waiting.size === 0) channel.ref()
      }
      process.on('message', (request: Request) => void serveOne(request))
      watchForNothing(
        () => [...waiting][0],
        () => void send({ notice: 'stuck' } satisfies Answer),
      )
    },
  }
}

/** The way back of this thread or process. */
export function openPort(): Port {
  return parentPort !== null && !isMainThread ? threadPort(parentPort) : processPort()
}
