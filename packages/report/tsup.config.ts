import { build, type Plugin } from 'esbuild'
import { defineConfig } from 'tsup'

/** `page-assets:FILE` is a file of `src` with all that it imports, minified, as text: the page carries it along. */
const pageAssets: Plugin = {
  name: 'page-assets',
  setup(bundler) {
    // The question mark keeps tsup's own handling of style sheets from taking this one.
    bundler.onResolve({ filter: /^page-assets:/ }, ({ path }) => ({
      path: `src/${path.slice('page-assets:'.length)}?`,
      namespace: 'page-assets',
    }))
    bundler.onLoad({ filter: /.*/, namespace: 'page-assets' }, async ({ path }) => {
      const { outputFiles } = await build({
        entryPoints: [path.slice(0, -1)],
        bundle: true,
        minify: true,
        charset: 'utf8',
        format: 'iife',
        target: 'es2022',
        write: false,
      })
      return { contents: outputFiles[0]?.text ?? '', loader: 'text' }
    })
  },
}

export default defineConfig({
  entry: ['src/index.ts', 'src/live.ts'],
  format: ['esm'],
  target: 'node20',
  dts: false,
  clean: true,
  treeshake: true,
  esbuildPlugins: [pageAssets],
})
