/**
 * The proof of the documentation site, as `npm run docs` has built it: every page in a real browser, in both colour schemes, has
 * no violation of axe's rules, asks nothing of other hosts and reports no error; its links lead to pages and places in them; and
 * the search finds a word of the text. A seed is a page.
 */
import { createReadStream, existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import axe from 'axe-core'
import { chromium } from 'playwright-core'

const SITE = fileURLToPath(new URL('../../site/dist', import.meta.url))
const schemes = /** @type {const} */ (['light', 'dark'])
const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
)
const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' }

const pages = existsSync(SITE)
  ? readdirSync(SITE, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.html'))
      .toSorted()
  : []

/** A plain server of the site's files; its origin, and how it ends. */
async function serve() {
  const server = createServer(({ url = '' }, response) => {
    const file = join(SITE, decodeURIComponent(new URL(url, 'http://localhost').pathname))
    if (!file.startsWith(SITE) || !existsSync(file) || !statSync(file).isFile()) return response.writeHead(404).end()
    response.setHeader('content-type', types[extname(file)] ?? 'application/octet-stream')
    return createReadStream(file).pipe(response)
  })
  await new Promise((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return { origin: `http://127.0.0.1:${server.address().port}`, end: () => server.close() }
}

/** Opens a page and gathers what it should not do. */
async function opened(browser, address) {
  const context = await browser.newContext({ viewport: { width: 1300, height: 900 }, reducedMotion: 'reduce' })
  const page = await context.newPage()
  const faults = []
  const { origin } = new URL(address)
  page.on('request', (request) => request.url().startsWith(origin) || faults.push(`asked for ${request.url()}`))
  page.on('response', (response) => response.ok() || faults.push(`${response.status()} of ${response.url()}`))
  page.on('pageerror', (error) => faults.push(error.message))
  await page.goto(address, { waitUntil: 'networkidle' })
  await page.evaluate(axe.source)
  return { page, faults, close: () => context.close() }
}

async function violations(page, colorScheme) {
  await page.emulateMedia({ colorScheme })
  await page.waitForFunction(
    (isDark) => document.documentElement.classList.contains('dark') === isDark,
    colorScheme === 'dark',
  )
  const found = await page.evaluate(async () => {
    const { violations: all } = await globalThis.axe.run()
    return all.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`))
  })
  return found.map((each) => `${colorScheme}: ${each}`)
}

/** Links of a page within the site that lead to no page, or to no place in it. */
function brokenLinks(path) {
  const links = [...readFileSync(join(SITE, path), 'utf8').matchAll(/<a [^>]*?href="(?![a-z]+:)([^"]+)"/g)]
  return links.flatMap(([, link]) => {
    const { pathname, hash } = new URL(link, `http://localhost/${path}`)
    const file = join(SITE, decodeURIComponent(pathname), pathname.endsWith('/') ? 'index.html' : '')
    if (!existsSync(file)) return [`no page for ${link}`]
    const id = decodeURIComponent(hash.slice(1)).replaceAll('"', '&quot;')
    return id === '' || readFileSync(file, 'utf8').includes(` id="${id}"`) ? [] : [`no place for ${link}`]
  })
}

/** The number of answers of the search to a word. */
async function answers(page, word) {
  await page.locator('.DocSearch-Button').click()
  await page.locator('.search-input').fill(word)
  await page.locator('.result').first().waitFor({ timeout: 20_000 })
  return page.locator('.result').count()
}

async function attempt(browser, origin, seed) {
  const path = pages[seed % pages.length]
  const { page, faults, close } = await opened(browser, `${origin}/${path}`)
  faults.push(...brokenLinks(path))
  // oxlint-disable-next-line no-await-in-loop -- one page, one scheme after the other
  for (const scheme of schemes) faults.push(...(await violations(page, scheme)))
  if (path === 'index.html' && (await answers(page, 'tolerances')) === 0) faults.push('the search finds nothing')
  await close()
  return { path, outcome: faults.length === 0 ? 'clean' : 'faulty', failed: faults.length > 0, faults }
}

const lacks = [
  ...(pages.length === 0 ? ['the site is not built (npm run docs)'] : []),
  ...(executablePath === undefined ? ['there is no Chromium'] : []),
]

/** The proof. */
export const proof = {
  about:
    'no page of the documentation site violates a rule of axe, in either colour scheme, or asks anything of other hosts',
  seeds: Math.max(1, pages.length),
  sample: 2,
  ...(lacks.length > 0 && { missing: lacks.join(', ') }),
  start: async () => {
    const [server, browser] = [await serve(), await chromium.launch({ executablePath, args: ['--no-sandbox'] })]
    const end = async () => {
      await browser.close()
      server.end()
    }
    return { attempt: (seed) => attempt(browser, server.origin, seed), end }
  },
}
