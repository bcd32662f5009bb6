/**
 * Modules of the user's that add records: layers, losses, data and the rest. `--use` names them by path or by package and
 * they are loaded here, in every process that makes plans; nothing that is read from a file loads one by itself.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { builtins, type Extension, InputError, type Registry } from '@isograd/core'
import { entryOfPackage, entryOfPath, isPackageName, isPath } from '../disk/package-entry.js'
import { messageOf } from '../errors/failure.js'
import { placeOfSyntax } from '../errors/syntax-place.js'

function fail(use: string, message: string, cause?: unknown): never {
  throw new InputError('isograd', `${role(use)}: ${message}`, { cause })
}

function role(use: string): string {
  return `--use ${use}`
}

/** The address of a module. @throws InputError when there is none. */
function find(use: string, cwd: string): string {
  if (isPath(use)) return entryOfPath(use, cwd, role).url
  const here = fileURLToPath(new URL('.', import.meta.url))
  const entry = isPackageName(use) ? entryOfPackage(use, [cwd, here], role) : undefined
  return entry?.url ?? fail(use, `there is no such package; install it, or name a file by its path: ./${use}`)
}

/** The records that a module exports. */
async function importExtension(use: string, url: string): Promise<Extension> {
  const module = (await import(url).catch((error: unknown) => {
    const [line = ''] = messageOf(error).split('\n', 1)
    const cure = /Cannot find package '@isograd\//.test(line) ? '; run npm install @isograd/core in its folder' : ''
    return fail(use, `it cannot be loaded: ${line}${placeOfSyntax(error, fileURLToPath(url))}${cure}`, error)
  })) as { readonly default?: unknown; readonly extension?: unknown }
  const exported = module.extension ?? module.default
  const isObject = typeof exported === 'object' && exported !== null
  if (isObject && Object.keys(exported).length > 0) return exported
  const got = exported === undefined ? 'neither' : isObject ? 'an empty object' : `a ${typeof exported}`
  return fail(use, `expected tables of records as the export "extension" or as the default export, got ${got}`)
}

function extended(registry: Registry, use: string, extension: Extension, url: string): Registry {
  const name = isPath(use) ? basename(use) : use
  if (registry.modules.some((module) => module.name === name)) {
    fail(use, `another module is called "${name}" too; records could not tell them apart`)
  }
  const sha256 = createHash('sha256')
    .update(readFileSync(fileURLToPath(url)))
    .digest('hex')
  try {
    return registry.extend(extension, { name, sha256 })
  } catch (error) {
    return fail(use, messageOf(error).replace(/^\[core\] (extension "[^"]*": )?/, ''), error)
  }
}

/**
 * The registry of everything that comes with isograd and of some modules, in the order in which they are named.
 * @throws InputError for a module that is not there, throws, exports no records, or takes a name that is taken.
 */
export async function loadRegistry(uses: readonly string[] = [], cwd: string = process.cwd()): Promise<Registry> {
  let registry = builtins
  const loaded = new Set<string>()
  for (const use of uses) {
    const url = find(use, cwd)
    if (loaded.has(url)) continue
    loaded.add(url)
    // oxlint-disable-next-line no-await-in-loop -- each adds to what is there already
    registry = extended(registry, use, await importExtension(use, url), url)
  }
  return registry
}
