/** The task of serving the playground on this machine alone, or of writing its files. */
import { createReadStream, existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { InputError } from '@isograd/core'
import { contentType, isolated } from '../backends/browser/served.js'
import { entryOfPackage } from '../disk/package-entry.js'
import { readText } from '../disk/read-json.js'
import { writeOutputs } from '../disk/write-output.js'
import { printWritten } from '../terminal/print-result.js'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import { messageOf } from '../errors/failure.js'
import { interruptible } from '../errors/interrupt.js'
import { errorOutput, output } from '../errors/output.js'

/** Options of the task. */
export interface PlaygroundOptions {
  readonly port?: number
  readonly out?: string
  readonly json?: boolean
}

/** A browser keeps the page by its address, port included: it had better be one. */
const PORT = 4747

/** The service worker: of a page that comes from a port of this machine it would outlive the server, and hide what comes after. */
const KEEPER = 'sw.js'

/** The title of the page, by which it is known again. */
const TITLE = '<title>isograd playground</title>'

/** The package with the page: it has runtimes in it, which the command comes without. */
const PACKAGE = '@isograd/playground'

/** The page: the directory of its files, their names, and the policy that it is served with. */
interface Page {
  readonly directory: string
  readonly names: readonly string[]
  readonly policy: string
}

/** @throws InputError where the package is not installed. */
async function findPage(): Promise<Page> {
  const here = fileURLToPath(new URL('.', import.meta.url))
  const entry = entryOfPackage(PACKAGE, [here, process.cwd()], (name) => `package "${name}"`)
  if (entry === undefined) throw new InputError('isograd', `${PACKAGE} is not installed; npm install ${PACKAGE}`)
  const { site, policy } = (await import(entry.url)) as { readonly site: URL; readonly policy: string }
  const directory = fileURLToPath(site)
  return { directory, names: readdirSync(directory), policy }
}

/** The server: of the files that are there by name, and of nothing else. */
function serverOf({ directory, names, policy }: Page): Server {
  const served = names.filter((name) => name !== KEEPER)
  const headers = { ...isolated, 'content-security-policy': policy, 'cache-control': 'no-cache' }
  return createServer(({ method, url = '' }, response) => {
    const name = url.replace(/[?#].*$/, '').slice(1) || 'index.html'
    if ((method !== 'GET' && method !== 'HEAD') || !served.includes(name)) {
      response.writeHead(404).end()
      return
    }
    response.writeHead(200, { ...headers, 'content-type': contentType(name) })
    if (method === 'HEAD') response.end()
    else createReadStream(join(directory, name)).pipe(response)
  })
}

/** @throws InputError where the port cannot be had. */
async function listen(server: Server, port: number): Promise<number> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.on('error', reject).listen(port, '127.0.0.1', resolve)
    })
  } catch (error) {
    throw new InputError('isograd', `--port: ${port} cannot be had: ${messageOf(error)}; 0 takes any that is free`, {
      cause: error,
    })
  }
  return (server.address() as AddressInfo).port
}

function nothing(): void {
  // The end of the server is the end of the work.
}

/** Serves until a signal comes. */
async function serve(page: Page, asked: number): Promise<void> {
  const server = serverOf(page)
  const port = await listen(server, asked)
  output.write(`http://127.0.0.1:${port}/\n`)
  errorOutput.write('open it in a browser; Ctrl-C ends this server\n')
  await interruptible({ stopping: nothing, exiting: nothing }, (signal) => {
    return new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
  })
  server.close()
  server.closeAllConnections()
}

/** True for a directory that has nothing, or an earlier form of the page. */
function isForPage(out: string): boolean {
  const names = existsSync(out) && statSync(out).isDirectory() ? readdirSync(out) : []
  const text = names.includes('index.html') ? readText(join(out, 'index.html')) : ''
  return names.length === 0 || text.includes(TITLE)
}

/** @throws InputError where a file cannot be written, or other files lie there. */
function write({ directory, names }: Page, out: string, options: PlaygroundOptions): void {
  if (!isForPage(out)) throw new InputError('isograd', `--out: ${out} has other files in it; name another directory`)
  const files = names.map((name) => ({ path: join(out, name), content: readFileSync(join(directory, name)) }))
  writeOutputs('--out', files)
  printWritten(options, out, ': serve it from anywhere')
}

/** Serves or writes the page. @throws InputError */
export async function playground(options: PlaygroundOptions): Promise<ExitStatus> {
  const { port = PORT, out } = options
  if (out === undefined && options.json === true) {
    throw new InputError('isograd', '--json: it tells what --out writes; a server prints its address alone')
  }
  const page = await findPage()
  if (out === undefined) await serve(page, port)
  else write(page, out, options)
  return exitStatus.ok
}
