/**
 * The carriers of messages to a backend elsewhere: a thread, which shares memory with the command, or a process, whose death
 * the command survives whatever it dies of. Both run the same module, `remote-host.ts`. The third is a page, in `browser/`.
 */
import { fork } from 'node:child_process'
import type { Readable } from 'node:stream'
import { SHARE_ENV, Worker } from 'node:worker_threads'
import { messageOf } from '../errors/failure.js'
import { answered, asked, gone as threadGone, untilAnswered } from '../errors/computing-threads.js'
import { inBrowser } from './browser/name.js'
import { type PinnedPackages, pinnedEnvironment } from './pinned-packages.js'
import type { Answer, Request } from './remote-messages.js'

/** The ways to host a backend elsewhere. */
export type CarrierKind = 'thread' | 'process'

/** The events of a carrier. */
export interface CarrierEvents {
  readonly message: (answer: Answer) => void
  /** Takes lines that were printed there. */
  readonly printed: (line: string) => void
  /** It is gone; `how` completes a sentence that begins with the backend, such as "ended the process with status 0". */
  readonly ended: (how: string, cure: string) => void
}

/** A way to the other side. */
export interface Carrier {
  /** True where memory can be shared, and handed over. */
  readonly sharesMemory: boolean
  send(request: Request, transfer: readonly ArrayBuffer[]): void
  /** Ends the other side, whatever it is doing. */
  end(): Promise<void>
}

/** The module that runs on the other side: `remote-host.ts`, built. */
const hostModule: URL = new URL('./remote-host.js', import.meta.url)

const THREAD_CURE = '; --jobs 1 runs it in the main thread'

function startThread(module: URL, { message, printed, ended }: CarrierEvents): Carrier {
  // An adapter may set variables before it loads its runtime: they reach native code only where they are shared.
  const worker = new Worker(module, { env: SHARE_ENV, stdout: true, stderr: true })
  for (const stream of [worker.stdout, worker.stderr]) readLines(stream, printed)
  const gone = (why: string): void => ended(`its thread has ended: ${why}`, THREAD_CURE)
  worker.on('message', (answer: Answer) => {
    if ('id' in answer) answered(worker, answer.id)
    message(answer)
  })
  worker.on('messageerror', (error) => gone(messageOf(error)))
  worker.on('error', (error) => gone(messageOf(error)))
  worker.on('exit', (code) => {
    threadGone(worker)
    gone(`it ended with status ${code}`)
  })
  return {
    sharesMemory: true,
    send: (request, transfer) => {
      worker.postMessage(request, [...transfer])
      asked(worker, request.id)
    },
    end: async () => {
      await untilAnswered(worker)
      await worker.terminate()
    },
  }
}

/** Characters of a line that may be kept until it ends: a longer one is handed over in parts. */
const LONGEST_LINE = 65_536

/** Hands over what a stream brings, line by line; what it ends with is a line too. */
function readLines(stream: Readable | null, take: (line: string) => void): void {
  let rest = ''
  stream?.setEncoding('utf8').on('data', (text: string) => {
    const lines = `${rest}${text}`.split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) take(line)
    if (rest.length < LONGEST_LINE) return
    take(rest)
    rest = ''
  })
  stream?.on('end', () => {
    if (rest !== '') take(rest)
  })
}

/** The reason that a process is gone, from its status and from what it printed last. */
function endOf(code: number | null, signal: NodeJS.Signals | null, last: readonly string[]): string {
  if (last.some((line) => /out of memory|bad_alloc|cannot allocate memory/i.test(line))) return 'ran out of memory'
  if (signal === 'SIGKILL') return 'its process was ended by SIGKILL, as the system does when memory runs out'
  if (signal !== null) return `its process was ended by ${signal}`
  return `ended the process with status ${code}`
}

/** Lines of a process that are kept, to tell what it died of. */
const LAST_LINES = 50

function startProcess(
  module: URL,
  { message, printed, ended }: CarrierEvents,
  packages: PinnedPackages | undefined,
): Carrier {
  const env = packages === undefined ? process.env : { ...process.env, ...pinnedEnvironment(packages) }
  const stdio = ['ignore' as const, 'pipe' as const, 'pipe' as const, 'ipc' as const]
  // In a group of its own: Ctrl-C is for the command, which stops in order. It ends by itself when the command is gone.
  const child = fork(module, { serialization: 'advanced', stdio, detached: true, env })
  const last: string[] = []
  const print = (line: string): void => {
    if (last.push(line) > LAST_LINES) last.shift()
    printed(line)
  }
  for (const stream of [child.stdout, child.stderr]) readLines(stream, print)
  child.on('message', (answer) => message(answer as Answer))
  child.on('error', (error) => ended(`its process could not be started: ${error.message}`, ''))
  child.on('disconnect', () => child.kill('SIGKILL'))
  const closed = new Promise<void>((resolve) => {
    let isOver = false
    const over = (code: number | null, signal: NodeJS.Signals | null): void => {
      if (isOver) return
      isOver = true
      ended(endOf(code, signal, last), '')
      resolve()
    }
    child.on('close', over)
    // A process that it has started may hold its streams for ever.
    child.on('exit', (code, signal) => setTimeout(() => over(code, signal), 500).unref())
  })
  return {
    sharesMemory: false,
    send: (request) => {
      if (child.connected) child.send(request)
    },
    end: async () => {
      child.kill('SIGKILL')
      await closed
    },
  }
}

/** A page. What it takes is loaded by those who want one. */
function startPage(events: CarrierEvents): Carrier {
  const started = import('./browser/page-carrier.js').then(({ PageCarrier }) => new PageCarrier(events))
  return {
    sharesMemory: false,
    send: (request) => void started.then((page) => page.send(request)),
    end: async () => (await started).end(),
  }
}

/** The other side that is wanted. */
export interface CarrierWish {
  readonly kind: CarrierKind
  readonly module?: URL
  /** Packages that a process takes from elsewhere. */
  readonly packages?: PinnedPackages
}

/** Starts the other side of a backend of a name: a page where the name says so. */
export function startCarrier(name: string, wish: CarrierWish, events: CarrierEvents): Carrier {
  const { kind, module = hostModule, packages } = wish
  if (inBrowser(name) !== undefined) return startPage(events)
  return kind === 'thread' ? startThread(module, events) : startProcess(module, events, packages)
}
