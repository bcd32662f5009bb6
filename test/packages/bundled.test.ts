/** Packages in the bundle of a page, by esbuild without settings, where nothing is installed but what must be. */
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { runInNewContext } from 'node:vm'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { installPacked, needsOf, type PackageFolder, packages, root, withoutOptional } from './install.js'

/** Modules for pages, by the package that they are of. The playground is a page itself. */
const entries: Readonly<
  Record<Exclude<PackageFolder, 'cli' | 'create-isograd-adapter' | 'playground'>, readonly string[]>
> = {
  core: ['', '/backend', '/ir', '/data', '/compare', '/conformance', '/export', '/sweep', '/text'],
  report: [''],
  compiler: ['', '/wasm', '/emissions'],
  'onnx-adapter': [''],
  'tfjs-adapter': [''],
  'jaxjs-adapter': [''],
}
const folders = Object.keys(entries) as (keyof typeof entries)[]

/** Packages that read some data, and that a bundle goes without where they are not installed. */
const optional = ['apache-arrow', 'fast-png', 'hyparquet']

let project: string

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'isograd-bundled-'))
  const needs = new Set(['onnxruntime-web'])
  for (const folder of folders) {
    await installPacked(project, folder)
    for (const need of await needsOf(packages[folder], withoutOptional)) needs.add(need)
  }
  for (const need of needs) {
    const [source, target] = [root, project].map((place) => join(place, 'node_modules', need)) as [string, string]
    if (need.startsWith('@isograd/') || !existsSync(source)) continue
    await mkdir(dirname(target), { recursive: true })
    await symlink(source, target)
  }
})

afterAll(async () => {
  await rm(project, { recursive: true, force: true })
})

async function bundle(names: readonly string[], settings: { readonly external?: string[] } = {}) {
  const contents = names.map((name, at) => `import * as m${at} from '${name}'\nglobalThis.m${at} = m${at}`).join('\n')
  const stdin = { contents, resolveDir: project }
  const fixed = { bundle: true, platform: 'browser', write: false, metafile: true, logLevel: 'silent' } as const
  const { warnings, metafile, outputFiles } = await build({ ...fixed, ...settings, stdin })
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports)
  const outside = new Set(imports.filter(({ external }) => external).map(({ path }) => path))
  return { warnings: warnings.map(({ text }) => text), outside: [...outside].toSorted(), code: outputFiles[0]?.text }
}

test.each(folders)('%s is bundled with its runtime, and without what is not installed', async (folder) => {
  const names = entries[folder].map((path) => packages[folder] + path)
  const { warnings, outside } = await bundle(names)
  expect(warnings).toEqual([])
  expect(outside.filter((name) => !optional.includes(name))).toEqual([])
})

test.each(folders)('%s is imported where there is nothing of Node', async (folder) => {
  const names = entries[folder].map((path) => packages[folder] + path)
  const external = ['onnxruntime-web', '@tensorflow/*', '@jax-js/jax']
  const { code = '' } = await bundle(names, { external })
  const page: Record<string, object> = { TextEncoder, TextDecoder, URL, performance, setTimeout }
  runInNewContext(code, page)
  expect(names.map((_, at) => Object.keys(page[`m${at}`] ?? {}).length > 0)).toEqual(names.map(() => true))
})
