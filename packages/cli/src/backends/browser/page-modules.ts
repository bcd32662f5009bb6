/**
 * The modules that a page loads: directories of packages, each under an address of its own, and the import map by which the
 * imports in them are resolved as Node would resolve them, by the conditions of browsers.
 */
import { realpathSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { exportTarget, installedDirectory, type PackageEntry, readManifest } from '../../disk/package-entry.js'
import { type Fields, isFields } from '../../disk/read-json.js'

/** A package whose modules a browser cannot load one by one. */
interface BundledPackage {
  /** The module that it ships with all that it needs in it; none for a package that is not for pages. */
  readonly bundle?: string
  /** Other names by which that module is imported, by bundles of its own kind. */
  readonly alsoNamed?: readonly string[]
  /** Modules of Node that the bundle imports and does not use in a page. */
  readonly unused?: readonly string[]
  /** Packages that the bundle imports. */
  readonly imports?: readonly string[]
}

/** Packages of which the page takes a bundle: adding a runtime for pages is a line here. */
const bundled: Readonly<Record<string, BundledPackage>> = {
  '@tensorflow/tfjs': { bundle: 'dist/tf.fesm.min.js', alsoNamed: ['@tensorflow/tfjs-core'] },
  '@tensorflow/tfjs-backend-wasm': {
    bundle: 'dist/tf-backend-wasm.fesm.min.js',
    unused: ['fs', 'path', 'os', 'perf_hooks', 'worker_threads'],
    imports: ['@tensorflow/tfjs'],
  },
  '@tensorflow/tfjs-backend-webgpu': {
    bundle: 'dist/tf-backend-webgpu.fesm.min.js',
    imports: ['@tensorflow/tfjs'],
  },
  '@tensorflow/tfjs-node': {},
  'onnxruntime-node': {},
}

/** Conditions of `exports` that hold in a page. */
const conditions: ReadonlySet<string> = new Set(['browser', 'import', 'module', 'default'])

const EMPTY = 'data:text/javascript,export default {}'

type Imports = Record<string, string>

/** An import map. */
export interface ImportMap {
  readonly scopes: Readonly<Record<string, Imports>>
}

function withoutDot(path: string): string {
  return path.replace(/^\.\//, '')
}

/** The entry of a package that has no `exports`. */
function plainEntry({ browser, module, main }: Fields): string {
  return [browser, module, main].find((path) => typeof path === 'string') ?? 'index.js'
}

/** The addresses of what a package exports, below its own. */
function exportsOf(name: string, manifest: Fields): Imports {
  const { exports: exported } = manifest
  if (exported === undefined) return { [name]: withoutDot(plainEntry(manifest)), [`${name}/`]: '' }
  const isByPath = isFields(exported) && Object.keys(exported).some((key) => key.startsWith('.'))
  const byPath = isByPath ? exported : { '.': exported }
  return Object.fromEntries(
    Object.entries(byPath).flatMap(([path, target]) => {
      const file = path.includes('*') ? undefined : exportTarget(target, conditions)
      return file === undefined ? [] : [[name + path.slice(1), withoutDot(file)]]
    }),
  )
}

function namesIn(field: unknown): string[] {
  return isFields(field) ? Object.keys(field) : []
}

/** The packages of a page. */
export class PageModules {
  /** Directories by the address that they are served under. */
  readonly directories = new Map<string, string>()
  readonly #addresses = new Map<string, string>()
  readonly #scopes: Record<string, Imports> = {}

  get importMap(): ImportMap {
    return { scopes: this.#scopes }
  }

  /** Takes in the package of a directory, and those that it imports. @returns its address. */
  add(directory: string): string {
    const real = realpathSync(directory)
    const known = this.#addresses.get(real)
    if (known !== undefined) return known
    const address = `packages/${this.#addresses.size}/`
    this.#addresses.set(real, address)
    this.directories.set(address, real)
    const manifest = readManifest(real)
    const { name, dependencies, peerDependencies } = manifest
    const bundle = Object.hasOwn(bundled, String(name)) ? bundled[String(name)] : undefined
    // A file that belongs to no package says nothing of what it imports: adapters import core.
    const said = name === undefined ? ['@isograd/core'] : [...namesIn(dependencies), ...namesIn(peerDependencies)]
    const wanted = bundle?.imports ?? (bundle ? [] : said)
    const unused = (bundle?.unused ?? []).map((module) => [module, EMPTY])
    // A package may import itself by its name.
    const own = typeof name === 'string' ? this.#importsOf(name, real) : {}
    const imports = wanted.map((each) => this.#installed(each, real))
    this.#scopes[`./${address}`] = Object.assign(Object.fromEntries(unused), own, ...imports) as Imports
    return address
  }

  #installed(name: string, from: string): Imports {
    const found = installedDirectory(name, from)
    return found === undefined ? {} : this.#importsOf(name, found)
  }

  /** The addresses by which a package is imported. */
  #importsOf(name: string, directory: string): Imports {
    const address = this.add(directory)
    const bundle = Object.hasOwn(bundled, name) ? bundled[name] : undefined
    const paths =
      bundle === undefined
        ? exportsOf(name, readManifest(directory))
        : Object.fromEntries([name, ...(bundle.alsoNamed ?? [])].map((each) => [each, bundle.bundle]))
    return Object.fromEntries(
      Object.entries(paths).flatMap(([each, path]) => (path === undefined ? [] : [[each, `./${address}${path}`]])),
    )
  }

  /** The address of a module of a package: its entry, of which pages may have another, or any other file. */
  entryOf({ directory, url, packageName }: PackageEntry): string {
    const address = this.add(directory)
    const { name, exports: exported, browser } = readManifest(directory)
    const target = exported === undefined ? browser : exportTarget(exported, conditions)
    if (name === packageName && typeof target === 'string') return address + withoutDot(target)
    return address + url.slice(pathToFileURL(`${directory}/`).href.length)
  }
}
