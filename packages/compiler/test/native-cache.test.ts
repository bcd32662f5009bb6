/** The host of `native`: what is kept, what is refused, and compilers that do not do what they are asked. */
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { Worker } from 'node:worker_threads'
import { BackendError } from '@isograd/core/backend'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { binary, constant, load } from '../src/loops/build.js'
import type { Buffer, LoopProgram } from '../src/loops/loops.js'
import { Cache } from '../src/native/cache.js'
import { hashOf } from '../src/native/compiler.js'
import { run } from '../src/native/process.js'
import { createNative, type NativeMode } from '../src/native/target.js'

const found = await createNative('native').then(
  (target) => target.compiler,
  () => undefined,
)

const buffer = (space: Buffer['space'], id: number): Buffer => ({
  id,
  name: space,
  type: 'f32',
  length: 3,
  space,
  index: 0,
})
const [x, y] = [buffer('x', 0), buffer('y', 1)]

/** y = x * factor. */
function scaling(factor: number): LoopProgram {
  const index = { constant: 0, terms: [{ local: 0, stride: 1 }] }
  const value = binary('mul', load(x, index), constant('f32', factor))
  const body = [{ kind: 'store', buffer: y, index, value } as const]
  return {
    name: 'scaling',
    kernels: [{ name: 'scale', locals: 1, body: [{ kind: 'for', local: 0, extent: 3, vector: true, body }] }],
    faults: [],
    uncovered: 0,
  }
}

const plan = { bytes: 192, offsets: new Map() }

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'isograd-test-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

/** Where objects are kept. */
const kept = (): string => join(folder, 'isograd', 'native')
const objects = (): string[] => readdirSync(kept()).filter((name) => name.endsWith('.node'))

const surroundings = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  XDG_CACHE_HOME: folder,
  ...more,
})

interface Setting {
  readonly mode?: NativeMode
  readonly environment?: NodeJS.ProcessEnv
  readonly limit?: number
}

/** A step of `scaling` on a target of its own. */
async function scaled(factor: number, { mode = 'native', environment = surroundings(), limit = 60_000 }: Setting = {}) {
  const target = await createNative(mode, { environment, limit })
  try {
    const instance = await target.load(scaling(factor), plan, [])
    const ys = new Float32Array(3)
    instance.run([Float32Array.of(1, 2, 3)], [ys], 0, 1)
    return [...ys]
  } finally {
    target.dispose()
  }
}

type Change = (data: Uint8Array) => { readonly data: Uint8Array; readonly sum?: string | undefined }

/** Another folder with the objects of this one, changed: what is loaded must not change under its name. */
function elsewhere(change: Change): { path: string; environment: NodeJS.ProcessEnv } {
  const other = join(folder, 'other', 'isograd', 'native')
  mkdirSync(other, { recursive: true, mode: 0o700 })
  for (const name of readdirSync(kept())) copyFileSync(join(kept(), name), join(other, name))
  const path = join(other, String(objects()[0]))
  const before = readFileSync(`${path}.sha256`, 'utf8')
  const { data, sum } = { sum: before, ...change(readFileSync(path)) }
  writeFileSync(path, data)
  if (sum === undefined) rmSync(`${path}.sha256`)
  else writeFileSync(`${path}.sha256`, sum)
  return { path, environment: surroundings({ XDG_CACHE_HOME: join(folder, 'other') }) }
}

const nothing = new TextEncoder().encode('nothing')

/** A compiler that is a script. */
function script(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, `#!/bin/sh\n${text}\n`)
  chmodSync(path, 0o755)
  return path
}

/** A compiler that answers what it is asked, and does `text` when it is to compile. */
const compiling = (text: string): string =>
  script('odd-cc', `case "$*" in *-shared*) ${text};; *) exec ${process.env['ISOGRAD_CC'] ?? 'cc'} "$@";; esac`)

