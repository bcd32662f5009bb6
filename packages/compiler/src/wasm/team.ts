/**
 * The threads of a target: workers of Node or of a page, which have the modules over the same memory. A worker is asked by a
 * message to take part in some steps; whoever has not come when the steps begin is left out of them.
 */
import { BackendError } from '@isograd/core/backend'
import { MOST_THREADS } from '../memory/plan.js'
import { control } from './meeting.js'
import type { Memory } from './platform.js'

/** A module as workers get it. */
export interface Shared {
  readonly id: number
  readonly module: object
  readonly memory: Memory
  /** Address of the memory in which threads write to each other. */
  readonly control: number
}

/** A worker, as the main thread knows it. */
export interface Worker {
  tell(message: unknown): void
  end(): void
}

/** Starts a worker of a text. @param onLost called when it ends without having been told. */
export type Start = (text: string, onLost: (reason: string) => void) => Worker

/** The code of a worker. The gate has the number of a call, a bit that closes it, and how many have come. */
const TEXT = `
const made = new Map()
const rules = {
  make({ id, module, memory, control }) {
    const { run } = new WebAssembly.Instance(module, { env: { memory } }).exports
    made.set(id, { run, memory, at: (control + ${control.gate}) / 4 })
  },
  drop: ({ id }) => made.delete(id),
  run({ id, call, from, to }) {
    const { run, memory, at } = made.get(id)
    const words = new Int32Array(memory.buffer)
    let seen = Atomics.load(words, at)
    for (;;) {
      if (seen >>> 8 !== call || seen & 128) return
      const old = Atomics.compareExchange(words, at, seen, seen + 1)
      if (old === seen) break
      seen = old
    }
    const thread = (seen & 127) + 1
    for (let turn = 0; !((seen = Atomics.load(words, at)) & 128); turn++) if (turn > 5000) Atomics.wait(words, at, seen)
    run(from, to, thread, (seen & 127) + 1, 1)
  },
}
const take = (message) => rules[message.kind](message)
if (typeof require === 'function') require('node:worker_threads').parentPort.on('message', take)
else onmessage = ({ data }) => take(data)
`

interface NodeWorker {
  postMessage(message: unknown, transfer: readonly object[]): void
  unref(): void
  on(event: 'error' | 'exit', listener: (what: unknown) => void): void
  terminate(): Promise<number>
}

type NodeThreads = { readonly Worker: new (text: string, options: { readonly eval: true }) => NodeWorker }

interface PageWorker {
  postMessage(message: unknown, transfer: readonly object[]): void
  addEventListener(name: 'error', listener: (event: { readonly message: string }) => void): void
  terminate(): void
}

/** The part of a page and of Node that is used: both have it. */
interface Surroundings {
  readonly SharedArrayBuffer?: unknown
  readonly process?: { readonly versions?: { readonly node?: string } }
  readonly Worker?: new (address: string) => PageWorker
  readonly Blob?: new (parts: readonly string[], options: { readonly type: string }) => object
  readonly URL?: { createObjectURL(blob: object): string; revokeObjectURL(address: string): void }
}

const surroundings = globalThis as unknown as Surroundings

function ofNode({ Worker }: NodeThreads): Start {
  return (text, onLost) => {
    const worker = new Worker(text, { eval: true })
    let isEnded = false
    // A worker that waits for work keeps no process alive.
    worker.unref()
    worker.on('error', (error) => onLost(error instanceof Error ? error.message : String(error)))
    worker.on('exit', (status) => !isEnded && onLost(`it ended with status ${String(status)}`))
    const end = (): void => {
      isEnded = true
      void worker.terminate()
    }
    return { tell: (message) => worker.postMessage(message, []), end }
  }
}

function ofPage({ Worker, Blob, URL }: Required<Pick<Surroundings, 'Worker' | 'Blob' | 'URL'>>): Start {
  return (text, onLost) => {
    const address = URL.createObjectURL(new Blob([text], { type: 'text/javascript' }))
    const worker = new Worker(address)
    worker.addEventListener('error', ({ message }) => onLost(message))
    const end = (): void => {
      worker.terminate()
      URL.revokeObjectURL(address)
    }
    return { tell: (message) => worker.postMessage(message, []), end }
  }
}

/** The way in which workers are started here, if there is one. */
async function startOf(): Promise<Start | undefined> {
  const { process, Worker, Blob, URL } = surroundings
  // A bundler for pages must not look for what belongs to Node.
  const name = 'node:worker_threads'
  if (process?.versions?.node !== undefined)
    return ofNode((await import(/* webpackIgnore: true */ /* @vite-ignore */ name)) as NodeThreads)
  return Worker && Blob && URL && ofPage({ Worker, Blob, URL })
}

