/** Mirrors on 127.0.0.1 that behave as told. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { onTestFinished } from 'vitest'

/** What a mirror does with a request for the file `name`. */
export type Behaviour = (name: string, response: ServerResponse, request: IncomingMessage) => void | Promise<void>

/** A running mirror. */
export interface Mirror {
  /** Its address, ending in a slash. */
  readonly address: string
  /** Names asked for so far, in order. */
  readonly requests: readonly string[]
}

/** Starts a mirror that ends with the test. */
export async function startMirror(behave: Behaviour): Promise<Mirror> {
  const requests: string[] = []
  const server = createServer((request, response) => {
    const name = (request.url ?? '').split('/').at(-1) ?? ''
    requests.push(name)
    void behave(name, response, request)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error(`expected a port, got ${String(address)}`)
  return { address: `http://127.0.0.1:${address.port}/data/`, requests }
}

/** Sends the files whole, with their length; 404 for any other name. */
export function serve(files: Readonly<Record<string, Uint8Array>>): Behaviour {
  return (name, response) => {
    const bytes = files[name]
    if (bytes === undefined) response.writeHead(404).end()
    else response.writeHead(200, { 'content-length': bytes.length }).end(bytes)
  }
}

/** Announces the file and closes the connection after half of it. */
export function breakOff(files: Readonly<Record<string, Uint8Array>>): Behaviour {
  return (name, response) => {
    const bytes = files[name] ?? new Uint8Array(1000)
    response.writeHead(200, { 'content-length': bytes.length })
    response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy())
  }
}

/** Sends half of the file, says no more and keeps the line open. */
export function stall(files: Readonly<Record<string, Uint8Array>>): Behaviour {
  return (name, response) => {
    const bytes = files[name] ?? new Uint8Array(1000)
    response.writeHead(200, { 'content-length': bytes.length })
    response.write(bytes.subarray(0, bytes.length / 2))
  }
}
