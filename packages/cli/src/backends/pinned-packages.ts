/**
 * Packages of other versions than those that are installed, for one process: whatever imports or requires one of them by name
 * gets it from another directory, an adapter of ours and one of a third party alike, and what it needs itself comes from there.
 */
import Module, { register } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** The directory that each of some packages is taken from, as `node_modules` of it holds them. */
export type PinnedPackages = Readonly<Record<string, string>>

/** The variable by which a process is told of them. */
const VARIABLE = 'ISOGRAD_PINNED_PACKAGES'

/** The environment of a process that takes packages from elsewhere. */
export function pinnedEnvironment(packages: PinnedPackages): Readonly<Record<string, string>> {
  return { [VARIABLE]: JSON.stringify(packages) }
}

/** Hooks of `import`, which Node runs in a thread of their own, as the text of their module. */
const hooks = `
let places = {}
export function initialize(given) { places = given }
export function resolve(specifier, context, next) {
  const name = Object.keys(places).find((each) => specifier === each || specifier.startsWith(each + '/'))
  return next(specifier, name === undefined ? context : { ...context, parentURL: places[name] })
}`

/** The part of `Module` by which Node resolves every \`require\`; whoever changes how packages are found replaces it. */
interface Resolver {
  _resolveFilename(request: string, parent: unknown, ...rest: readonly unknown[]): string
  _nodeModulePaths(directory: string): string[]
}

/** A file that is not there, in the directory: what it would import is what is installed for that. */
function importerIn(directory: string): string {
  return join(directory, 'importer.js')
}

function pinRequired(packages: PinnedPackages): void {
  const resolver = Module as unknown as Resolver
  const resolve = resolver._resolveFilename.bind(Module)
  resolver._resolveFilename = (request, parent, ...rest) => {
    const name = Object.keys(packages).find((each) => request === each || request.startsWith(`${each}/`))
    const directory = name === undefined ? undefined : packages[name]
    if (directory === undefined) return resolve(request, parent, ...rest)
    const filename = importerIn(directory)
    const importer = { id: filename, filename, paths: resolver._nodeModulePaths(dirname(filename)) }
    return resolve(request, importer, ...rest)
  }
}

/** Takes the packages that the environment of this process names from where it says; before anything imports one. */
export function pinPackages(text: string | undefined = process.env[VARIABLE]): void {
  if (text === undefined) return
  const packages = JSON.parse(text) as PinnedPackages
  const entries = Object.entries(packages).map(([name, directory]) => [name, pathToFileURL(importerIn(directory)).href])
  register(`data:text/javascript,${encodeURIComponent(hooks)}`, { data: Object.fromEntries(entries) })
  pinRequired(packages)
}
