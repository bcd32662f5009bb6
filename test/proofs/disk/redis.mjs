/** A Redis of a test's own, on 127.0.0.1, that can be killed and started anew; and a way to it that is slow, stands still or breaks. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { setTimeout } from 'node:timers/promises'

const SERVER = '/usr/bin/redis-server'

/** Why nothing can be tried with Redis here; undefined where it can. Where changes are checked there must be one. */
export const noRedis =
  existsSync(SERVER) || process.env.CI !== undefined ? undefined : `there is no ${SERVER}; Debian has redis-server`

/** A port that nobody has. */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

function answers(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'))
    const end = (isUp) => {
      socket.destroy()
      resolve(isUp)
    }
    socket.on('data', (data) => end(data.toString().startsWith('+PONG')))
    socket.on('error', () => end(false))
  })
}

/** Starts a Redis that keeps in a directory all that it is told. */
export async function startRedis(directory) {
  const port = await freePort()
  const keeping = ['--dir', directory, '--appendonly', 'yes', '--save', '']
  const words = ['--port', String(port), '--bind', '127.0.0.1', ...keeping, '--loglevel', 'warning']
  let server
  const start = async () => {
    server = spawn(SERVER, words, { stdio: 'ignore' })
    // oxlint-disable-next-line no-await-in-loop -- until it answers
    for (let tries = 0; !(await answers(port)); tries++) {
      if (tries > 200) throw new Error(`redis-server does not answer on port ${port}`)
      // oxlint-disable-next-line no-await-in-loop
      await setTimeout(50)
    }
  }
  const stop = async () => {
    const ended = new Promise((resolve) => server.once('exit', resolve))
    server.kill('SIGKILL')
    await ended
  }
  await start()
  return { port, address: `redis://127.0.0.1:${port}`, start, stop }
}

/** Starts a way to a port, each way of which takes `delay` milliseconds. */
export async function startProxy(target, delay = 0) {
  const pairs = new Set()
  let isStill = false
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1')
    const pair = [near, far]
    pairs.add(pair)
    const end = () => {
      pairs.delete(pair)
      for (const socket of pair) socket.destroy()
    }
    for (const [from, to] of [pair, [far, near]]) {
      const pass = (data) => to.destroyed || to.write(data)
      from.on('data', (data) => void (delay > 0 ? setTimeout(delay).then(() => pass(data)) : pass(data)))
      from.on('error', end).on('close', end)
      if (isStill) from.pause()
    }
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const flow = (still) => {
    isStill = still
    for (const socket of [...pairs].flat()) {
      if (still) socket.pause()
      else socket.resume()
    }
  }
  const cut = () => {
    for (const socket of [...pairs].flat()) socket.destroy()
  }
  const close = () => {
    server.close()
    cut()
  }
  return { address: `redis://127.0.0.1:${server.address().port}`, flow, cut, close }
}
