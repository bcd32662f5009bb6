/**
 * Loaded before a command (`node --import`): counts its writes below `ISOGRAD_FAIL_UNDER` in the file `ISOGRAD_FAIL_LOG`, and
 * fails the one of number `ISOGRAD_FAIL_AT` with `ISOGRAD_FAIL_CODE`. A write of bytes fails half done, as on a disk that
 * becomes full. The code `SIGKILL` kills the process there.
 */
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { resolve, sep } from 'node:path'
import { isMainThread } from 'node:worker_threads'

const { ISOGRAD_FAIL_UNDER: under = '', ISOGRAD_FAIL_LOG: log = '', ISOGRAD_FAIL_CODE: code = 'EIO' } = process.env
const failAt = Number(process.env['ISOGRAD_FAIL_AT'] ?? 0)
const texts = {
  ENOSPC: 'no space left on device',
  EIO: 'i/o error',
  EACCES: 'permission denied',
  EROFS: 'read-only file system',
}
const appendFileSync = fs.appendFileSync
const writeSync = fs.writeSync
const openPaths = new Map()
let count = 0

/** True for a path below the directory, or a descriptor of such a file. */
function isWatched(target) {
  if (typeof target === 'number') return openPaths.has(target)
  return `${resolve(String(target))}${sep}`.startsWith(`${under}${sep}`)
}

function failure(call, target) {
  const path = typeof target === 'number' ? '' : ` '${String(target)}'`
  return Object.assign(new Error(`${code}: ${texts[code]}, ${call}${path}`), { code, syscall: call })
}

/** Counts a write; true for the one that is to fail. */
function isFailing(call, target) {
  count++
  const name = typeof target === 'number' ? openPaths.get(target) : String(target)
  appendFileSync(log, `${count} ${call} ${name}\n`)
  if (count === failAt && code === 'SIGKILL') process.kill(process.pid, 'SIGKILL')
  return count === failAt
}

function halfOf(bytes) {
  return typeof bytes === 'string' ? bytes.slice(0, bytes.length >> 1) : bytes.subarray(0, bytes.length >> 1)
}

/** Calls with the place of the path that they change. */
const changing = {
  writeFileSync: 0,
  appendFileSync: 0,
  writeSync: 0,
  ftruncateSync: 0,
  truncateSync: 0,
  fsyncSync: 0,
  fdatasyncSync: 0,
  renameSync: 1,
  linkSync: 1,
  symlinkSync: 1,
  copyFileSync: 1,
  mkdirSync: 0,
  mkdtempSync: 0,
  rmSync: 0,
  rmdirSync: 0,
  unlinkSync: 0,
  utimesSync: 0,
  chmodSync: 0,
}

for (const [name, at] of Object.entries(changing)) {
  const original = fs[name]
  fs[name] = (...given) => {
    const target = given[at]
    if (isWatched(target) && isFailing(name, target)) {
      if (typeof target === 'number' && ['writeFileSync', 'writeSync'].includes(name))
        writeSync(target, halfOf(given[1]))
      throw failure(name, target)
    }
    return original(...given)
  }
  const asynchronous = name.slice(0, -'Sync'.length)
  const promised = fs.promises[asynchronous]
  if (promised === undefined) continue
  fs.promises[asynchronous] = async (...given) => {
    if (isWatched(given[at]) && isFailing(asynchronous, given[at])) throw failure(asynchronous, given[at])
    return promised(...given)
  }
}

const { openSync, closeSync } = fs
fs.openSync = (path, flags, mode) => {
  // Everything but a plain reading makes or changes a file.
  const writes = flags !== undefined && flags !== 'r' && flags !== 0
  if (writes && isWatched(path) && isFailing('openSync', path)) throw failure('open', path)
  const descriptor = openSync(path, flags, mode)
  if (isWatched(path)) openPaths.set(descriptor, String(path))
  return descriptor
}
fs.closeSync = (descriptor) => {
  openPaths.delete(descriptor)
  return closeSync(descriptor)
}

if (isMainThread && under !== '') syncBuiltinESMExports()
