/** Messages to and from a page, and the import map of its packages. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { deserialize, serialize } from 'node:v8'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inBrowser } from '../src/backends/browser/name.js'
import { PageModules } from '../src/backends/browser/page-modules.js'
import { openSite } from '../src/backends/browser/page-site.js'
import { decodeMessage, encodeMessage, lengthOf } from '../src/backends/browser/wire.js'
import { temporaryDirectory } from './command.js'

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(lengthOf(parts))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

const arrays = fc.oneof(
  fc.float32Array(),
  fc.float64Array(),
  fc.int32Array(),
  fc.uint8Array(),
  // A view on part of some memory.
  fc.float32Array({ minLength: 3 }).map((data) => data.subarray(1, 2)),
)
const leaves = fc.oneof(arrays, fc.double(), fc.string(), fc.boolean(), fc.constant(null))
const messages = fc.letrec((tie) => ({
  any: fc.oneof({ depthSize: 'small' }, leaves, fc.array(tie('any')), fc.dictionary(fc.string(), tie('any'))),
})).any

describe('messages', () => {
  it('come back as they come back from the serialization between processes', () => {
    fc.assert(
      fc.property(messages, (message) => {
        const got = decodeMessage(joined(encodeMessage(message)))
        expect(got).toEqual(deserialize(serialize(message)))
      }),
      { numRuns: 300 },
    )
  })

  it('arrays have memory of their own', () => {
    const bytes = joined(encodeMessage({ a: new Float32Array([1, 2]), b: new Uint8Array([3]) }))
    const { a, b } = decodeMessage(bytes) as { readonly a: Float32Array; readonly b: Uint8Array }
    bytes.fill(0)
    expect([[...a], a.buffer.byteLength, b.buffer.byteLength]).toEqual([[1, 2], 8, 1])
  })

  it.each([() => 0, Symbol('s'), 1n, new Uint16Array(1)])('refuses what is no plain data: %s', (value) => {
    expect(() => encodeMessage({ value })).toThrow(/could not be cloned/)
  })
})

function tree(files: Readonly<Record<string, unknown>>): string {
  const root = temporaryDirectory()
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), JSON.stringify(content))
  }
  return root
}

describe('the modules of a page', () => {
  it('resolves each import as Node would from there, by the conditions of browsers', () => {
    const root = tree({
      'a/package.json': {
        name: 'a',
        exports: { '.': { browser: './b.js', default: './n.js' } },
        dependencies: { c: '1' },
      },
      'a/node_modules/c/package.json': { name: 'c', main: 'old.js', module: './new.js', peerDependencies: { d: '1' } },
      'node_modules/c/package.json': { name: 'c', main: 'other.js' },
      'node_modules/d/package.json': { name: 'd', exports: { './x': './dist/x.js', './*': './dist/*.js' } },
    })
    const modules = new PageModules()
    const directory = join(root, 'a')
    const entry = { directory, version: undefined }
    expect(modules.entryOf({ ...entry, packageName: 'a', url: 'file:///elsewhere' })).toBe('packages/0/b.js')
    const file = { ...entry, packageName: './x/y.mjs', url: pathToFileURL(join(directory, 'x/y.mjs')).href }
    expect(modules.entryOf(file)).toBe('packages/0/x/y.mjs')
    expect(modules.importMap.scopes).toEqual({
      './packages/0/': {
        a: './packages/0/b.js',
        c: './packages/1/new.js',
        'c/': './packages/1/',
      },
      './packages/1/': { c: './packages/1/new.js', 'c/': './packages/1/', 'd/x': './packages/2/dist/x.js' },
      './packages/2/': { 'd/x': './packages/2/dist/x.js' },
    })
  })

  it('takes the bundle of a package that a browser cannot load module by module', () => {
    const tf = '@tensorflow/tfjs'
    const root = tree({
      'package.json': { name: 'mine', peerDependencies: { [tf]: '4', 'not-there': '1' } },
      [`node_modules/${tf}/package.json`]: { name: tf, dependencies: { '@tensorflow/tfjs-core': '4' } },
    })
    const modules = new PageModules()
    modules.add(root)
    const own = { [tf]: './packages/1/dist/tf.fesm.min.js', [`${tf}-core`]: './packages/1/dist/tf.fesm.min.js' }
    expect(modules.importMap.scopes['./packages/0/']).toMatchObject(own)
    expect([...modules.directories.keys()]).toEqual(['packages/0/', 'packages/1/'])
  })
})

it('names of backends in browsers', () => {
  expect(inBrowser('chromium:tfjs-wasm:autograd')).toEqual({ browser: 'chromium', asked: 'tfjs-wasm:autograd' })
  expect(inBrowser('firefox:./mine#b')).toEqual({ browser: 'firefox', asked: './mine#b' })
  expect([inBrowser('native:fast'), inBrowser('chromium'), inBrowser('wasm')]).toEqual([
    undefined,
    undefined,
    undefined,
  ])
})

describe('the site of a page', () => {
  const silent = { connected() {}, message() {}, printed() {}, failed() {}, left() {}, broken() {}, gone() {} }
  const adapter = { address: 'packages/0/a.js', packageName: 'a', browser: 'chromium', cure: '' }

  it('takes a message and a path that are none for what they are', async () => {
    const root = tree({ 'package.json': { name: 'a' }, 'a.js': {} })
    const modules = new PageModules()
    modules.add(root)
    const broken: string[] = []
    const events = { ...silent, broken: (reason: string) => void broken.push(reason) }
    const site = await openSite(modules, 'packages/0/a.js', adapter, events)
    try {
      const { origin } = new URL(site.address)
      const page = await fetch(site.address)
      const [, base = ''] = /<base href="([^"]+)"/.exec(await page.text()) ?? []
      const paths = ['packages/0/%', 'packages/0/%00', 'packages/0/../../x']
      const statuses = await Promise.all(paths.map(async (path) => (await fetch(`${origin}${base}${path}`)).status))
      expect(statuses.every((status) => status === 403 || status === 404)).toBe(true)
      await fetch(`${origin}${base}answers`, { method: 'POST', body: new Uint8Array([9, 0, 0, 0, 1]) })
      expect(broken).toHaveLength(1)
    } finally {
      site.close()
    }
  })

  it('gives its page once, isolated, and nothing to who does not know the page', async () => {
    const root = tree({ 'package.json': { name: 'a' }, 'a.js': {} })
    const modules = new PageModules()
    modules.add(root)
    const site = await openSite(modules, 'packages/0/a.js', adapter, silent)
    try {
      const { origin } = new URL(site.address)
      const page = await fetch(site.address)
      const [, base = ''] = /<base href="([^"]+)"/.exec(await page.text()) ?? []
      expect([
        page.headers.get('cross-origin-opener-policy'),
        page.headers.get('cross-origin-embedder-policy'),
      ]).toEqual(['same-origin', 'require-corp'])
      const statusOf = async (path: string) => (await fetch(origin + path)).status
      expect(await statusOf(`${base}packages/0/a.js`)).toBe(200)
      expect(await statusOf(`${base}packages/0/%2e%2e%2f%2e%2e%2fetc/passwd`)).toBe(404)
      expect(await statusOf(`${base}packages/1/a.js`)).toBe(404)
      expect([
        await statusOf(new URL(site.address).pathname),
        await statusOf('/'),
        await statusOf('/packages/0/a.js'),
      ]).toEqual([403, 403, 403])
    } finally {
      site.close()
    }
  })
})
