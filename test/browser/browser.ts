/**
 * The report page in a real browser: makes a page of documents, opens it from the disk in a fresh profile, and hears of
 * everything that a page should not do.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type RunRecord, stringifyDocument } from '@isograd/core'
import { readSource, renderReport, RUNS_SCHEMA } from '@isograd/report'
import { type Browser, chromium, type Page } from 'playwright-core'

const candidates = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const executablePath = candidates.find((path) => existsSync(path))

/** Whether tests of the page can run here. Where changes are checked there must be a browser: they fail without one. */
export const noBrowser: boolean = executablePath === undefined && process.env['CI'] === undefined

// Each start has an empty profile of its own, each page a context; and none of what a browser does on its own account.
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** How a page is looked at. */
export interface Viewing {
  readonly width?: number
  readonly scheme?: 'light' | 'dark'
  /** True where it may keep itself for use without a connection. */
  readonly isKept?: boolean
}

/** An open page, with all that it has said and asked for. */
export interface OpenPage {
  readonly page: Page
  /** Console messages, uncaught errors and dialogs. */
  readonly said: readonly string[]
  /** Addresses of everything that was requested but the page's own file. */
  readonly requested: readonly string[]
}

/** A place for pages and profiles, gone with `close`. */
export class Workshop {
  readonly directory: string = mkdtempSync(join(tmpdir(), 'isograd-page-'))
  #browser: Promise<Browser> | undefined

  /** Makes the page of some documents, once for each name; returns its path. */
  async makePageOf(name: string, ...documents: readonly unknown[]): Promise<string> {
    const path = join(this.directory, `${name}.html`)
    if (existsSync(path)) return path
    const sources = documents.map((document, i) => readSource(stringifyDocument(document), `${name} ${i}`))
    writeFileSync(path, await renderReport(sources))
    return path
  }

  /** The same of some records in one document. */
  makePage(name: string, runs: readonly RunRecord[], environment?: Readonly<Record<string, unknown>>): Promise<string> {
    return this.makePageOf(name, { schema: RUNS_SCHEMA, environment, runs, agreement: [], failures: [] })
  }

  /** Opens a page from the disk. */
  async open(made: string | Promise<string>, viewing: Viewing = {}): Promise<OpenPage> {
    return this.visit(pathToFileURL(await made).href, viewing)
  }

  /** Opens the page of an address. */
  async visit(address: string, { width = 1440, scheme = 'light', isKept = false }: Viewing = {}): Promise<OpenPage> {
    this.#browser ??= chromium.launch({ executablePath: executablePath ?? 'chromium', headless: true, args })
    const browser = await this.#browser
    const context = await browser.newContext({
      viewport: { width, height: 900 },
      colorScheme: scheme,
      acceptDownloads: true,
      serviceWorkers: isKept ? 'allow' : 'block',
    })
    const page = await context.newPage()
    const [said, requested]: [string[], string[]] = [[], []]
    page.on('console', (message) => said.push(message.text()))
    page.on('pageerror', (error) => said.push(error.message))
    page.on('dialog', (dialog) => {
      said.push(`dialog: ${dialog.message()}`)
      void dialog.dismiss()
    })
    context.on('request', (request) => {
      if (request.url() !== address) requested.push(request.url())
    })
    await page.goto(address)
    return { page, said, requested }
  }

  /** Closes the browser and removes every file. */
  async close(): Promise<void> {
    await (await this.#browser)?.close()
    rmSync(this.directory, { recursive: true, force: true })
  }
}
