/** Packs packages of the workspace and installs them in projects outside of it, without a registry. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

export const run = promisify(execFile)
export const root = fileURLToPath(new URL('../..', import.meta.url))

/** Our packages: folder and name. */
export const packages = {
  core: '@isograd/core',
  report: '@isograd/report',
  playground: '@isograd/playground',
  compiler: '@isograd/compiler',
  'onnx-adapter': '@isograd/onnx-adapter',
  'tfjs-adapter': '@isograd/tfjs-adapter',
  'jaxjs-adapter': '@isograd/jaxjs-adapter',
  'create-isograd-adapter': 'create-isograd-adapter',
  cli: 'isograd',
} as const

/** Folder of one of our packages. */
export type PackageFolder = keyof typeof packages

const names: ReadonlySet<string> = new Set(Object.values(packages))

/** Links what is installed in one folder of the workspace, but for our own packages. */
export async function linkDependencies(source: string, target: string): Promise<void> {
  if (!existsSync(source)) return
  await mkdir(target, { recursive: true })
  for (const name of await readdir(source)) {
    const own = name.startsWith('.') || name.startsWith('@isograd') || names.has(name)
    if (!own) await symlink(join(source, name), join(target, name))
  }
}

/** Packs a package and unpacks what would be published into a project. */
export async function installPacked(project: string, folder: PackageFolder): Promise<void> {
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', project], {
    cwd: join(root, 'packages', folder),
  })
  const [packed] = JSON.parse(stdout) as { filename: string }[]
  const target = join(project, 'node_modules', packages[folder])
  await mkdir(target, { recursive: true })
  await run('tar', ['-xzf', join(project, packed?.filename ?? ''), '--strip-components=1', '-C', target])
  // Dependencies that npm did not hoist, because another version stands at the root.
  await linkDependencies(join(root, 'packages', folder, 'node_modules'), join(target, 'node_modules'))
}

/** The parts of a package's manifest that are read. */
export interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>
}

type NamesIn = (manifest: Manifest) => object

const withPeers: NamesIn = ({ dependencies, peerDependencies }) => ({ ...dependencies, ...peerDependencies })

/** Packages that npm installs with one unless told more: of the peers only those that are not optional. */
export const withoutOptional: NamesIn = ({ dependencies, peerDependencies, peerDependenciesMeta = {} }) => ({
  ...dependencies,
  ...Object.fromEntries(
    Object.entries(peerDependencies ?? {}).filter(([peer]) => peerDependenciesMeta[peer]?.optional !== true),
  ),
})

/** The dependencies of a package, with all that these need in turn. */
export async function needsOf(
  name: string,
  namesIn: NamesIn = withPeers,
  found = new Set<string>(),
): Promise<Set<string>> {
  const own = Object.entries(packages).find(([, each]) => each === name)
  const place = own === undefined ? join(root, 'node_modules', name) : join(root, 'packages', own[0])
  if (!existsSync(join(place, 'package.json'))) return found
  const manifest = JSON.parse(await readFile(join(place, 'package.json'), 'utf8')) as Manifest
  for (const need of Object.keys(namesIn(manifest))) {
    if (found.has(need)) continue
    found.add(need)
    await needsOf(need, namesIn, found)
  }
  return found
}

/** Installs a package with nothing but what it declares. */
export async function installAlone(project: string, folder: PackageFolder, namesIn = withPeers): Promise<void> {
  await installPacked(project, folder)
  for (const need of await needsOf(packages[folder], namesIn)) {
    const own = (Object.keys(packages) as PackageFolder[]).find((each) => packages[each] === need)
    if (own !== undefined) await installPacked(project, own)
    else if (existsSync(join(root, 'node_modules', need))) {
      const target = join(project, 'node_modules', need)
      await mkdir(join(target, '..'), { recursive: true })
      await symlink(join(root, 'node_modules', need), target)
    }
  }
}
