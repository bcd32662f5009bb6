/**
 * The entry of a process that keeps a browser: starts it, tells of its end, and ends it with all that it has started when
 * the command is gone, however that ended. The profile then goes too. It exports nothing.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { messageOf } from '../../errors/failure.js'
import { endBrowser } from './end-browser.js'
import { type BrowserStart, type KeeperMessage, PROFILE } from './keeper-messages.js'

/** Lines of a browser that are kept, to tell what it died of. */
const LAST_LINES = 20

let [pid, profile, last]: [number | undefined, string | undefined, string] = [undefined, undefined, '']

function tell(message: KeeperMessage): void {
  if (process.connected) process.send?.(message)
}

function failed(error: unknown): void {
  tell({ code: null, signal: null, last: messageOf(error) })
}

/** Makes the profile. The address stands in a file of it, and on no command line, which every user of the machine reads. */
function prepare(address: string, files: Readonly<Record<string, string>>): { profile: string; first: string } {
  const directory = mkdtempSync(join(tmpdir(), 'isograd-browser-'))
  const all = { ...files, 'start.html': `<meta http-equiv="refresh" content="0;url=${address}">` }
  for (const [name, text] of Object.entries(all)) writeFileSync(join(directory, name), text)
  return { profile: directory, first: pathToFileURL(join(directory, 'start.html')).href }
}

function start({ program, words, address, files = {} }: BrowserStart): void {
  const prepared = prepare(address, files)
  const directory = prepared.profile
  profile = directory
  const browser = spawn(program, [...words.map((word) => word.replace(PROFILE, () => directory)), prepared.first], {
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: process.platform !== 'win32',
    // Whatever it leaves of its own goes with the profile.
    env: { ...process.env, TMPDIR: directory },
  })
  pid = browser.pid
  if (pid !== undefined) tell({ pid, profile: directory })
  browser.stderr.setEncoding('utf8').on('data', (text: string) => {
    last = `${last}${text}`.split('\n').slice(-LAST_LINES).join('\n')
  })
  browser.on('error', failed)
  browser.on('exit', (code, signal) => tell({ code, signal, last }))
}

async function end(): Promise<void> {
  if (profile !== undefined && pid === undefined) rmSync(profile, { recursive: true, force: true })
  if (profile !== undefined && pid !== undefined) await endBrowser({ pid, profile })
  process.exit()
}

// Ctrl-C is for the command, which stops in order.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})
process.on('message', (message: BrowserStart) => {
  try {
    start(message)
  } catch (error) {
    failed(error)
  }
})
process.on('disconnect', () => void end())
