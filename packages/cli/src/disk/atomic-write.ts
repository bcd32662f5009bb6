/**
 * A file that is either whole or not there: written beside its place, flushed to the disk, renamed. Without a pause on
 * purpose: no signal handler can run, and so no exit can fall, between the first byte and the last.
 */
import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

function flushDirectory(path: string): void {
  // Windows cannot open directories, and needs no such flush.
  if (process.platform === 'win32') return
  const directory = openSync(path, 'r')
  try {
    fsyncSync(directory)
  } finally {
    closeSync(directory)
  }
}

function writeDurably(path: string, content: string | Uint8Array): void {
  const file = openSync(path, 'wx')
  try {
    writeFileSync(file, content)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** Writes a whole file or none, in place of one of that name. On failure nothing else is left behind. */
export function writeAtomically(path: string, content: string | Uint8Array): void {
  const part = `${path}.${process.pid}.${randomBytes(4).toString('hex')}.part`
  try {
    writeDurably(part, content)
    renameSync(part, path)
  } catch (error) {
    rmSync(part, { force: true })
    throw error
  }
  flushDirectory(dirname(path))
}
