/**
 * The server of a page, on this machine alone: the page itself, once, by an address that is of no use a second time; its
 * modules; and the way of messages, requests as one endless answer and replies as posts. The page is isolated from others, so
 * that its threads can share memory, and can reach nothing else.
 */
import { randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { isWithin } from '../../disk/within.js'
import { messageOf } from '../../errors/failure.js'
import type { Answer, Request } from '../remote-messages.js'
import type { PageModules } from './page-modules.js'
import { contentType, isolated } from './served.js'
import { decodeMessage, encodeMessage, lengthOf } from './wire.js'

/** The events of a page. */
export interface PageEvents {
  /** It is there and takes requests. */
  readonly connected: () => void
  readonly message: (answer: Answer) => void
  readonly printed: (line: string) => void
  /** Its modules do not load. */
  readonly failed: (reason: string) => void
  /** It goes to another address. */
  readonly left: () => void
  /** A message of its own is cut off, or none. */
  readonly broken: (reason: string) => void
  /** It is there no longer. */
  readonly gone: () => void
}

/** The adapter that a page is to import, by its address. */
export interface PageAdapter {
  readonly address: string
  readonly packageName: string
  readonly version?: string | undefined
  readonly variant?: string | undefined
  /** The browser's part of the backend's name. */
  readonly browser: string
  /** The cure where it does not load. */
  readonly cure: string
}

type Exchange = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void

/** A site for one page. */
export interface PageSite {
  /** The address of the page. */
  readonly address: string
  send(request: Request): void
  close(): void
}

const HEADERS = {
  ...isolated,
  'content-security-policy': "default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'",
  'cache-control': 'no-store',
}

function secret(): string {
  return randomBytes(24).toString('base64url')
}

/** Text that ends no element. */
function inScript(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', String.raw`\u003c`)
}

function pageText(base: string, modules: PageModules, host: string): string {
  return `<!doctype html><meta charset="utf-8"><title>isograd</title><base href="${base}"><link rel="icon" href="data:,">
<script>addEventListener('error', ({ message, target }) => fetch('failed', { method: 'POST', body: message ?? 'cannot load ' + target.src }), true)</script>
<script type="importmap">${inScript(modules.importMap)}</script><script type="module" src="${host}"></script>`
}

async function bytesOf(message: IncomingMessage): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of message) chunks.push(chunk as Uint8Array)
  const bytes = new Uint8Array(lengthOf(chunks))
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}

class Site implements PageSite {
  readonly #server: Server
  readonly #modules: PageModules
  readonly #host: string
  readonly #adapter: PageAdapter
  readonly #events: PageEvents
  readonly #base = `/${secret()}/`
  #start: string | undefined = `/${secret()}`
  #requests: ServerResponse | undefined

  constructor(server: Server, modules: PageModules, host: string, adapter: PageAdapter, events: PageEvents) {
    this.#server = server
    this.#modules = modules
    this.#host = host
    this.#adapter = adapter
    this.#events = events
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      // Paths come from the page: one that is none must end no more than its request.
      try {
        this.#answer(request, response)
      } catch {
        response.writeHead(404).end()
      }
    })
  }

  get address(): string {
    const { port } = this.#server.address() as AddressInfo
    return `http://127.0.0.1:${port}${this.#start ?? ''}`
  }

  send(request: Request): void {
    const parts = encodeMessage(request)
    const length = new Uint8Array(8)
    new DataView(length.buffer).setFloat64(0, lengthOf(parts), true)
    for (const part of [length, ...parts]) this.#requests?.write(part)
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { method = '', url = '' } = request
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value)
    if (method === 'GET' && url === this.#start) {
      // Once: whoever reads the command line of the browser afterwards comes too late.
      this.#start = undefined
      response.setHeader('content-type', 'text/html').end(pageText(this.#base, this.#modules, this.#host))
      return
    }
    const path = url.startsWith(this.#base) ? url.slice(this.#base.length) : undefined
    const exchange = path === undefined ? undefined : this.#exchanges[`${method} ${path}`]
    if (exchange !== undefined) void this.#exchange(exchange, request, response)
    else if (path !== undefined && method === 'GET') this.#file(path, response)
    else response.writeHead(403).end()
  }

  async #exchange(exchange: Exchange, request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await exchange(request, response)
    } catch (error) {
      this.#events.broken(messageOf(error))
    }
  }

  readonly #exchanges: Readonly<Record<string, Exchange>> = {
    'GET adapter.json': (_, response) => {
      response.setHeader('content-type', 'application/json').end(JSON.stringify(this.#adapter))
    },
    'GET requests': (_, response) => {
      this.#requests = response
      response.setHeader('content-type', 'application/octet-stream').flushHeaders()
      response.on('close', () => this.#events.gone())
      this.#events.connected()
    },
    'POST answers': async (request, response) => {
      const bytes = await bytesOf(request)
      response.writeHead(204).end()
      this.#events.message(decodeMessage(bytes) as Answer)
    },
    'POST printed': async (request, response) => {
      const text = new TextDecoder().decode(await bytesOf(request))
      response.writeHead(204).end()
      for (const line of text.split('\n')) this.#events.printed(line)
    },
    'POST left': (_, response) => {
      response.writeHead(204).end()
      this.#events.left()
    },
    'POST failed': async (request, response) => {
      const text = new TextDecoder().decode(await bytesOf(request))
      response.writeHead(204).end()
      this.#events.failed(text)
    },
  }

  /** Sends a file of a package. */
  #file(path: string, response: ServerResponse): void {
    const [address = ''] = /^packages\/\d+\//.exec(path) ?? []
    const directory = this.#modules.directories.get(address)
    const file = directory === undefined ? undefined : join(directory, decodeURIComponent(path.slice(address.length)))
    if (directory === undefined || file === undefined || !isWithin(file, directory)) {
      response.writeHead(404).end()
      return
    }
    response.setHeader('content-type', contentType(file))
    createReadStream(file)
      .on('error', () => response.writeHead(404).end())
      .pipe(response)
  }
}

/** Opens a site. @param host address of the module that serves requests in the page. */
export async function openSite(
  modules: PageModules,
  host: string,
  adapter: PageAdapter,
  events: PageEvents,
): Promise<PageSite> {
  const server = createServer()
  const site = new Site(server, modules, host, adapter, events)
  await new Promise<void>((resolve, reject) => {
    server.on('error', reject).listen(0, '127.0.0.1', resolve)
  })
  return site
}
