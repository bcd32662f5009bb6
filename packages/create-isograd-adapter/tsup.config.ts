import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Plugin } from 'esbuild'
import { defineConfig } from 'tsup'

/** `template:FILE` is a file of `src/template`, or `template:example/FILE` one of the adapter of the examples, as text. */
const templates: Plugin = {
  name: 'templates',
  setup(bundler) {
    bundler.onResolve({ filter: /^template:/ }, ({ path }) => ({ path, namespace: 'template' }))
    bundler.onLoad({ filter: /.*/, namespace: 'template' }, async ({ path }) => {
      const [, example, file = ''] = /^template:(example\/)?(.*)$/.exec(path) ?? []
      const folder = example === undefined ? 'src/template' : '../../examples/plain-js-adapter'
      return { contents: await readFile(join(folder, file), 'utf8'), loader: 'text' }
    })
  },
}

export default defineConfig({
  entry: ['src/index.ts', 'src/main.ts'],
  format: ['esm'],
  target: 'node20',
  dts: false,
  clean: true,
  treeshake: true,
  esbuildPlugins: [templates],
})