describe.skipIf(found === undefined)(`native, with ${found ?? 'no compiler'}`, () => {
  it('keeps objects and loads them again', async () => {
    expect(await scaled(2)).toEqual([2, 4, 6])
    const names = objects()
    expect(names).toHaveLength(1)
    const path = join(kept(), String(names[0]))
    const before = readFileSync(path)
    expect(await scaled(2)).toEqual([2, 4, 6])
    expect(objects()).toEqual(names)
    expect(readFileSync(path).equals(before)).toBe(true)
    expect(await scaled(2, { mode: 'native:strict' })).toEqual([2, 4, 6])
    expect(objects()).toHaveLength(2)
  })

  it.each([
    ['is cut short', (data) => ({ data: data.subarray(0, 1000) })],
    ['is of someone else', () => ({ data: new TextEncoder().encode('not an object') })],
    ['has no sum', (data) => ({ data, sum: undefined })],
    ['fits its sum and cannot be loaded', () => ({ data: nothing, sum: hashOf(nothing) })],
  ] satisfies [string, Change][])('makes an object anew that %s', async (_, change) => {
    expect(await scaled(3)).toEqual([3, 6, 9])
    const { path, environment } = elsewhere(change)
    expect(await scaled(3, { environment })).toEqual([3, 6, 9])
    expect(readFileSync(path, 'latin1').slice(0, 4)).toMatch(/^(?:\x7fELF|\xcf\xfa\xed\xfe)/)
  })

  it('goes on where nothing can be kept', async () => {
    const file = join(folder, 'file')
    writeFileSync(file, '')
    expect(await scaled(5, { environment: surroundings({ XDG_CACHE_HOME: file }) })).toEqual([5, 10, 15])
    mkdirSync(kept(), { recursive: true })
    chmodSync(kept(), 0o777)
    expect(await scaled(6)).toEqual([6, 12, 18])
    expect(readdirSync(kept())).toEqual([])
  })

  it.skipIf(process.platform !== 'linux')('ends where a folder says that it is not there', async () => {
    const cache = new Cache('/proc/isograd/native')
    expect(await cache.keep('a', new Uint8Array([1]))).not.toContain('/proc')
  })

  it('forgets what was not used for longest', async () => {
    const cache = new Cache(kept(), 4)
    for (const name of ['a', 'b', 'c', 'd']) {
      // oxlint-disable-next-line no-await-in-loop -- each is older than the next
      const path = await cache.keep(name, nothing)
      utimesSync(path, 1000, 1000 + name.charCodeAt(0))
    }
    expect(await cache.find('a')).toBeDefined()
    await cache.keep('e', nothing)
    expect(readdirSync(kept()).filter((name) => name.length === 1)).toEqual(['a', 'd', 'e'])
    expect(await cache.find('b')).toBeUndefined()
  })

  it('says what a compiler complains of', async () => {
    const failing = compiling('echo "program.c:1: error: no such luck" >&2; echo more >&2; exit 1')
    const message = 'ended with status 1: program.c:1: error: no such luck'
    const rejected = scaled(7, { environment: surroundings({ ISOGRAD_CC: failing }) })
    await expect(rejected).rejects.toThrow(message)
    await expect(rejected).rejects.toBeInstanceOf(BackendError)
    const silent = surroundings({ ISOGRAD_CC: compiling('exit 0') })
    await expect(scaled(7, { environment: silent })).rejects.toThrow('made no object')
    const killed = surroundings({ ISOGRAD_CC: compiling('kill -9 $$') })
    await expect(scaled(7, { environment: killed })).rejects.toThrow('was ended by SIGKILL')
    const half = 'cc "$@" && truncate -s 9000 program.node'
    const cut = surroundings({ ISOGRAD_CC: compiling(half) })
    await expect(scaled(7, { environment: cut })).rejects.toThrow('made an object that is cut short')
    const pipe = surroundings({ ISOGRAD_CC: compiling('mkfifo program.node') })
    await expect(scaled(7, { environment: pipe })).rejects.toThrow('made no object')
    const broken = surroundings({ ISOGRAD_CC: compiling('for a; do o="$a"; done; echo broken > "$o"') })
    const unloadable = scaled(7, { environment: broken })
    await expect(unloadable).rejects.toThrow(/that can be loaded, got .*; install gcc or clang/)
    await expect(unloadable).rejects.toBeInstanceOf(BackendError)
  })

  it('ends a compiler that hangs, with all that it started', async () => {
    const hanging = surroundings({ ISOGRAD_CC: compiling(`sleep 987 & sleep 987`) })
    await expect(scaled(8, { environment: hanging, limit: 1500 })).rejects.toThrow('did not end within 1.5 s')
    const left = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
    expect(left).not.toMatch(/^sleep 987$/m)
  })

  it('passes over what a compiler warns of', async () => {
    const real = process.env['ISOGRAD_CC'] ?? 'cc'
    const warning = surroundings({ ISOGRAD_CC: compiling(`echo "warning: beware" >&2; exec ${real} "$@"`) })
    expect(await scaled(9, { environment: warning })).toEqual([9, 18, 27])
  })

  it('takes a compiler by a path from where the process is', async () => {
    const path = relative(process.cwd(), compiling('exec cc "$@"'))
    const rejected = scaled(7, { environment: surroundings({ ISOGRAD_CC: join('.', 'absent') }) })
    await expect(rejected).rejects.toThrow('expected ISOGRAD_CC to name a program')
    expect(await scaled(7, { environment: surroundings({ ISOGRAD_CC: path }) })).toEqual([7, 14, 21])
  })

  it('leaves no program behind where it exits', async () => {
    // A listener for each program that runs, and none for those that have ended.
    const before = process.listenerCount('exit')
    const log = join(folder, 'log')
    const waiting = run('sleep', ['985'], { cwd: folder, log, limit: 60_000 })
    await vi.waitFor(() => expect(process.listenerCount('exit')).toBe(before + 1))
    for (const listener of process.listeners('exit').slice(before)) Reflect.apply(listener, process, [0])
    expect(await waiting).toMatchObject({ isDone: false, reason: 'was ended by SIGKILL' })
    expect(process.listenerCount('exit')).toBe(before)
  })

  it('says that there is no compiler, and what to do', async () => {
    const none = { PATH: folder, XDG_CACHE_HOME: folder }
    await expect(scaled(1, { environment: none })).rejects.toThrow(
      /expected cc, gcc or clang on the PATH, got none; install gcc or clang/,
    )
    const wrong = surroundings({ ISOGRAD_CC: join(folder, 'absent') })
    await expect(scaled(1, { environment: wrong })).rejects.toThrow(
      /expected ISOGRAD_CC to name a program, got ".*absent"/,
    )
  })

  it('compiles many programs at once into one folder, some of them twice', async () => {
    const factors = Array.from({ length: 12 }, (_, i) => i + 20)
    const all = await Promise.all(factors.flatMap((factor) => [scaled(factor), scaled(factor)]))
    expect(all.map(([one]) => one)).toEqual(factors.flatMap((factor) => [factor, factor]))
  })

  it('refuses tensors that are too short or of another type', async () => {
    const target = await createNative('native', { environment: surroundings() })
    const instance = await target.load(scaling(2), plan, [])
    const three = new Float32Array(3)
    expect(() => instance.run([new Float32Array(2)], [three], 0, 1)).toThrow('x: expected 3 elements of f32, got 2')
    expect(() => instance.run([three], [three], 0, 2)).toThrow('x: expected 6 elements of f32, got 3')
    expect(() => instance.run([new Float64Array(3)], [three], 0, 1)).toThrow('got 3 in a Float64Array')
    expect(() => instance.run([three], [], 0, 1)).toThrow('y: expected 3 elements of f32, got none')
    target.dispose()
  })

  it('loads in a worker what another thread has loaded', async () => {
    await scaled(2)
    const path = join(kept(), String(objects()[0]))
    const source = `
      const { parentPort } = require('node:worker_threads')
      const module_ = { exports: {} }
      process.dlopen(module_, ${JSON.stringify(path)})
      const ys = new Float32Array(3)
      module_.exports.run(0, new Uint8Array(192), [], [Float32Array.of(1, 2, 3)], [ys], 0, 1)
      parentPort.postMessage([...ys])`
    const worker = new Worker(source, { eval: true })
    const answer = await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
    await worker.terminate()
    expect(answer).toEqual([2, 4, 6])
  })

  it('flushes subnormals where it is asked to, and only then', async () => {
    const tiny = 1e-38
    const results = async (mode: NativeMode) => (await scaled(tiny, { mode }))[0]
    expect(await results('native:fast')).toBe(0)
    expect(await results('native')).toBe(Math.fround(tiny))
    expect(1e-310 * 1).toBe(1e-310)
  })
})
