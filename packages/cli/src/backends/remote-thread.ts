/**
 * The command's end of a thread that hosts a backend: sends requests, pairs replies with them, and sees to it that none
 * waits for a thread that has ended.
 */
import { SHARE_ENV, Worker } from 'node:worker_threads'
import { BackendError } from '@isograd/core'
import { messageOf } from '../errors/failure.js'
import { unpackError } from './remote-errors.js'
import type { AnswerOf, ExchangeName, Reply, RequestOf } from './remote-messages.js'

interface Pending {
  readonly resolve: (answer: AnswerOf<ExchangeName>) => void
  readonly reject: (error: Error) => void
}

/** The module that a thread runs: `remote-host.ts`, built. */
export const hostModule: URL = new URL('./remote-host.js', import.meta.url)

/** A thread. */
export class RemoteThread {
  readonly #name: string
  readonly #worker: Worker
  readonly #pending = new Map<number, Pending>()
  #sent = 0
  #end: Error | undefined

  /** @param name the backend that is named when the thread ends by itself. */
  constructor(name: string, module: URL = hostModule) {
    this.#name = name
    // An adapter may set variables before it loads its runtime: they reach native code only where they are shared.
    this.#worker = new Worker(module, { env: SHARE_ENV })
    this.#worker.on('message', (reply: Reply) => this.#take(reply))
    this.#worker.on('messageerror', (error) => this.#finish(error))
    this.#worker.on('error', (error) => this.#finish(error))
    this.#worker.on('exit', (code) => this.#finish(new Error(`it ended with status ${code}`)))
  }

  /** True while it takes requests. */
  get alive(): boolean {
    return this.#end === undefined
  }

  /** True while a request waits for its reply. */
  get busy(): boolean {
    return this.#pending.size > 0
  }

  /** Asks, and waits for the answer. @throws what the other side threw; BackendError when the thread has ended. */
  ask<K extends ExchangeName>(
    kind: K,
    body: RequestOf<K>,
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<AnswerOf<K>> {
    const end = this.#end
    if (end !== undefined) return Promise.reject(end)
    const id = this.#sent++
    return new Promise((resolve, reject) => {
      this.#worker.postMessage({ id, kind, body }, [...transfer])
      // The other side answers a request of a kind with an answer of that kind.
      this.#pending.set(id, { resolve, reject })
    })
  }

  /** Ends the thread; requests that wait are rejected with `reason`. */
  async end(reason: Error): Promise<void> {
    this.#close(reason)
    await this.#worker.terminate()
  }

  #take(reply: Reply): void {
    const pending = this.#pending.get(reply.id)
    this.#pending.delete(reply.id)
    if (reply.ok) pending?.resolve(reply.answer)
    else pending?.reject(unpackError(reply.error))
  }

  #finish(cause: unknown): void {
    const what = `its thread has ended: ${messageOf(cause)}`
    this.#close(new BackendError(this.#name, `${what}; --jobs 1 runs it in the main thread`, { cause }))
  }

  #close(reason: Error): void {
    this.#end ??= reason
    const waiting = [...this.#pending.values()]
    this.#pending.clear()
    for (const { reject } of waiting) reject(reason)
  }
}
