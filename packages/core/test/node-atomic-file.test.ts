import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { lstat, mkdir, readdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { execPath, pid, platform } from 'node:process'
import { describe, expect, test } from 'vitest'
import { removeParts, writeAtomically, writeTogether } from '../src/node/atomic-file.js'
import { temporaryDirectory } from './idx-files.js'

const HERE = createHash('sha256').update(hostname()).digest('hex').slice(0, 8)
const TWO_DAYS_AGO = new Date(Date.now() - 2 * 24 * 60 * 60 * 1000)

/** Number of a process that has ended. */
function deadProcess(): number {
  return spawnSync(execPath, ['--version']).pid
}

describe('a file written atomically', () => {
  test('has the bytes, replaces what was there and leaves no other file', async () => {
    const directory = await temporaryDirectory()
    const path = join(directory, 'a.bin')
    writeAtomically(path, Uint8Array.of(1, 2, 3))
    expect([...(await readFile(path))]).toEqual([1, 2, 3])
    writeAtomically(path, Uint8Array.of(4))
    expect([...(await readFile(path))]).toEqual([4])
    expect(await readdir(directory)).toEqual(['a.bin'])
  })

  test('that cannot take its place leaves the place as it was, and no part of itself', async () => {
    const directory = await temporaryDirectory()
    await mkdir(join(directory, 'taken', 'inside'), { recursive: true })
    expect(() => writeAtomically(join(directory, 'taken'), Uint8Array.of(1))).toThrow(/EISDIR|ENOTEMPTY|EPERM/)
    expect(await readdir(directory)).toEqual(['taken'])
  })
})

describe('files written together', () => {
  test('are all there, and what is to go is gone', async () => {
    const directory = await temporaryDirectory()
    const [a, b, c] = ['a', 'b', 'c'].map((name) => join(directory, name)) as [string, string, string]
    await writeFile(a, 'old')
    await writeFile(c, 'old')
    writeTogether([
      { path: a, content: 'new' },
      { path: b, content: 'new' },
      { path: c, content: undefined },
    ])
    expect(await readdir(directory)).toEqual(['a', 'b'])
    expect(await readFile(a, 'utf8')).toBe('new')
  })

  test('are as they were when the last cannot take its place', async () => {
    const directory = await temporaryDirectory()
    const place = (name: string): string => join(directory, name)
    await writeFile(place('a'), 'old a')
    await writeFile(place('c'), 'old c')
    await mkdir(join(place('taken'), 'inside'), { recursive: true })
    const content = 'new'
    const changes = [
      { path: place('a'), content },
      { path: place('b'), content },
      { path: place('c'), content: undefined },
      { path: place('taken'), content },
    ]
    expect(() => writeTogether(changes)).toThrow(/EISDIR|ENOTEMPTY|EPERM/)
    expect(await readdir(directory)).toEqual(['a', 'c', 'taken'])
    expect(await readFile(place('a'), 'utf8')).toBe('old a')
    expect(await readFile(place('c'), 'utf8')).toBe('old c')
  })

  test.runIf(platform === 'linux')('take the place of no device, pipe or socket', async () => {
    const pipe = join(await temporaryDirectory(), 'pipe')
    spawnSync('mkfifo', [pipe])
    expect(() => writeAtomically(pipe, 'x')).toThrow(
      `${pipe}: expected the place of a regular file, got a device, a pipe`,
    )
  })

  test('replace a link itself, and leave alone what it leads to', async () => {
    const directory = await temporaryDirectory()
    const path = join(directory, 'link')
    await writeFile(join(directory, 'precious'), 'precious')
    await symlink('precious', path)
    writeTogether([
      { path, content: 'new' },
      { path: join(directory, 'other'), content: 'new' },
    ])
    expect(await readFile(join(directory, 'precious'), 'utf8')).toBe('precious')
    expect((await lstat(path)).isFile()).toBe(true)
  })
})

describe('tidying up', () => {
  test('removes the parts of dead processes and those a day old, and nothing else', async () => {
    const directory = await temporaryDirectory()
    const dead = `a.gz.${HERE}.${deadProcess()}.00000001.part`
    const living = `a.gz.${HERE}.${pid}.00000002.part`
    const elsewhere = `a.gz.ffffffff.${deadProcess()}.00000003.part`
    const old = `a.gz.ffffffff.${pid}.00000004.part`
    const others = ['a.gz', 'notes.part', `a.gz.${HERE}.part`, `${HERE}.1.part`]
    for (const name of [dead, living, elsewhere, old, ...others]) await writeFile(join(directory, name), '')
    await utimes(join(directory, old), TWO_DAYS_AGO, TWO_DAYS_AGO)
    await utimes(join(directory, 'notes.part'), TWO_DAYS_AGO, TWO_DAYS_AGO)
    removeParts(directory)
    expect(new Set(await readdir(directory))).toEqual(new Set([living, elsewhere, ...others]))
  })

  test('removes every part of a file that the caller has locked', async () => {
    const directory = await temporaryDirectory()
    const [ours, theirs] = [`a.gz.ffffffff.${pid}.00000001.part`, `b.gz.ffffffff.${pid}.00000001.part`]
    for (const name of [ours, theirs]) await writeFile(join(directory, name), '')
    removeParts(directory, (name) => name === 'a.gz')
    expect(await readdir(directory)).toEqual([theirs])
  })
})
