/** The package in a browser: nothing that is bundled for one may need Node. */
import { fileURLToPath } from 'node:url'
import { renderReport } from '@isograd/report'
import { build } from 'esbuild'
import { expect, test } from 'vitest'

test('is bundled for a browser with all that it imports, and the bundle makes the same page', async () => {
  const { outputFiles, metafile } = await build({
    entryPoints: [fileURLToPath(new URL('../dist/index.js', import.meta.url))],
    bundle: true,
    platform: 'browser',
    format: 'esm',
    write: false,
    metafile: true,
  })
  const imported = Object.values(metafile.inputs).flatMap(({ imports }) => imports.map(({ path }) => path))
  expect(imported.filter((path) => path.startsWith('node:'))).toEqual([])
  const [bundle] = outputFiles
  const address = `data:text/javascript;base64,${Buffer.from(bundle?.text ?? '').toString('base64')}`
  const inBrowser = (await import(/* @vite-ignore */ address)) as typeof import('@isograd/report')
  const page = await inBrowser.renderReport([])
  expect(page).toBe(await renderReport([]))
  expect(page).toMatch(/^<!doctype html>/)
})
