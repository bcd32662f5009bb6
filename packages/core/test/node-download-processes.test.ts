import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { execPath } from 'node:process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { build } from 'tsup'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { files, smallCollection, smallSet, temporaryDirectory } from './idx-files.js'
import { serve, stall, startMirror } from './mirror-server.js'

// Processes are started and code is bundled, while others may be busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const NAMES = Object.keys(files).toSorted()
const FIRST = 'train-images-idx3-ubyte.gz'

/** Loads the data set that its argument describes and prints what it got. */
const PROGRAM = `
import { createHash } from 'node:crypto'
import { argv } from 'node:process'
import { loadIdxCollection } from './idx-collection.js'

const { collection, options } = JSON.parse(argv[2])
const { image, label } = (await loadIdxCollection('small', collection, options)).splits.train.columns
const sum = createHash('sha256').update(image.data).update(label.data).digest('hex')
console.log(image.shape.join() + ' ' + label.shape.join() + ' ' + sum)
`

let programs = ''

beforeAll(async () => {
  programs = await mkdtemp(join(tmpdir(), 'isograd-programs-'))
  await build({
    entry: [fileURLToPath(new URL('../src/node/idx-collection.ts', import.meta.url))],
    outDir: programs,
    format: ['esm'],
    target: 'node20',
    noExternal: [/^zod/, 'fastest-levenshtein'],
    config: false,
    silent: true,
  })
  await writeFile(join(programs, 'package.json'), '{ "type": "module" }')
  await writeFile(join(programs, 'load.js'), PROGRAM)
})

afterAll(() => rm(programs, { recursive: true, force: true }))

/** A process that loads the small data set. */
function start(cacheDir: string, mirror: string): ChildProcess {
  const task = JSON.stringify({ collection: smallCollection, options: { cacheDir, mirrors: [mirror] } })
  return spawn(execPath, [join(programs, 'load.js'), task], { stdio: ['ignore', 'pipe', 'inherit'] })
}

async function printed(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('expected a pipe')
  return (await text(child.stdout)).trim()
}

describe('processes that share a cache', () => {
  test('and download at the same time each get the data set, and one copy stays', async () => {
    const cacheDir = await temporaryDirectory()
    const events = new EventEmitter()
    const both = once(events, 'both')
    let asked = 0
    const mirror = await startMirror(async (name, response, request) => {
      if (name === FIRST && ++asked === 2) events.emit('both')
      // Nobody gets the first file before both have asked for it: neither finds it in the cache.
      await both
      await serve(files)(name, response, request)
    })
    const children = [start(cacheDir, mirror.address), start(cacheDir, mirror.address)]
    expect(await Promise.all(children.map(printed))).toEqual([smallSet[0], smallSet[0]])
    expect(asked).toBe(2)
    expect((await readdir(join(cacheDir, 'small'))).toSorted()).toEqual(NAMES)
  })

  test('and are killed in the middle of a transfer leave nothing half-written', async () => {
    const cacheDir = await temporaryDirectory()
    const events = new EventEmitter()
    const half = once(events, 'half')
    const silent = await startMirror(async (name, response, request) => {
      await stall(files)(name, response, request)
      events.emit('half')
    })
    const child = start(cacheDir, silent.address)
    await half
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(await readdir(join(cacheDir, 'small'))).toEqual([])

    const good = await startMirror(serve(files))
    expect(await printed(start(cacheDir, good.address))).toBe(smallSet[0])
    expect((await readdir(join(cacheDir, 'small'))).toSorted()).toEqual(NAMES)
  })

  test('and were killed while writing are tidied up after', async () => {
    const cacheDir = await temporaryDirectory()
    const dead = spawn(execPath, ['--version'], { stdio: 'ignore' })
    await once(dead, 'exit')
    const host = createHash('sha256').update(hostname()).digest('hex').slice(0, 8)
    await mkdir(join(cacheDir, 'small'))
    await writeFile(join(cacheDir, 'small', `${FIRST}.${host}.${dead.pid}.0123abcd.part`), 'half')
    const mirror = await startMirror(serve(files))
    expect(await printed(start(cacheDir, mirror.address))).toBe(smallSet[0])
    expect((await readdir(join(cacheDir, 'small'))).toSorted()).toEqual(NAMES)
  })
})
