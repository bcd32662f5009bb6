/** The way back to the command from a page. Requests come as one endless answer, each behind its length; replies are posted. */
import { messageOf } from '../../errors/failure.js'
import type { Request } from '../remote-messages.js'
import type { Port } from '../remote-port.js'
import { decodeMessage, encodeMessage } from './wire.js'

/** The events of a page that are used: the types of Node leave them out. */
interface Surroundings {
  addEventListener(
    name: 'error' | 'unhandledrejection' | 'beforeunload',
    take: (event: { readonly error?: unknown; readonly message?: string; readonly reason?: unknown }) => void,
  ): void
}

const page = globalThis as unknown as Surroundings

/** Bytes of the length before a request. */
const LENGTH = 8

/** Reads so many bytes, however they come. */
class Reader {
  readonly #source: AsyncIterator<Uint8Array>
  #rest: Uint8Array = new Uint8Array()

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  /** The next bytes; undefined at the end. */
  async take(length: number): Promise<Uint8Array | undefined> {
    const bytes = new Uint8Array(length)
    for (let at = 0; at < length;) {
      if (this.#rest.length === 0) {
        // oxlint-disable-next-line no-await-in-loop -- bytes follow one another
        const { done, value } = await this.#source.next()
        if (done === true) return undefined
        this.#rest = value
      }
      const part = this.#rest.subarray(0, length - at)
      bytes.set(part, at)
      at += part.length
      this.#rest = this.#rest.subarray(part.length)
    }
    return bytes
  }
}

async function* chunksOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader()
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- chunks follow one another
    const { done, value } = await reader.read()
    if (done) return
    yield value
  }
}

/** Posts one thing after the other: what is told first arrives first. */
let last: Promise<unknown> = Promise.resolve()

function post(path: string, parts: readonly (string | Uint8Array<ArrayBuffer>)[]): void {
  const body = new Blob([...parts])
  // Where the command is gone, nobody listens.
  last = last.then(() => fetch(path, { method: 'POST', body })).catch(() => undefined)
}

/** Hands over what is printed here. */
function forwardConsole(): void {
  for (const method of ['log', 'info', 'warn', 'error'] as const) {
    console[method] = (...values: readonly unknown[]) => post('printed', [values.map(messageOf).join(' ')])
  }
}

/** Requests are served as they come. */
async function serve(handle: (request: Request) => Promise<void>): Promise<void> {
  const { body } = await fetch('requests')
  if (body === null) return
  const reader = new Reader(chunksOf(body))
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- requests follow one another
    const head = await reader.take(LENGTH)
    if (head === undefined) return
    // oxlint-disable-next-line no-await-in-loop
    const bytes = await reader.take(new DataView(head.buffer).getFloat64(0, true))
    if (bytes === undefined) return
    void handle(decodeMessage(bytes) as Request)
  }
}

/** The way back of this page. */
export function openPagePort(): Port {
  forwardConsole()
  return {
    sharesMemory: false,
    send: (answer) => post('answers', encodeMessage(answer)),
    serve: (handle) => void serve(handle),
    onStray(tell) {
      let isLeft = false
      page.addEventListener('beforeunload', () => {
        isLeft = true
        void fetch('left', { method: 'POST', keepalive: true }).catch(() => undefined)
      })
      // With the page its requests end too, which is no fault of theirs.
      page.addEventListener('unhandledrejection', ({ reason }) => {
        if (!isLeft) tell('rejected', reason)
      })
      page.addEventListener('error', ({ error, message }) => tell('thrown', error ?? message))
    },
    strayErrorsFirst: () =>
      new Promise((resolve) => {
        const { port1, port2 } = new MessageChannel()
        const told = (): void => {
          port1.close()
          resolve()
        }
        port1.addEventListener('message', told, { once: true })
        port1.start()
        port2.postMessage(undefined)
      }),
  }
}
