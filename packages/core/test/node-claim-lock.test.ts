/** Claims of many things in one directory: who has them, and who no longer does. */
import { spawnSync } from 'node:child_process'
import { linkSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { execPath, pid, ppid } from 'node:process'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Claims, claimsIn, tidyClaims } from '../src/node/index.js'

let directory = ''

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'isograd-claims-'))
})

afterEach(() => rmSync(directory, { recursive: true, force: true }))

/** A claim of another process, as that would have made it. */
function claimOf(name: string, change: Record<string, unknown>): void {
  const holder = join(directory, `holder-${'0'.repeat(16)}`)
  writeFileSync(holder, JSON.stringify({ pid, host: hostname(), began: '', mark: '0'.repeat(16), ...change }))
  linkSync(holder, join(directory, name))
}

/** The number of a process that has ended. */
function deadProcess(): number {
  return spawnSync(execPath, ['-e', '']).pid
}

describe('claims', () => {
  test('are of one process at a time, until it gives them back', () => {
    const [first, second] = [new Claims(directory), new Claims(directory)]
    expect([first.take('7'), second.take('7'), second.takeOver('7'), second.take('8')]).toEqual([
      true,
      false,
      false,
      true,
    ])
    expect(claimsIn(directory)).toMatchObject(['7', '8'].map((name) => ({ name, pid, isAlive: true })))
    second.release('7')
    expect(second.take('7')).toBe(false)
    first.release('7')
    expect(second.take('7')).toBe(true)
    for (const claims of [first, second]) claims.close()
    expect(readdirSync(directory).toSorted()).toEqual(['7', '8'])
  })

  test('of a process that is gone are taken over, once', () => {
    claimOf('7', { pid: deadProcess() })
    expect(claimsIn(directory)).toMatchObject([{ name: '7', isAlive: false }])
    const [first, second] = [new Claims(directory), new Claims(directory)]
    expect([first.take('7'), first.takeOver('7'), second.takeOver('7')]).toEqual([false, true, false])
    expect(claimsIn(directory)).toMatchObject([{ name: '7', pid, isAlive: true }])
    tidyClaims(directory)
    first.release('7')
    for (const claims of [first, second]) claims.close()
    expect(readdirSync(directory)).toEqual([])
  })

  test('of a living process, and of one elsewhere that gives signs of life, stay', () => {
    const claims = new Claims(directory)
    claimOf('7', { pid: ppid })
    expect(claims.takeOver('7')).toBe(false)
    rmSync(join(directory, '7'))
    claimOf('7', { pid: deadProcess(), host: 'elsewhere', machine: '', space: '', beat: 5000 })
    expect(claims.takeOver('7')).toBe(false)
    // The clock of a file that was written long ago is that of the name it is linked to.
    utimesSync(join(directory, `holder-${'0'.repeat(16)}`), new Date(), new Date(Date.now() - 130_000))
    expect(claims.takeOver('7')).toBe(true)
    claims.close()
  })

  test('of this machine are not judged by its clock', () => {
    const claims = new Claims(directory)
    claimOf('7', { pid: ppid, beat: 5000 })
    utimesSync(join(directory, '7'), new Date(), new Date(Date.now() - 86_400_000))
    expect(claims.takeOver('7')).toBe(false)
    utimesSync(join(directory, '7'), new Date(), new Date(Date.now() + 86_400_000))
    expect(claims.takeOver('7')).toBe(false)
    claims.close()
  })

  test('name their process whole from the first moment on', () => {
    const claims = new Claims(directory)
    claims.take('7')
    expect(JSON.parse(readFileSync(join(directory, '7'), 'utf8'))).toMatchObject({ pid, host: hostname() })
    claims.close()
  })
})
