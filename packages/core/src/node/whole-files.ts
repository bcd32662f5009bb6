/**
 * Files of a run directory, which one process writes under a lock: whole or not there, and on the disk before anything
 * that refers to them is. What several processes may write at once is `atomic-file.ts`.
 */
import { type FileHandle, open, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'

const PART = '.part'

async function syncAndClose(file: FileHandle): Promise<void> {
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

async function syncDirectory(directory: string): Promise<void> {
  // Windows cannot open directories, and needs no such flush.
  if (process.platform === 'win32') return
  await syncAndClose(await open(directory, 'r'))
}

async function writePart(path: string, content: string | Uint8Array): Promise<void> {
  const file = await open(path, 'w')
  try {
    await file.writeFile(content)
  } catch (error) {
    await file.close()
    throw error
  }
  await syncAndClose(file)
}

/** Writes a file in place of one of that name. On failure the old one stays, and nothing else is left. */
export async function replaceFile(path: string, content: string | Uint8Array): Promise<void> {
  const part = `${path}${PART}`
  try {
    await writePart(part, content)
    await rename(part, path)
  } catch (error) {
    await rm(part, { force: true })
    throw error
  }
  await syncDirectory(dirname(path))
}

/** Removes what a killed writer of `replaceFile` has left of files that `isOurs`. Only for who holds the lock. */
export async function removeParts(directory: string, isOurs: (name: string) => boolean): Promise<void> {
  for (const name of await readdir(directory)) {
    if (!name.endsWith(PART) || !isOurs(name.slice(0, -PART.length))) continue
    // oxlint-disable-next-line no-await-in-loop -- there is one, seldom two
    await rm(join(directory, name), { force: true })
  }
}
