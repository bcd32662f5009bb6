/** The task of serving the playground on this machine alone, or of writing its files. */
import { copyFileSync, createReadStream, readdirSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { InputError } from '@isograd/core'
import { makeDirectory } from '../disk/make-directory.js'
import { entryOfPackage } from '../disk/package-entry.js'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import { messageOf } from '../errors/failure.js'
import { interruptible } from '../errors/interrupt.js'
import { errorOutput, output } from '../errors/output.js'

/** Options of the task. */
export interface PlaygroundOptions {
  readonly port?: number
  readonly out?: string
}

/** A browser keeps the page by its address, port included: it had better be one. */
const PORT = 4747

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.wasm': 'application/wasm',
}

/** Isolated from other pages, so that the threads of a backend can share memory. */
const headers = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-cache',
}

/** The package with the page: it has runtimes in it, which the command comes without. */
const PACKAGE = '@isograd/playground'

/** The directory of the page's files. @throws InputError where the package is not installed. */
async function siteDirectory(): Promise<string> {
  const here = fileURLToPath(new URL('.', import.meta.url))
  const entry = entryOfPackage(PACKAGE, [here, process.cwd()], (name) => `package "${name}"`)
  if (entry === undefined) throw new InputError('isograd', `${PACKAGE} is not installed; npm install ${PACKAGE}`)
  const { site } = (await import(entry.url)) as { readonly site: URL }
  return fileURLToPath(site)
}

/** The page: the directory of its files, and their names. */
interface Page {
  readonly directory: string
  readonly names: readonly string[]
}

/** The server: of the files that are there by name, and of nothing else. */
function serverOf({ directory, names }: Page): Server {
  return createServer(({ method, url = '' }, response) => {
    const name = url.replace(/[?#].*$/, '').slice(1) || 'index.html'
    if (method !== 'GET' || !names.includes(name)) {
      response.writeHead(404).end()
      return
    }
    response.writeHead(200, { ...headers, 'content-type': types[extname(name)] ?? 'application/octet-stream' })
    createReadStream(join(directory, name)).pipe(response)
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

/** @throws InputError where a file cannot be written. */
function write({ directory, names }: Page, out: string): void {
  try {
    makeDirectory(out)
    for (const name of names) copyFileSync(join(directory, name), join(out, name))
  } catch (error) {
    throw new InputError('isograd', `--out: ${out}: cannot be written: ${messageOf(error)}`, { cause: error })
  }
  errorOutput.write(`written to ${out}: serve it from anywhere\n`)
}

/** Serves or writes the page. @throws InputError */
export async function playground({ port = PORT, out }: PlaygroundOptions): Promise<ExitStatus> {
  const directory = await siteDirectory()
  const page = { directory, names: readdirSync(directory) }
  if (out === undefined) await serve(page, port)
  else write(page, out)
  return exitStatus.ok
}
