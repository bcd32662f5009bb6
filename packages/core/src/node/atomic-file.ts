/**
 * Files that are either whole or not there: written under another name in the same directory, flushed to the disk and
 * renamed. Processes that write the same file at once do not disturb each other: the last rename wins.
 */
import { createHash, randomBytes } from 'node:crypto'
import { open, readdir, rename, rm, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { kill, pid } from 'node:process'

/** name.host.process.random.part: enough to tell later whether the writer still lives. */
const PART = /\.(?<host>[0-9a-f]{8})\.(?<writer>\d+)\.[0-9a-f]{8}\.part$/

const DAY = 24 * 60 * 60 * 1000

function hostMark(): string {
  return createHash('sha256').update(hostname()).digest('hex').slice(0, 8)
}

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx')
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Writes a whole file, or none: on failure the path is as it was and nothing else is left in its directory. */
export async function writeAtomically(path: string, bytes: Uint8Array): Promise<void> {
  const part = `${path}.${hostMark()}.${pid}.${randomBytes(4).toString('hex')}.part`
  try {
    await writeDurably(part, bytes)
    await rename(part, path)
  } catch (error) {
    await rm(part, { force: true })
    throw error
  }
}

function isAlive(writer: number): boolean {
  try {
    kill(writer, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** Whether nobody will finish this part: its writer is gone, or, on another machine or by number reuse, a day has passed. */
async function isStale(path: string, host: string, writer: number): Promise<boolean> {
  if (host === hostMark() && !isAlive(writer)) return true
  const { mtimeMs } = await stat(path)
  return Date.now() - mtimeMs > DAY
}

/** Removes what processes that were killed while writing have left in `directory`. */
export async function removeStaleParts(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const { host, writer } = PART.exec(name)?.groups ?? {}
    if (host === undefined || writer === undefined) continue
    const path = join(directory, name)
    // Another process may be tidying up too: a file that has just gone is what is wanted.
    const stale = await isStale(path, host, Number(writer)).catch(() => false)
    if (stale) await rm(path, { force: true })
  }
}
