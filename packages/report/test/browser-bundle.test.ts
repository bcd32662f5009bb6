/** The package in a browser: nothing that is bundled for one may need Node. */
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { expect, test } from 'vitest'

type Package = typeof import('../src/index.js')

const built = fileURLToPath(new URL('../dist/index.js', import.meta.url))

test('is bundled for a browser with all that it imports, and the bundle makes the same page', async () => {
  const options = { bundle: true, platform: 'browser', format: 'esm', write: false, metafile: true } as const
  const { outputFiles, metafile } = await build({ ...options, entryPoints: [built] })
  const imported = Object.values(metafile.inputs).flatMap(({ imports }) => imports.map(({ path }) => path))
  expect(imported.filter((path) => path.startsWith('node:'))).toEqual([])
  const [bundle] = outputFiles
  const address = `data:text/javascript;base64,${Buffer.from(bundle?.text ?? '').toString('base64')}`
  const [bundled, unbundled] = [(await import(address)) as Package, (await import(built)) as Package]
  const page = await bundled.renderReport([])
  expect(page).toBe(await unbundled.renderReport([]))
  expect(page).toMatch(/^<!doctype html>/)
})
