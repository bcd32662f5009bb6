/**
 * The report page in a real browser: makes a page with the built command, opens it from the disk in a fresh profile,
 * and hears of everything that a page should not do.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { type RunRecord, stringifyRecord } from '@isograd/core'
import { type Browser, chromium, type Page } from 'playwright-core'

const candidates = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const executablePath = candidates.find((path) => existsSync(path))

/** Whether tests of the page can run here. Where changes are checked there must be a browser: they fail without one. */
export const noBrowser: boolean = executablePath === undefined && process.env['CI'] === undefined

const command = fileURLToPath(new URL('../../packages/cli/bin/isograd.js', import.meta.url))

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

  /** Makes the page of a document with `isograd report`, once for each name; returns its path. */
  makePageOf(name: string, document: unknown): string {
    const [input, output] = [join(this.directory, `${name}.json`), join(this.directory, `${name}.html`)]
    if (existsSync(output)) return output
    writeFileSync(input, stringifyRecord(document))
    execFileSync(process.execPath, [command, 'report', input, '--out', output], { stdio: 'pipe' })
    return output
  }

  /** The same of some records. */
  makePage(name: string, records: readonly RunRecord[], environment?: Readonly<Record<string, unknown>>): string {
    return this.makePageOf(name, { schema: 'isograd.runs/1', environment, runs: records, agreement: [], failures: [] })
  }

  /** The same of records that lie in a directory each, as runs leave them; more than one document could hold. */
  makePageOfFiles(name: string, records: readonly RunRecord[]): string {
    const [input, output] = [join(this.directory, name), join(this.directory, `${name}.html`)]
    for (const [i, record] of records.entries()) {
      mkdirSync(join(input, String(i)), { recursive: true })
      writeFileSync(join(input, String(i), 'record.json'), JSON.stringify(record))
    }
    execFileSync(process.execPath, [command, 'report', input, '--out', output], { stdio: 'pipe' })
    return output
  }

  /** Opens a page. */
  async open(path: string, { width = 1440, scheme = 'light' }: Viewing = {}): Promise<OpenPage> {
    this.#browser ??= chromium.launch({ executablePath: executablePath ?? 'chromium', headless: true, args })
    const browser = await this.#browser
    const context = await browser.newContext({
      viewport: { width, height: 900 },
      colorScheme: scheme,
      acceptDownloads: true,
    })
    const page = await context.newPage()
    const [said, requested]: [string[], string[]] = [[], []]
    const address = pathToFileURL(path).href
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
