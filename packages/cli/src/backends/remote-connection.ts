/**
 * The command's end of a backend elsewhere: sends requests, pairs replies with them, and sees to it that none waits for
 * longer than allowed, nor for another side that is gone.
 */
import { BackendError } from '@isograd/core'
import { visible } from '@isograd/core/text'
import { inBrowser } from './browser/name.js'
import { type Carrier, type CarrierWish, startCarrier } from './remote-carriers.js'
import { type ErrorData, unpackError } from './remote-errors.js'
import {
  type Answer,
  type AnswerOf,
  type ExchangeName,
  type Notice,
  type Reply,
  type RequestOf,
  shortSeconds,
} from './remote-messages.js'

interface Pending {
  readonly what: string
  readonly resolve: (answer: AnswerOf<ExchangeName>) => void
  readonly reject: (error: Error) => void
}

/** A call that is asked for. */
export interface Call {
  /** The call in words: `scan of "small/train"`. */
  readonly what: string
  readonly transfer?: readonly ArrayBuffer[]
  /** Longest time for it; none unless given. */
  readonly seconds?: number | undefined
  /** The limit that a message names, where the other side was to heed a shorter one. */
  readonly told?: number
}

/** Settings of a connection. */
export interface ConnectionOptions extends CarrierWish {
  /** Takes what is printed over there. */
  readonly note?: (text: string) => void
  /** Takes errors outside of any call; unless given they end the connection. */
  readonly onStray?: (error: BackendError) => void
}

/** Characters of a name that messages show before it is known to be one. */
const LONGEST_NAME = 64

/** A connection. */
export class RemoteConnection {
  readonly #carrier: Carrier
  readonly #pending = new Map<number, Pending>()
  readonly #options: ConnectionOptions
  #name: string
  #sent = 0
  #end: Error | undefined
  #last = 'import'

  /** @param name the backend that messages name, until its adapter says its own. */
  constructor(name: string, options: ConnectionOptions) {
    this.#name = name
    this.#options = options
    this.#carrier = startCarrier(name, options, {
      message: (answer) => this.#take(answer),
      printed: (line) => options.note?.(`[${this.#name}] ${line}`),
      ended: (how, cure) => this.#ended(how, cure),
    })
  }

  /** True while it takes requests. */
  get alive(): boolean {
    return this.#end === undefined
  }

  /** True while a request waits for its reply. */
  get busy(): boolean {
    return this.#pending.size > 0
  }

  /** True where memory can be shared. */
  get sharesMemory(): boolean {
    return this.#carrier.sharesMemory
  }

  /** The name that messages are to bear from now on. */
  set name(name: string) {
    this.#name = visible(name).slice(0, LONGEST_NAME)
  }

  /** Asks, and waits for the answer. @throws what the other side threw; BackendError when it is gone or does not answer. */
  async ask<K extends ExchangeName>(kind: K, body: RequestOf<K>, call: Call): Promise<AnswerOf<K>> {
    if (this.#end !== undefined) throw this.#end
    const { what, transfer = [], seconds, told = seconds } = call
    const id = this.#sent++
    this.#last = what
    const answer = new Promise<AnswerOf<ExchangeName>>((resolve, reject) => {
      this.#pending.set(id, { what, resolve, reject })
    })
    // A call that takes long is ended with the other side: it may never give back its thread.
    const timer = seconds === undefined ? undefined : setTimeout(() => this.#late(what, Number(told)), seconds * 1000)
    try {
      this.#carrier.send({ id, kind, body } as Parameters<Carrier['send']>[0], transfer)
      return await answer
    } finally {
      clearTimeout(timer)
      this.#pending.delete(id)
    }
  }

  /** Ends the other side; requests that wait are rejected with `reason`. */
  async end(reason: Error): Promise<void> {
    this.#close(reason)
    await this.#carrier.end()
  }

  #late(what: string, seconds: number): void {
    void this.end(this.#error(`${what} did not answer within ${shortSeconds(seconds)} s`))
  }

  #error(text: string): BackendError {
    return new BackendError(this.#name, text)
  }

  #take(answer: Answer): void {
    if ('notice' in answer) this.#heed(answer)
    else this.#settle(answer)
  }

  #settle(reply: Reply): void {
    const pending = this.#pending.get(reply.id)
    if (reply.ok) pending?.resolve(reply.answer)
    else pending?.reject(unpackError(this.#named(reply.error)))
  }

  /** An error of a backend in a page, which knows nothing of the browser's part of its name. */
  #named(error: ErrorData): ErrorData {
    const own = inBrowser(this.#name)?.asked
    if (own !== error.source) return error
    return { ...error, source: this.#name, message: error.message.replace(`[${own}]`, () => `[${this.#name}]`) }
  }

  #heed(notice: Notice): void {
    if (notice.notice === 'stuck') {
      void this.end(this.#error(`${this.#underWay} did not answer, and nothing is left that it could wait for`))
      return
    }
    if (notice.notice === 'disconnected') {
      this.#ended('its process has closed the channel to the command, as process.disconnect() does', '')
      return
    }
    const error = this.#error(notice.message)
    if (this.#options.onStray === undefined) void this.end(error)
    else this.#options.onStray(error)
  }

  /** The calls that wait, which run side by side over there, and any of them may be the cause; else the last one. */
  get #underWay(): string {
    if (this.#pending.size === 0) return this.#last
    return [...new Set([...this.#pending.values()].map(({ what }) => what))].join(' or ')
  }

  #ended(how: string, cure: string): void {
    const where = `${this.#pending.size === 0 ? 'after' : 'in'} ${this.#underWay}`
    // That of a thread says why it ended, and has no more to say.
    this.#close(this.#error(cure === '' ? `${how} (${where})` : `${how}${cure}`))
  }

  #close(reason: Error): void {
    this.#end ??= reason
    const waiting = [...this.#pending.values()]
    this.#pending.clear()
    for (const { reject } of waiting) reject(this.#end)
  }
}
