/** The origins of backends: our own names, packages, paths; and what is said when they do not come. */
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadBackend } from '../src/backends/load.js'
import { carrierOf } from '../src/backends/open-backend.js'
import { probeBackend } from '../src/backends/probe.js'
import { smokeTest } from '../src/backends/smoke.js'
import { fixture, isograd, temporaryDirectory } from './command.js'

const fake = fixture('fake-adapter')
const tiny = fixture('tiny.json')

function packageIn(directory: string, name: string, manifest: object, files: Readonly<Record<string, string>>): void {
  const path = join(directory, 'node_modules', name)
  mkdirSync(path, { recursive: true })
  writeFileSync(join(path, 'package.json'), JSON.stringify({ name, version: '1.0.0', ...manifest }))
  for (const [file, text] of Object.entries(files)) writeFileSync(join(path, file), text)
}

const adapterText = `export const isogradAdapter = { name: 'x', contract: 2, variants: ['v'],
  create: async () => ({ ok: false, reason: import.meta.url.split('/').at(-1), cure: '' }) }`

describe('carrierOf', () => {
  // Its native module keeps names in a set that all threads share and none locks: one run in fifty ended in a fault.
  it('gives tfjs-node a process of its own where others have a thread', () => {
    expect(['onnx', 'tfjs-wasm', 'tfjs-node'].map((name) => carrierOf(name, {}))).toEqual([
      'thread',
      'thread',
      'process',
    ])
  })
})