/** Tells if memory can be shared: a page has to be isolated from others. */
export const sharesMemory = (): boolean => surroundings.SharedArrayBuffer !== undefined

/** Tells if this thread may sleep: that of a page itself may not. */
function maySleep(): boolean {
  try {
    return Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1) === 'not-equal'
  } catch {
    return false
  }
}

/** Milliseconds for workers to come. */
const PATIENCE = 1

/** Settings of a team. */
export interface TeamOptions {
  readonly threads: number
  /** Milliseconds for workers to come, where it is not the usual. */
  readonly patience?: number
  /** The way to start a worker, where it is not that of the platform. */
  readonly start?: Start
}

/** Starts workers when they are first needed. */
export class Team {
  readonly #patience: number
  readonly #most: number
  readonly #workers: Worker[] = []
  readonly #shared: Shared[] = []
  #start: Start | undefined
  #calls = 0
  #mayWait: 0 | 1 = 0
  #lost: string | undefined
  #hasCome = false

  constructor({ threads, patience = PATIENCE, start }: TeamOptions) {
    this.#start = start
    this.#most = Math.min(threads, MOST_THREADS)
    this.#patience = patience
  }

  /** Finds out how workers are started. */
  async prepare(): Promise<void> {
    this.#start ??= await startOf()
    this.#mayWait = maySleep() ? 1 : 0
  }

  /** Gives workers a module. */
  share(shared: Shared): void {
    this.#shared.push(shared)
    for (const worker of this.#workers) worker.tell({ kind: 'make', ...shared })
  }

  drop({ id }: Shared): void {
    const at = this.#shared.findIndex((shared) => shared.id === id)
    if (at >= 0) this.#shared.splice(at, 1)
    for (const worker of this.#workers) worker.tell({ kind: 'drop', id })
  }

  /**
   * Runs some steps with as many threads as come, `threads` at most.
   * @throws BackendError where a worker has ended.
   */
  run({ id, memory, control: at }: Shared, steps: Steps, threads: number, run: Run): number {
    const wanted = Math.min(threads, this.#most) - 1
    this.#grow(wanted)
    this.#requireAll()
    const words = new Int32Array(memory.buffer)
    const gate = (at + control.gate) / 4
    const call = (this.#calls = (this.#calls + 1) & 0xfffff)
    Atomics.store(words, gate, call << 8)
    for (const worker of this.#workers.slice(0, wanted)) worker.tell({ kind: 'run', id, call, ...steps })
    const limit = performance.now() + this.#patience
    while ((Atomics.load(words, gate) & 127) < Math.min(wanted, this.#workers.length) && performance.now() < limit);
    const came = Atomics.or(words, gate, 128) & 127
    Atomics.notify(words, gate)
    this.#hasCome ||= came > 0
    const done = run(steps.from, steps.to, 0, came + 1, this.#mayWait)
    if (Atomics.load(words, (at + control.isLost) / 4) !== 0) this.#lost = 'it did not come to a meeting'
    this.#requireAll()
    return done
  }

  #requireAll(): void {
    if (this.#lost === undefined) return
    // A late one must not wake in memory that another instance has by then.
    for (const worker of this.#workers.splice(0)) worker.end()
    throw new BackendError('wasm', `a thread is lost: ${this.#lost}; use one thread (--threads 1)`)
  }

  #grow(wanted: number): void {
    while (this.#start !== undefined && this.#workers.length < wanted) {
      const worker = this.#started(this.#start)
      if (worker === undefined) return
      for (const shared of this.#shared) worker.tell({ kind: 'make', ...shared })
      this.#workers.push(worker)
    }
  }

  #started(start: Start): Worker | undefined {
    try {
      return start(TEXT, (reason) => this.#onLost(reason))
    } catch (error) {
      this.#onLost(String(error))
      return undefined
    }
  }

  /** Where no worker has ever come, as where a page's policy allows none, one thread does the work. */
  #onLost(reason: string): void {
    if (this.#hasCome) this.#lost = reason
    else {
      this.#start = undefined
      for (const worker of this.#workers.splice(0)) worker.end()
    }
  }

  dispose(): void {
    for (const worker of this.#workers.splice(0)) worker.end()
  }
}

/** Some steps. */
export interface Steps {
  readonly from: number
  readonly to: number
}

/** The function of a module. @returns the steps that were run. */
export type Run = (from: number, to: number, thread: number, threads: number, mayWait: 0 | 1) => number
