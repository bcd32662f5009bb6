/** Commands run below a directory of their own, with their writes counted, one of them failed, or the process killed. */
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const bin = fileURLToPath(new URL('../../../packages/cli/bin/isograd.js', import.meta.url))
const hook = new URL('fail-writes.mjs', import.meta.url).href

/**
 * Runs a line, with `place` for its `$D`. `failAt` is the number of the write that fails with `code`; the code SIGKILL kills
 * there, and `killAfter` does after so many milliseconds. `writes` of the result are a line each.
 */
export function run(words, place, { failAt = 0, code = 'EIO', killAfter } = {}) {
  const log = `${place}.log`
  const env = {
    PATH: process.env['PATH'],
    HOME: place,
    LANG: 'C.UTF-8',
    ISOGRAD_CACHE_DIR: join(place, 'cache'),
    ISOGRAD_FAIL_UNDER: place,
    ISOGRAD_FAIL_LOG: log,
    ISOGRAD_FAIL_AT: String(failAt),
    ISOGRAD_FAIL_CODE: code,
  }
  const line = ['--import', hook, bin, ...words.map((word) => word.replaceAll('$D', place))]
  const start = performance.now()
  return new Promise((resolve) => {
    const child = execFile(process.execPath, line, { env, cwd: place, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      const writes = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []
      rmSync(log, { force: true })
      const status = error === null ? 0 : (error.signal ?? error.code)
      resolve({ status, stdout, stderr, writes, ms: performance.now() - start })
    })
    if (killAfter !== undefined) setTimeout(() => child.kill('SIGKILL'), killAfter)
  })
}

/** Makes a directory with files, and runs the lines that come first; one with `killAt` is killed at that write. */
export async function prepare(place, { files = {}, before = [] }) {
  mkdirSync(place, { recursive: true })
  for (const [name, text] of Object.entries(files)) writeFileSync(join(place, name), text)
  for (const line of before) {
    const { words, killAt } = Array.isArray(line) ? { words: line } : line
    const [moment, expected] = killAt === undefined ? [{}, 0] : [{ failAt: killAt, code: 'SIGKILL' }, 'SIGKILL']
    // oxlint-disable-next-line no-await-in-loop -- one follows the other
    const { status, stderr } = await run(words, place, moment)
    if (status !== expected) throw new Error(`${words.join(' ')}: ${status}\n${stderr}`)
  }
}