describe('loadBackend', () => {
  it('loads the reference backend like every other', async () => {
    const result = await loadBackend('reference', {})
    expect(result).toMatchObject({ ok: true, packageName: '@isograd/core', packageVersion: '0.1.0' })
    expect(result.ok && result.backend.name).toBe('reference')
  })

  it('loads a path: the first variant, or the one named, with its threads', async () => {
    const first = await loadBackend(fake, {})
    expect(first).toMatchObject({ ok: true, packageName: 'fake-adapter', packageVersion: '9.8.7' })
    const named = await loadBackend(`${fake}#wrong`, { threads: 3 })
    expect(named.ok && [named.backend.name, named.backend.info.threads]).toEqual(['fake-wrong', 3])
  })

  it('finds packages upwards from the current directory', async () => {
    const directory = temporaryDirectory()
    mkdirSync(join(directory, 'node_modules'))
    symlinkSync(fake, join(directory, 'node_modules/fake-adapter'), 'dir')
    mkdirSync(join(directory, 'deep/er'), { recursive: true })
    const result = await loadBackend('fake-adapter#faithful', {}, join(directory, 'deep/er'))
    expect(result.ok && result.backend.name).toBe('fake-faithful')
  })

  it.each([
    ['exports as text', { exports: './a.mjs' }, 'a.mjs'],
    ['exports by condition', { exports: { types: './x.d.ts', browser: './b.mjs', import: './a.mjs' } }, 'a.mjs'],
    ['nested conditions', { exports: { '.': { node: { require: './b.mjs', import: './a.mjs' } } } }, 'a.mjs'],
    ['the first condition that holds', { exports: { '.': { default: './b.mjs', import: './a.mjs' } } }, 'b.mjs'],
    ['a list of fallbacks', { exports: [{ browser: './b.mjs' }, './a.mjs'] }, 'a.mjs'],
    ['exports over main', { main: 'b.mjs', exports: './a.mjs' }, 'a.mjs'],
    ['main', { main: 'a.mjs' }, 'a.mjs'],
    ['main without extension', { type: 'module', main: './index' }, 'index.js'],
    ['nothing', { type: 'module' }, 'index.js'],
  ])('reads the entry of a package: %s', async (_, manifest, expected) => {
    const directory = temporaryDirectory()
    packageIn(directory, '@some/one', manifest, { 'a.mjs': adapterText, 'b.mjs': adapterText, 'index.js': adapterText })
    expect(await loadBackend('@some/one', {}, directory)).toMatchObject({ ok: false, reason: expected })
  })

  it('explains what cannot be had', async () => {
    expect(await loadBackend(`${fake}#absent`, {})).toEqual({
      ok: false,
      asked: `${fake}#absent`,
      reason: 'the moon is not full',
      cure: 'wait for it',
    })
    expect(await loadBackend(`${fake}#throwing`, {})).toMatchObject({ ok: false, reason: 'create went wrong' })
    expect(await loadBackend('@nobody/has-this', {})).toMatchObject({
      ok: false,
      reason: '@nobody/has-this is not installed',
      cure: 'where it is an adapter that you trust, npm install @nobody/has-this',
    })
  })

  it('explains a package that cannot be imported', async () => {
    const directory = temporaryDirectory()
    packageIn(directory, 'torn', { type: 'module' }, { 'index.js': "import 'missing-runtime'" })
    const result = await loadBackend('torn', {}, directory)
    expect(result).toMatchObject({ ok: false, cure: 'npm install torn' })
    expect(result.ok ? '' : result.reason).toMatch(/torn cannot be loaded: .*missing-runtime/)
    const byPath = await loadBackend(fixture('hostile.yaml'), {})
    expect(byPath.ok ? '' : byPath.cure).toBe('expected an adapter there: its module, or the directory of its package')
  })

  it.each([
    ['no contract', '', 'none'],
    ['contract 1', 'contract: 1,', '1'],
    ['contract 3', 'contract: 3,', '3'],
    ['a contract that is no number', "contract: '2',", '"2"'],
  ])('refuses an adapter with %s, and says what changed', async (_, member, found) => {
    const directory = temporaryDirectory()
    packageIn(
      directory,
      'isograd-adapter-old',
      { exports: './index.js' },
      { 'index.js': adapterText.replace('contract: 2,', member) },
    )
    await expect(loadBackend('isograd-adapter-old', {}, directory)).rejects.toMatchObject({
      name: 'InputError',
      message:
        `[isograd] backend "isograd-adapter-old": expected an adapter of contract 2, got ${found}: ` +
        'since contract 2 an adapter says its contract, and the stage of a node is any text, or none; ' +
        'install a version of x that goes with this isograd',
    })
  })

  it.each([
    ['no adapter', fixture('not-an-adapter'), /export isogradAdapter: .* got no such export/],
    ['no such variant', `${fake}#fast`, /expected a variant of faithful, .*, got "fast"/],
    ['an entry that is not there', 'unbuilt', /dist.index\.js does not exist; build it first\?/],
    ['a manifest that is not JSON', 'mangled', /package\.json: expected JSON/],
  ])('refuses %s', async (_, name, message) => {
    const directory = temporaryDirectory()
    packageIn(directory, 'unbuilt', { exports: { '.': { default: './dist/index.js' } } }, {})
    packageIn(directory, 'mangled', {}, { 'package.json': '{' })
    await expect(loadBackend(name, {}, directory)).rejects.toThrow(message)
    await expect(loadBackend(name, {}, directory)).rejects.toMatchObject({ name: 'InputError' })
  })

  it('turns whatever a backend throws into an error of the backend', async () => {
    const result = await loadBackend(`${fake}#broken-compile`, {})
    expect(result.ok && (await probeBackend(result.backend))).toMatch(/^\[fake-broken-compile\] compile failed: cannot/)
  })
})

describe('probeBackend', () => {
  it('finds nothing wrong with the reference, and wrong numbers where they are', async () => {
    const [good, bad] = await Promise.all([loadBackend('reference', {}), loadBackend(`${fake}#wrong-numbers`, {})])
    expect(good.ok && (await probeBackend(good.backend))).toBeUndefined()
    expect(bad.ok && (await probeBackend(bad.backend))).toBe('expected total = [8], got [7]')
  })
})

