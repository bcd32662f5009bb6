/** Packages that ours import: pnpm and Yarn let a package import what it declares, and nothing else. */
import { readdir, readFile } from 'node:fs/promises'
import { builtinModules } from 'node:module'
import { join } from 'node:path'
import { build } from 'esbuild'
import { expect, test } from 'vitest'
import { type Manifest, type PackageFolder, packages, root } from './install.js'

/** The package of a module that is imported by name; undefined for a file and for a module of Node. */
function packageOf(name: string): string | undefined {
  const [first = '', second = ''] = name.split('/')
  const isBuiltIn = name.startsWith('node:') || builtinModules.includes(first)
  return name.startsWith('.') || isBuiltIn ? undefined : first.startsWith('@') ? `${first}/${second}` : first
}

/** Names that modules import, all of them left outside. */
async function importedBy(files: readonly string[]): Promise<readonly string[]> {
  const options = {
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    write: false,
    logLevel: 'error',
  } as const
  const made = await build({ ...options, entryPoints: [...files], outdir: '/nowhere', metafile: true })
  return Object.values(made.metafile.inputs).flatMap(({ imports }) =>
    imports.filter(({ external }) => external).map(({ path }) => path),
  )
}

/** Names in the text of modules: what types import, and what is resolved by its name. */
async function namedIn(files: readonly string[], pattern: RegExp): Promise<readonly string[]> {
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')))
  return texts.flatMap((text) => [...text.matchAll(pattern)].map(([, name = '']) => name))
}

/** All but the playground: what it has is a page, bundled with all that it needs. */
const folders = (Object.keys(packages) as PackageFolder[]).filter((folder) => folder !== 'playground')

test.each(folders)('%s declares what it imports', async (folder) => {
  const place = join(root, 'packages', folder)
  const all = (await readdir(join(place, 'dist'), { recursive: true })).map((name) => join(place, 'dist', name))
  const modules = all.filter((file) => file.endsWith('.js'))
  const types = all.filter((file) => file.endsWith('.d.ts'))
  const names = [
    ...(await importedBy(modules)),
    ...(await namedIn(modules, /\.resolve\(["']([\w@][^"']*)["']\)/g)),
    ...(await namedIn(types, /(?:from |import\()["']([^"']+)["']/g)),
  ]
  const manifest = JSON.parse(await readFile(join(place, 'package.json'), 'utf8')) as Manifest
  const declared = [packages[folder], ...Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })]
  const imported = new Set(names.map(packageOf).filter((name) => name !== undefined))
  expect(imported.size).toBeGreaterThan(0)
  expect([...imported].filter((name) => !declared.includes(name))).toEqual([])
})
