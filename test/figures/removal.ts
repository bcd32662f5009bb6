/**
 * Takes one record out of a temporary copy of the sources: its files and its line in its table. What the compiler and a
 * search for its name then find are the places that know this one record, where a table should be all that does.
 */
import { execFile } from 'node:child_process'
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'

/** A record and where it stands; paths are those within `packages/core/src`. */
export interface Removable {
  /** The name by which a document calls it. */
  readonly name: string
  /** Its files and folders. */
  readonly files: readonly string[]
  /** The file that lists it. */
  readonly table: string
}

/** Where a record is still known after it has been removed, as `path:line: text`. */
export interface Traces {
  readonly errors: readonly string[]
  readonly literals: readonly string[]
}

const CORE = 'packages/core/src'

/** Entries of a package of the checkout as the compiler resolves them, from its built files back to the sources. */
async function sourcePaths(root: string, folder: string): Promise<[string, string[]][]> {
  const manifest = JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8')) as {
    readonly name: string
    readonly exports?: Readonly<Record<string, string | { readonly types?: string }>>
  }
  return Object.entries(manifest.exports ?? {}).flatMap(([entry, target]): [string, string[]][] => {
    const types = typeof target === 'string' ? undefined : target.types
    if (types === undefined) return []
    const source = types.replace('./dist/', 'src/').replace(/\.d\.ts$/, '.ts')
    return [[`${manifest.name}${entry.slice(1)}`, [`./${folder}/${source}`]]]
  })
}

async function writeSettings(root: string, copy: string, folders: readonly string[]): Promise<void> {
  const paths = await Promise.all(folders.map((folder) => sourcePaths(root, folder)))
  const compilerOptions = {
    noEmit: true,
    types: ['node'],
    // The page's own script is compiled along with the rest.
    lib: ['ES2023', 'DOM', 'DOM.Iterable'],
    paths: Object.fromEntries(paths.flat()),
  }
  // A service worker has other names around it than a page.
  const exclude = ['packages/playground/src/offline']
  const settings = { extends: './tsconfig.base.json', compilerOptions, include: ['packages/*/src'], exclude }
  await writeFile(join(copy, 'tsconfig.json'), JSON.stringify(settings))
}

async function copyPackage(root: string, copy: string, folder: string): Promise<void> {
  await cp(join(root, folder, 'src'), join(copy, folder, 'src'), { recursive: true })
  // Code outside `src` may be imported for its types or its version.
  await cp(join(root, folder, 'package.json'), join(copy, folder, 'package.json'))
  const modules = join(root, folder, 'node_modules')
  if (existsSync(modules)) await symlink(modules, join(copy, folder, 'node_modules'))
}

/** A temporary copy of the sources of all packages that compiles where the checkout does; the caller removes it. */
export async function copySources(root: string): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), 'isograd-removal-'))
  const names = await readdir(join(root, 'packages'))
  const folders = names.map((name) => `packages/${name}`).filter((folder) => existsSync(join(root, folder, 'src')))
  await Promise.all(folders.map((folder) => copyPackage(root, copy, folder)))
  await cp(join(root, 'tsconfig.base.json'), join(copy, 'tsconfig.base.json'))
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'))
  await writeSettings(root, copy, folders)
  return copy
}

const IMPORT = /^import\s+(?:type\s+)?(?:([\w$]+)|\{([^}]*)\})\s+from '(\.[^']+)'\n/gm

/** Names under which a list of imports is known in its file. */
function localNames(list: string): string[] {
  const entries = list.split(',').map((entry) => entry.trim().replace(/^type /, ''))
  return entries.map((entry) => entry.split(' as ').at(-1) ?? entry).filter((entry) => entry !== '')
}

/** A table's text without the imports from the removed files, and without the entries of what they brought. */
function withoutRecord(text: string, isRemoved: (specifier: string) => boolean): string {
  const names: string[] = []
  const rest = text.replaceAll(IMPORT, (all, only: string | undefined, list: string | undefined, from: string) => {
    if (!isRemoved(from)) return all
    names.push(...localNames(only ?? list ?? ''))
    return ''
  })
  return names.reduce((table, name) => {
    const entry = new RegExp(`(?<=[{,\\s])(?:(?:'[^']*'|[\\w$]+):\\s*)?\\b${name}\\b\\s*(?:,[ \\t]*\\n?|(?=\\}))`, 'g')
    return table.replaceAll(entry, '')
  }, rest)
}

/** Removes a record from a copy. @throws Error when its table does not list it in the way that a table does. */
export async function removeRecord(copy: string, { name, files, table }: Removable): Promise<void> {
  const path = join(copy, CORE, table)
  const removed = files.map((file) => join(copy, CORE, file))
  const before = await readFile(path, 'utf8')
  const after = withoutRecord(before, (specifier) => {
    const target = resolve(dirname(path), specifier.replace(/\.js$/, '.ts'))
    return removed.some((file) => target === file || target.startsWith(`${file}/`))
  })
  // One line for the import, and one for the entry where a line holds a single one.
  if (before.split('\n').length - after.split('\n').length < 2) {
    throw new Error(`${table}: expected an import of "${name}" and its line in the table, got none`)
  }
  await writeFile(path, after)
  await Promise.all(removed.map((file) => rm(file, { recursive: true })))
}

/** The compiler's errors on a copy, one line each. @throws Error when it cannot be run. */
export async function compile(root: string, copy: string): Promise<string[]> {
  const compiler = join(root, 'node_modules/.bin/tsc')
  const output = await new Promise<string>((done, fail) => {
    // The other cores have tests to run.
    const settings = ['--noEmit', '--singleThreaded', '--pretty', 'false', '-p', copy]
    execFile(compiler, settings, { cwd: copy, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      if (error === null || typeof error.code === 'number') done(`${stdout}${stderr}`)
      else fail(error)
    })
  })
  return output.split('\n').filter((line) => line.includes('error TS'))
}

const COMMENT = /^\s*(?:\/\/|\/\*|\*)/

/** Lines of code and data in a copy that have a name as a quoted literal. */
export async function literalsOf(copy: string, name: string): Promise<string[]> {
  const literal = new RegExp(`(['"\`])${name}\\1`)
  const entries = await readdir(join(copy, 'packages'), { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile() && /\.(?:tsx?|json)$/.test(entry.name))
  const found = files.map(async ({ parentPath, name: file }) => {
    const path = join(parentPath, file)
    const lines = (await readFile(path, 'utf8')).split('\n')
    return lines.flatMap((line, i) => {
      const isHit = literal.test(line) && !COMMENT.test(line)
      return isHit ? [`${relative(copy, path)}:${i + 1}: ${line.trim()}`] : []
    })
  })
  return (await Promise.all(found)).flat().toSorted()
}

/** Removes a record and says where it is still known, but for the places that may know it. */
export async function tracesOf(root: string, record: Removable, mayKnow: readonly RegExp[]): Promise<Traces> {
  const copy = await copySources(root)
  try {
    await removeRecord(copy, record)
    const isForbidden = (line: string): boolean => !mayKnow.some((place) => place.test(line))
    return {
      errors: (await compile(root, copy)).filter(isForbidden),
      literals: (await literalsOf(copy, record.name)).filter(isForbidden),
    }
  } finally {
    await rm(copy, { recursive: true })
  }
}
