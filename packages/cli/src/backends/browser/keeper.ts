/**
 * The entry of a process that keeps a browser: starts it, tells of its end, and ends it with all that it has started when
 * the command is gone, however that ended. The profile then goes too. It exports nothing.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endBrowser } from './end-browser.js'
import { type BrowserStart, type KeeperMessage, PROFILE } from './keeper-messages.js'

const profile = mkdtempSync(join(tmpdir(), 'isograd-browser-'))

/** Lines of a browser that are kept, to tell what it died of. */
const LAST_LINES = 20

let [pid, last]: [number | undefined, string] = [undefined, '']

function tell(message: KeeperMessage): void {
  if (process.connected) process.send?.(message)
}

function start({ program, words, address, files = {} }: BrowserStart): void {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(profile, name), text)
  const browser = spawn(program, [...words.map((word) => word.replace(PROFILE, profile)), address], {
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: process.platform !== 'win32',
  })
  pid = browser.pid
  if (pid !== undefined) tell({ pid, profile })
  browser.stderr.setEncoding('utf8').on('data', (text: string) => {
    last = `${last}${text}`.split('\n').slice(-LAST_LINES).join('\n')
  })
  browser.on('error', (error) => tell({ code: null, signal: null, last: error.message }))
  browser.on('exit', (code, signal) => tell({ code, signal, last }))
}

async function end(): Promise<void> {
  if (pid === undefined) rmSync(profile, { recursive: true, force: true })
  else await endBrowser({ pid, profile })
  process.exit()
}

// Ctrl-C is for the command, which stops in order.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})
process.on('message', (message: BrowserStart) => start(message))
process.on('disconnect', () => void end())
