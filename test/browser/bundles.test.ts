/**
 * Packages that say they run in a page do so by way of a bundler: with plain settings and nothing left out, every entry
 * becomes one file, which a page loads without asking for anything else.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, describe, expect, test } from 'vitest'
import { noBrowser, Workshop } from './browser.js'

const workshop = new Workshop()
afterAll(() => workshop.close())

const root = fileURLToPath(new URL('../..', import.meta.url))
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

async function bundle(contents: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root },
    bundle: true,
    format: 'esm',
    platform: 'browser',
    write: false,
    logLevel: 'silent',
  })
  return outputFiles.map(({ text }) => text).join('\n')
}

/** The text of a page that runs a program, once it has ended. */
async function runInPage(name: string, program: string): Promise<readonly string[]> {
  const script = (await bundle(`${program}\ndocument.title = 'done'`)).replaceAll('</script', String.raw`<\/script`)
  const path = join(workshop.directory, `${name}.html`)
  writeFileSync(
    path,
    `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><script type="module">${script}</script>`,
  )
  const { page, said, requested } = await workshop.open(path)
  await page.waitForFunction(() => document.title === 'done', undefined, { timeout: 20_000 }).catch(() => undefined)
  expect(requested.filter((address) => !address.startsWith('data:'))).toEqual([])
  return said
}

describe('bundles for a page', () => {
  test.skipIf(noBrowser)('all entries are imported by a page at once', async () => {
    const imports = entries.map((entry, i) => `import * as entry${i} from '${entry}'`).join('\n')
    const names = entries.map((_, i) => `Object.keys(entry${i}).length > 0`).join(', ')
    expect(await runInPage('entries', `${imports}\nconsole.log([${names}].join(' '))`)).toEqual([
      entries.map(() => 'true').join(' '),
    ])
  })

  test.skipIf(noBrowser)('TensorFlow.js computes there, in plain JavaScript', async () => {
    const program = `
      import { tensor } from '@isograd/core/backend'
      import { Builder } from '@isograd/core/ir'
      import { isogradAdapter } from '@isograd/tfjs-adapter'
      console.log(isogradAdapter.variants.join(' '))
      const b = new Builder('page')
      const x = b.xs('x', { dtype: 'float32', shape: [2] })
      const program = b.finish({ carry: {}, ys: { y: b.relu(x) } })
      const made = await isogradAdapter.create('tfjs-cpu', {})
      const executable = await made.backend.compile(program, {})
      const { ys } = await executable.scan({}, { x: tensor('float32', [2, 2], [-1, 2, 3, -4]) })
      console.log(ys.y.data.join(' '))
      const { ok, reason } = await isogradAdapter.create('tfjs-node', {})
      console.log(ok, reason)`
    const [variants, ...others] = await runInPage('tfjs', program)
    expect(variants?.split(' ')).toEqual(expect.arrayContaining(['tfjs-wasm', 'tfjs-cpu']))
    expect(others).toEqual([
      '0 2 3 0',
      'false TensorFlow.js does not load: @tensorflow/tfjs-node does not run in a browser',
    ])
  })
})
