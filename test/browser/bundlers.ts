/** Bundlers with the settings that they have by themselves, but for one file in the place of several. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import commonjs from '@rollup/plugin-commonjs'
import { nodeResolve } from '@rollup/plugin-node-resolve'
import { type Plugin, rollup } from 'rollup'
import { build as vite } from 'vite'
import webpack from 'webpack'
import { bundledText } from './esbuild.js'

/** Makes one module of a file and of all that it imports; the file stands in `root`, so that packages are found. */
export type Bundle = (file: string) => Promise<string>

/** The directory that packages are found from. */
export const root: string = fileURLToPath(new URL('../..', import.meta.url))

function textOf(output: readonly object[]): string {
  return output.map((part) => ('code' in part ? String(part.code) : '')).join('\n')
}

const viteBundle: Bundle = async (file) => {
  const rolldownOptions = { input: file, output: { codeSplitting: false } }
  const built = await vite({ root, configFile: false, logLevel: 'silent', build: { write: false, rolldownOptions } })
  return textOf('output' in built ? built.output : [])
}

/** Rollup finds packages, and reads those that are CommonJS, by the two plugins that its guide names. */
const rollupBundle: Bundle = async (file) => {
  // Its types are those of a CommonJS module, which it is not.
  const plugins = [nodeResolve({ browser: true }), (commonjs as unknown as () => Plugin)()]
  const made = await rollup({ input: file, plugins, treeshake: false, onLog: () => {} })
  const { output } = await made.generate({ format: 'es', inlineDynamicImports: true })
  await made.close()
  return textOf(output)
}

const webpackBundle: Bundle = (file) =>
  new Promise((done, failed) => {
    const path = `${file}.webpack`
    const plugins = [new webpack.optimize.LimitChunkCountPlugin({ maxChunks: 1 })]
    webpack(
      { mode: 'development', devtool: false, context: root, entry: file, output: { path, publicPath: '' }, plugins },
      (error, stats) => {
        if (error !== null || stats === undefined || stats.hasErrors())
          failed(error ?? new Error(stats?.toString('errors-only')))
        else done(readFileSync(join(path, 'main.js'), 'utf8'))
      },
    )
  })

/** The bundlers by name. */
export const bundlers: Readonly<Record<string, Bundle>> = {
  esbuild: (file) => bundledText({ entryPoints: [file] }),
  Vite: viteBundle,
  Rollup: rollupBundle,
  webpack: webpackBundle,
}
