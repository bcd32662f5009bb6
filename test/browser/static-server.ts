/** A plain server of static files below a path, as most are: no headers but the type. */
import { createReadStream, existsSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.wasm': 'application/wasm',
}

/** A server that runs. */
export interface StaticServer {
  /** Address of the directory, with a slash at its end. */
  readonly address: string
  /** Paths that were asked for, below the directory. */
  readonly asked: readonly string[]
  close(): Promise<void>
}

/** Serves a directory below a path such as `/a/b/`. */
export async function serveStatic(directory: string, below: string): Promise<StaticServer> {
  const asked: string[] = []
  const server = createServer(({ url = '' }, response) => {
    const path = new URL(url, 'http://localhost').pathname
    const file = join(directory, path === below ? 'index.html' : path.slice(below.length))
    asked.push(path.slice(below.length))
    if (!path.startsWith(below) || !existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404).end()
      return
    }
    response.setHeader('content-type', types[extname(file)] ?? 'application/octet-stream')
    createReadStream(file).pipe(response)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    address: `http://127.0.0.1:${port}${below}`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
