/** The command: asks for what it was not told, writes the package in one go, and says what to do next. */
import { readdirSync, statSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { parseArgs } from 'node:util'
import { InputError } from '@isograd/core'
import { type FileChange, makeDirectory, removeEmpty, writeTogether } from '@isograd/core/node'
import { visible } from '@isograd/core/text'
import { adapterFiles, backendName } from './index.js'

const help = `Usage: npm create isograd-adapter [directory] -- [options]

makes a package by which a runtime trains isograd's programs, with its conformance test

Options:
  --name <name>        of the backend (default: that of the directory)
  --runtime <package>  the runtime on npm; "none" for kernels in plain JavaScript
  --help               print this help

On a terminal what is not given is asked for.

Examples:
  npm create isograd-adapter
  npm create isograd-adapter isograd-adapter-tiny -- --runtime tiny-runtime

Exit status:
  0 the package was made, 2 wrong input, and nothing was written
`

/** The command line. */
interface Given {
  readonly directory: string | undefined
  readonly name: string | undefined
  readonly runtime: string | undefined
}

/** @throws InputError for an option or an argument that there is not */
function readArguments(args: readonly string[]): Given | 'help' {
  const options = { name: { type: 'string' }, runtime: { type: 'string' }, help: { type: 'boolean' } } as const
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
    const [directory, superfluous] = positionals
    if (superfluous !== undefined) throw new Error(`expected one directory, got "${superfluous}" too`)
    return values.help === true ? 'help' : { directory, name: values.name, runtime: values.runtime }
  } catch (error) {
    throw new InputError('create-isograd-adapter', `${(error as Error).message}; see --help`, { cause: error })
  }
}

async function ask(question: string): Promise<string | undefined> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) return undefined
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  try {
    return (await terminal.question(`${question} `)).trim()
  } catch (error) {
    throw new InputError('create-isograd-adapter', 'nobody answered; nothing was written', { cause: error })
  } finally {
    terminal.close()
  }
}

/** @throws InputError where it is told nowhere, and there is no terminal to ask on */
async function nameOf({ name, directory }: Given): Promise<string> {
  const found = name ?? (directory === undefined ? await ask('Name of the backend:') : basename(resolve(directory)))
  if (found !== undefined) return backendName(found)
  throw new InputError('create-isograd-adapter', 'expected a directory or --name, got none, and no terminal to ask on')
}

async function runtimeOf({ runtime }: Given): Promise<string | undefined> {
  const found = runtime ?? (await ask('Package of the runtime on npm (none for plain JavaScript):'))
  return found === undefined || found === '' || found === 'none' ? undefined : found
}

/** The reason that a directory cannot become the package; undefined where it is empty or absent. */
function inTheWay(directory: string): string | undefined {
  const found = statSync(directory, { throwIfNoEntry: false })
  if (found === undefined) return undefined
  if (!found.isDirectory()) return 'a file'
  return readdirSync(directory).length > 0 ? 'one with files in it' : undefined
}

/** Writes files with the directories that they need, which go where it fails. @throws the error of the file system */
function writeInNew(changes: readonly FileChange[]): void {
  const made: { readonly path: string; readonly outermost: string | undefined }[] = []
  try {
    for (const path of new Set(changes.map((change) => dirname(change.path)))) {
      made.unshift({ path, outermost: makeDirectory(path) })
    }
    writeTogether(changes)
  } catch (error) {
    for (const { path, outermost } of made) removeEmpty(path, outermost)
    throw error
  }
}

/** Writes all files or none. @throws InputError where there is something in it */
function writeAll(directory: string, files: Readonly<Record<string, string>>): void {
  const changes = Object.entries(files).map(([path, content]) => ({ path: join(directory, path), content }))
  try {
    const got = inTheWay(directory)
    if (got !== undefined) {
      throw new InputError('create-isograd-adapter', `${directory}: expected an empty directory, got ${got}`)
    }
    writeInNew(changes)
  } catch (error) {
    if (error instanceof InputError) throw error
    throw new InputError('create-isograd-adapter', `${directory}: cannot be written: ${(error as Error).message}`, {
      cause: error,
    })
  }
}

async function create(given: Given): Promise<string> {
  const name = await nameOf(given)
  const files = adapterFiles({ name, runtime: await runtimeOf(given) })
  const directory = resolve(given.directory ?? `isograd-adapter-${name}`)
  writeAll(directory, files)
  const place = relative(process.cwd(), directory)
  const steps = [
    ...(place === '' ? [] : [`cd ${/^[\w@./-]+$/.test(place) ? place : JSON.stringify(place)}`]),
    'npm install',
    'npm test',
  ]
  return `${place === '' ? '.' : place}: ${Object.keys(files).length} files. Next:\n${steps.map((step) => `  ${step}\n`).join('')}`
}

/** Runs the command. @returns its exit status */
export async function main(args: readonly string[]): Promise<0 | 2> {
  try {
    const given = readArguments(args)
    process.stdout.write(given === 'help' ? help : await create(given))
    return 0
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    process.stderr.write(`error: ${visible(error.message)}\n`)
    return 2
  }
}
