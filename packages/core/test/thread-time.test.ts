/** The computing time of one thread, with another that computes beside it. */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { afterAll, expect, test } from 'vitest'
import { threadClock } from '../src/node/thread-time.js'

const program = `
  const { parentPort } = require('node:worker_threads')
  const { readFileSync } = require('node:fs')
  const burn = (ms) => { const end = Date.now() + ms; while (Date.now() < end); }
  let thread
  try { thread = parseInt(readFileSync('/proc/thread-self/stat', 'latin1'), 10) } catch {}
  parentPort.on('message', (ms) => { burn(ms); parentPort.postMessage(thread) })
`
const worker = new Worker(program, { eval: true })
afterAll(() => worker.terminate())

async function burnt(milliseconds: number): Promise<number | undefined> {
  // oxlint-disable-next-line require-post-message-target-origin -- a thread of Node, and no window
  worker.postMessage(milliseconds)
  const [thread] = (await once(worker, 'message')) as [number | undefined]
  return thread
}

function burn(milliseconds: number): void {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}

test('what others compute does not count, whatever the system tells', async () => {
  const clock = threadClock(worker)
  const thread = await burnt(1)
  const before = [clock(thread), clock(undefined)]
  burn(600)
  for (const [i, id] of [thread, undefined].entries()) expect(clock(id) - Number(before[i])).toBeLessThan(0.2)
})

test.skipIf(process.platform !== 'linux')('what it computes does', async () => {
  const clock = threadClock(worker)
  const before = clock(await burnt(1))
  const after = clock(await burnt(600))
  expect(after - before).toBeGreaterThan(0.05)
  expect(after - before).toBeLessThan(0.75)
})
