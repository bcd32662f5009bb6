/** The backend as a page gets it: bundled, small, and without anything of Node. */
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { expect, it } from 'vitest'

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

// A bundler for pages refuses what belongs to Node.
it('takes less than 60 KB compressed, core included', async () => {
  const { outputFiles } = await build({
    entryPoints: [file('../src/wasm/index.ts')],
    alias: {
      '@isograd/core/backend': file('../../core/src/backend/index.ts'),
      '@isograd/core/ir': file('../../core/src/ir/index.ts'),
    },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
  })
  const [bundle] = outputFiles
  expect(gzipSync(bundle?.contents ?? '').length).toBeLessThan(60 * 1024)
})