describe('smokeTest', () => {
  it('tries cases until its time is over, and tells those that fail', async () => {
    const [good, bad] = await Promise.all([loadBackend('reference', {}), loadBackend(`${fake}#wrong-numbers`, {})])
    if (!good.ok || !bad.ok) throw new Error('both are needed')
    const sound = await smokeTest(good.backend, 0.5, new AbortController().signal)
    expect(sound.failed).toEqual([])
    expect(sound.passed).toBeGreaterThan(0)
    expect(sound.passed + sound.unsupported).toBeLessThan(sound.total)
    const { failed } = await smokeTest(bad.backend, 0.5, new AbortController().signal)
    expect(failed.length).toBeGreaterThan(0)
  })

  it('ends with the reason of whoever ends it', async () => {
    const good = await loadBackend('reference', {})
    if (!good.ok) throw new Error('the reference is needed')
    await expect(smokeTest(good.backend, 10, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough')
  })
})

describe.concurrent('on the command line', () => {
  it('trains on a package of the current directory', async () => {
    const directory = temporaryDirectory()
    cpSync(tiny, join(directory, 'tiny.json'))
    mkdirSync(join(directory, 'node_modules'))
    symlinkSync(fake, join(directory, 'node_modules/fake-adapter'), 'dir')
    const args = ['run', 'tiny.json', '--backend', 'fake-adapter,reference', '--threads', '2', '--json']
    const { status, stdout } = await isograd(args, { cwd: directory })
    expect(status).toBe(0)
    const { environment, runs } = JSON.parse(stdout) as {
      readonly environment: { readonly versions: unknown }
      readonly runs: readonly { readonly backend: string; readonly backendInfo: { readonly threads: number } }[]
    }
    expect(environment.versions).toMatchObject({ 'fake-adapter': '9.8.7', 'fake-runtime': '1.2.3' })
    expect(runs.map(({ backend, backendInfo }) => [backend, backendInfo.threads])).toEqual([
      ['fake-faithful', 2],
      ['reference', 1],
      ['fake-faithful', 2],
      ['reference', 1],
    ])
  })

  it('takes a name given twice once, and refuses two backends of one name', async () => {
    const args = ['run', tiny, '--arm', 'relu', '--json', '--backend']
    const [twice, twins] = await Promise.all([
      isograd([...args, 'reference,reference']),
      isograd([...args, `reference,${fake}#reference`]),
    ])
    expect(twice.status).toBe(0)
    expect((JSON.parse(twice.stdout) as { readonly runs: readonly unknown[] }).runs).toHaveLength(1)
    expect(twins.status).toBe(2)
    expect(twins.stderr).toMatch(/are both called "reference"/)
  })

  it.each([
    [`${fake}#absent`, /cannot be used: the moon is not full\n +wait for it/],
    [
      '@nobody/has-this',
      /@nobody\/has-this is not installed\n +where it is an adapter that you trust, npm install @nobody\/has-this/,
    ],
  ])('exits with 3 when %s cannot run', async (name, message) => {
    const { status, stdout, stderr } = await isograd(['run', tiny, '--backend', `reference,${name}`])
    expect([status, stdout]).toEqual([3, ''])
    expect(stderr).toMatch(message)
    expect(stderr).not.toContain('    at ')
  })

  const options = ['--arm', 'relu', '--json']
  const planted = { NODE_OPTIONS: `--import ${fixture('planted-fault.mjs')}` }
  it.each([
    ['an error was thrown outside of any call', 'stray'],
    ['a promise was rejected that nobody awaited', 'stray-promise'],
  ])('tells that %s as a failure of the backend', async (what, variant) => {
    const { status, stderr } = await isograd(['run', tiny, '--backend', `${fake}#${variant}`, ...options])
    expect(status).toBe(3)
    expect(stderr).toContain(`error: relu on fake-${variant}: [fake-${variant}] ${what}: planted\n`)
    expect(stderr).not.toMatch(/bug in isograd| {4}at /)
  })

  it.each([['in a call', ['run', tiny, '--backend', 'reference', ...options], planted]])(
    'tells a fault %s from wrong input, with a stack trace only on request',
    async (_, args, env) => {
      const [plain, debug] = await Promise.all([isograd(args, { env }), isograd([...args, '--verbose'], { env })])
      expect([plain.status, debug.status]).toEqual([70, 70])
      expect(plain.stderr).toMatch(/^error: planted\nThis is a bug in isograd: please report it/m)
      expect(plain.stderr).not.toContain('    at ')
      expect(debug.stderr).toContain('    at ')
    },
  )
})
