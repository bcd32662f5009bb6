/**
 * Makes `dist/site`, the page as static files: a small module that shows it, workers with core, a module for each runtime,
 * which are fetched when they are needed, and a service worker that keeps them all.
 */
import { createHash } from 'node:crypto'
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { colourRules } from '@isograd/report/live'
import { build } from 'esbuild'

const out = 'dist/site'
rmSync('dist', { recursive: true, force: true })
mkdirSync(out, { recursive: true })

/** The policy of the page: it loads its own files, and nothing else. */
function policyWith(scripts) {
  const own = ["style-src 'self'", "connect-src 'self'", "worker-src 'self' blob:", 'img-src data:']
  return ["default-src 'none'", `script-src ${scripts}`, ...own, "base-uri 'none'", "form-action 'none'"].join('; ')
}

/** Colours of more arms than this begin anew. */
const ARMS = 24

const shared = { bundle: true, format: 'esm', target: 'es2022', logLevel: 'error', charset: 'utf8' }
// Runtimes start their threads from texts that they have made.
const POLICY = JSON.stringify(`${policyWith("'self' blob: 'wasm-unsafe-eval'")}; frame-ancestors 'none'`)
await build({ ...shared, entryPoints: ['src/index.ts'], outdir: 'dist', platform: 'node', define: { POLICY } })
const { outputFiles } = await build({
  ...shared,
  entryPoints: ['src/presets.ts'],
  platform: 'node',
  packages: 'external',
  write: false,
})
writeFileSync('dist/presets.mjs', outputFiles[0].text)
const { pagePresets } = await import('./dist/presets.mjs')
rmSync('dist/presets.mjs')

const presets = {
  name: 'presets',
  setup(bundler) {
    bundler.onResolve({ filter: /^playground:presets$/ }, ({ path }) => ({ path, namespace: 'playground' }))
    bundler.onLoad({ filter: /.*/, namespace: 'playground' }, () => ({
      contents: JSON.stringify(pagePresets()),
      loader: 'json',
    }))
  },
}

const { metafile } = await build({
  ...shared,
  metafile: true,
  entryPoints: ['src/site/page.ts', 'src/site/page.css', 'src/work/worker.ts'],
  entryNames: '[name]',
  outdir: out,
  platform: 'browser',
  splitting: true,
  minify: true,
  plugins: [presets],
  // Formats of files, of which a page reads none.
  external: [
    'apache-arrow',
    'fast-png',
    'hyparquet',
    'sharp',
    'fs',
    'path',
    'os',
    'perf_hooks',
    'worker_threads',
    'crypto',
    'util',
  ],
})
writeFileSync(join(out, 'page.css'), readFileSync(join(out, 'page.css'), 'utf8') + colourRules(ARMS))
writeFileSync(
  join(out, 'index.html'),
  readFileSync('src/site/index.html', 'utf8').replace('%POLICY%', policyWith("'self'")),
)

const wasm = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))
for (const name of ['tfjs-backend-wasm-simd.wasm', 'tfjs-backend-wasm-threaded-simd.wasm']) {
  copyFileSync(join(wasm, name), join(out, name))
}

/** Packages of others whose code is in the page, each with its directory; what is left out has no directory. */
const packages = new Map(
  Object.keys(metafile.inputs).flatMap((path) => {
    const [, directory, name] = /^([^(]*node_modules\/((?:@[^/]+\/)?[^/]+))/.exec(path) ?? []
    return directory === undefined ? [] : [[name, directory]]
  }),
)
const licences = [...packages.keys()].toSorted().map((name) => {
  const directory = packages.get(name)
  const { version, license } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))
  const file = readdirSync(directory).find((each) => /^licen[cs]e/i.test(each))
  return `${name} ${version}: ${license}\n\n${file === undefined ? '' : readFileSync(join(directory, file), 'utf8')}`
})
writeFileSync(join(out, 'licences.txt'), licences.join(`\n${'-'.repeat(80)}\n\n`))

const files = readdirSync(out).toSorted()
const digest = createHash('sha256')
for (const file of files) digest.update(file).update(readFileSync(join(out, file)))
const define = {
  POLICY,
  FILES: JSON.stringify(['./', ...files]),
  VERSION: JSON.stringify(digest.digest('hex').slice(0, 16)),
}
await build({ ...shared, format: 'iife', entryPoints: ['src/offline/sw.ts'], outdir: out, minify: true, define })
