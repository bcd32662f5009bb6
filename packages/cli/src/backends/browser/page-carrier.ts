/**
 * The carrier of messages to a backend in a page. The browser is started by the first request, which names the backend, and
 * ends with the carrier: each has a browser of its own, whose end the others survive. No driver is needed for that: the page
 * comes to the command.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { messageOf } from '../../errors/failure.js'
import { cureOf, findAdapter } from '../load.js'
import type { Carrier, CarrierEvents } from '../remote-carriers.js'
import { registry } from '../registry.js'
import { packError } from '../remote-errors.js'
import type { Request } from '../remote-messages.js'
import { findBrowser, type FoundBrowser } from './browsers.js'
import { endBrowser, type RunningBrowser } from './end-browser.js'
import type { BrowserEnd, BrowserStart, KeeperMessage } from './keeper-messages.js'
import { inBrowser } from './name.js'
import { PageModules } from './page-modules.js'
import { openSite, type PageAdapter, type PageSite } from './page-site.js'

type ImportRequest = Extract<Request, { kind: 'import' }>

/** Milliseconds in which a browser that has crashed as a whole ends, where its page is gone. */
const CRASH = 500

/** The cure for a browser that does not open the page. */
const OTHER = 'Start it by hand to see why, or set ISOGRAD_BROWSER to the program of another.'

const keeperModule = new URL('./page-keeper.js', import.meta.url)
/** The directory of the modules that serve in a page. */
const hostDirectory = fileURLToPath(new URL('./page/', import.meta.url))

/** A page that can be opened, or the reason that there is none. */
type Prepared =
  | { readonly browser: FoundBrowser; readonly modules: PageModules; readonly adapter: PageAdapter }
  | { readonly reason: string; readonly cure: string }

/** @throws InputError where nothing goes by the name. */
function prepare({ asked: name, cwd }: ImportRequest['body']): Prepared {
  const { browser, asked } = inBrowser(name) ?? { browser: 'chromium', asked: name }
  if (registry[asked]?.inNode === true) {
    return {
      reason: 'machine code does not run in a page',
      cure: `In Node: --backend ${asked}; in a page: ${browser}:wasm`,
    }
  }
  const found = findAdapter(asked, cwd)
  if ('ok' in found) return found
  const program = findBrowser(browser)
  if ('reason' in program) return program
  const modules = new PageModules()
  const { entry, variant } = found
  const { packageName, version } = entry
  const address = modules.entryOf(entry)
  const cure = cureOf(asked, entry)
  return { browser: program, modules, adapter: { address, packageName, version, variant, browser, cure } }
}

/** The reason that a browser is gone, from its status and what it printed last. */
function endOf({ code, signal, last }: BrowserEnd, hasCome: boolean): string {
  if (code === null && signal === null) return `its browser could not be started: ${last}`
  const how = signal === null ? `ended with status ${code}` : `was ended by ${signal}`
  if (hasCome) return `its browser ${how}`
  const line = last.split('\n').findLast((text) => text.trim() !== '') ?? 'it printed nothing'
  return `its browser ${how} before it had opened the page: ${line.trim()}`
}

/** The way to a page. */
export class PageCarrier implements Carrier {
  readonly sharesMemory = false
  readonly #events: CarrierEvents
  #site: PageSite | undefined
  #keeper: ChildProcess | undefined
  #first: ImportRequest | undefined
  #hasCome = false
  #isOver = false
  #cleaning: Promise<void> | undefined

  constructor(events: CarrierEvents) {
    this.#events = events
  }

  send(request: Request): void {
    if (request.kind === 'import') void this.#begin(request)
    else this.#site?.send(request)
  }

  async end(): Promise<void> {
    this.#isOver = true
    this.#site?.close()
    await this.#cleaning
    const keeper = this.#keeper
    if (keeper === undefined || keeper.exitCode !== null || keeper.signalCode !== null) return
    const ended = new Promise((resolve) => {
      keeper.on('exit', resolve)
    })
    if (keeper.connected) keeper.disconnect()
    await ended
  }

  async #begin(request: ImportRequest): Promise<void> {
    this.#first = request
    try {
      const prepared = prepare(request.body)
      if ('reason' in prepared) this.#refuse(request, prepared.reason, prepared.cure)
      else await this.#open(prepared)
    } catch (error) {
      this.#events.message({ id: request.id, ok: false, error: packError(error) })
    }
  }

  /** Says that there is no such backend here. */
  #refuse({ id, body: { asked } }: ImportRequest, reason: string, cure: string): void {
    this.#events.message({ id, ok: true, answer: { ok: false, asked, reason, cure } })
  }

  async #open({ browser, modules, adapter }: Exclude<Prepared, { reason: string }>): Promise<void> {
    const host = `${modules.add(hostDirectory)}page-host.js`
    const site = await openSite(modules, host, adapter, {
      connected: () => this.#connected(),
      message: (answer) => this.#events.message(answer),
      printed: (line) => this.#events.printed(line),
      // Errors of a page that has come are told by itself.
      failed: (reason) => {
        if (!this.#hasCome) this.#ended(`its page does not load: ${reason}`)
      },
      left: () => this.#ended('its page was left: something in it went to another address'),
      broken: (reason) => this.#ended(`its page sent no whole message: ${reason}`),
      gone: () => setTimeout(() => this.#ended('its page has crashed, perhaps for want of memory'), CRASH),
    })
    this.#site = site
    if (this.#isOver) {
      site.close()
      return
    }
    const { program, words, files = {} } = browser
    // A process of its own, and a group: it ends the browser whatever becomes of the command.
    const keeper = fork(keeperModule, { stdio: ['ignore', 'ignore', 'ignore', 'ipc'], detached: true })
    this.#keeper = keeper
    let running: RunningBrowser | undefined
    keeper.on('message', (message: KeeperMessage) => {
      if ('pid' in message) running = message
      else this.#ended(endOf(message, this.#hasCome))
    })
    keeper.on('error', (error) => this.#ended(`its browser could not be started: ${messageOf(error)}`))
    keeper.on('exit', (code) => {
      if (code !== 0 && running !== undefined) this.#cleaning = endBrowser(running)
      this.#ended('the process that keeps its browser has ended')
    })
    keeper.send({ program, words: words(), address: site.address, files } satisfies BrowserStart)
  }

  #connected(): void {
    this.#hasCome = true
    if (this.#first !== undefined) this.#site?.send(this.#first)
    this.#first = undefined
  }

  #ended(how: string): void {
    if (this.#isOver) return
    this.#isOver = true
    if (this.#first !== undefined) this.#refuse(this.#first, how, OTHER)
    this.#events.ended(how, '')
    void this.end()
  }
}
