/**
 * Packages that say they run in a page do so by way of a bundler: with plain settings and nothing left out, every entry
 * becomes one file, which a page loads without asking for anything else.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { noBrowser, Workshop } from './browser.js'
import { bundlers, root } from './bundlers.js'

const workshop = new Workshop()
/** Programs stand where the packages are found. */
const programs = mkdtempSync(join(root, 'node_modules/.bundles-'))
afterAll(async () => {
  rmSync(programs, { recursive: true })
  await workshop.close()
})

/** `@isograd/core/node` is for Node, as its name says. */
const forNode = ['./node']

/** The entries of a package by the names that they are imported by. */
function entriesOf(directory: string): string[] {
  const manifest = JSON.parse(readFileSync(join(root, 'packages', directory, 'package.json'), 'utf8')) as {
    readonly name: string
    readonly exports: Readonly<Record<string, unknown>>
  }
  const entries = Object.keys(manifest.exports).filter((path) => !path.endsWith('.json') && !forNode.includes(path))
  return entries.map((path) => manifest.name + path.slice(1))
}

const packages = ['core', 'report', 'compiler', 'onnx-adapter', 'tfjs-adapter', 'jaxjs-adapter']
const entries = packages.flatMap(entriesOf)

/**
 * A program that imports all entries, and has TensorFlow.js compute. It waits for nothing before it has run to its end: where
 * one file is made of all, what is imported later stands below it.
 */
const program = `
  import { tensor } from '@isograd/core/backend'
  import { Builder } from '@isograd/core/ir'
  import { isogradAdapter } from '@isograd/tfjs-adapter'
  ${entries.map((entry, i) => `import * as entry${i} from '${entry}'`).join('\n')}
  async function compute() {
    const b = new Builder('page')
    const x = b.xs('x', { dtype: 'float32', shape: [2] })
    const program = b.finish({ carry: {}, ys: { y: b.relu(x) } })
    const made = await isogradAdapter.create('tfjs-cpu', {})
    const executable = await made.backend.compile(program, {})
    const { ys } = await executable.scan({}, { x: tensor('float32', [2, 2], [-1, 2, 3, -4]) })
    console.log(ys.y.data.join(' '))
    const { ok, reason } = await isogradAdapter.create('tfjs-node', {})
    console.log(ok, reason)
  }
  console.log([${entries.map((_, i) => `entry${i}`).join(', ')}].filter((entry) => Object.keys(entry).length > 0).length)
  console.log(isogradAdapter.variants.join(' '))
  compute().catch(({ message }) => console.log(message)).then(() => (document.title = 'done'))`

describe.skipIf(noBrowser)('a page of all entries computes as it is bundled', () => {
  test.each(Object.entries(bundlers))('by %s', async (name, bundle) => {
    const file = join(programs, `${name}.js`)
    writeFileSync(file, program)
    const script = (await bundle(file)).replaceAll('</script', String.raw`<\/script`)
    const path = join(workshop.directory, `${name}.html`)
    const head = '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">'
    writeFileSync(path, `${head}<script type="module">${script}</script>`)
    const { page, said, requested } = await workshop.open(path)
    await page.waitForFunction(() => document.title === 'done', undefined, { timeout: 20_000 }).catch(() => undefined)
    expect(requested.filter((address) => !address.startsWith('data:'))).toEqual([])
    const [count, variants, ...others] = said
    expect(count).toBe(String(entries.length))
    expect(variants?.split(' ')).toEqual(expect.arrayContaining(['tfjs-wasm', 'tfjs-cpu']))
    expect(others).toEqual([
      '0 2 3 0',
      'false TensorFlow.js does not load: @tensorflow/tfjs-node does not run in a browser',
    ])
  })
})
