/** The document of `isograd files --json`, and how it is made: every file of a directory of runs, held against its digest. */
import { type Dirent, lstatSync, readdirSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { InputError } from '@isograd/core'
import { digestsIn, type FileDigests, type FileState, fileState, reasonOf, sealedState } from '@isograd/core/node'
import { readText } from '../disk/read-json.js'
import { PLAN_FILE, plannedFiles, planState } from './command-plan.js'
import { DIGESTS_FILE, digestsState } from './digests-file.js'
import { RESUME_FILE, resumeState } from './resume-settings.js'
import { STRETCHES_FILE } from './run-directory.js'

/** A file and its state. */
export interface ListedFile {
  /** Relative to the directory. */
  readonly path: string
  readonly state: FileState
}

/** The document that `isograd files --json` prints: all files of a directory. */
export interface FilesDocument {
  readonly schema: 'isograd.files/1'
  readonly directory: string
  readonly files: readonly ListedFile[]
}

function unreadable(directory: string, error: unknown): never {
  const reason = reasonOf(error)
  throw new InputError('isograd', `${directory}: expected a directory that --out has made: it ${reason}`, {
    cause: error,
  })
}

function entriesOf(directory: string): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
  } catch (error) {
    return unreadable(directory, error)
  }
}

/** Digests in the plan of the command around a run, which are those of its record. */
function digestsAround(directory: string): FileDigests {
  const place = resolve(directory)
  const prefix = `${basename(place)}/`
  const own = Object.entries(plannedFiles(dirname(place))).filter(([name]) => name.startsWith(prefix))
  return Object.fromEntries(own.map(([name, digest]) => [name.slice(prefix.length), digest]))
}

/** The digests that are known of files in a directory of runs, or of a run, by path in it. */
async function digestsOf(directory: string, entries: readonly Dirent[]): Promise<FileDigests> {
  const inner = await Promise.all(
    entries
      .filter((entry) => entry.isDirectory())
      .map(async ({ name }) => {
        const place = join(directory, name)
        const digests = Object.entries({ ...plannedFiles(place), ...(await digestsIn(place)) })
        return digests.map(([file, digest]) => [`${name}/${file}`, digest] as const)
      }),
  )
  // A record that cannot be read is damaged, whatever else is known of it.
  const known = { ...digestsAround(directory), ...plannedFiles(directory) }
  return { ...known, ...(await digestsIn(directory)), ...Object.fromEntries(inner.flat()) }
}

/** Levels that are looked into: what is exported of a run in a directory of runs. */
const DEEPEST = 3

/** Files of a directory and of those in it, by path; what lies deeper is told by its directory. */
function namesIn(directory: string, entries: readonly Dirent[], depth = 1): string[] {
  return entries.flatMap((entry) => {
    if (!entry.isDirectory() || depth === DEEPEST) return [entry.name]
    const place = join(directory, entry.name)
    return namesIn(place, entriesOf(place), depth + 1).map((name) => `${entry.name}/${name}`)
  })
}

/** The check of a file that holds its own digest, by the file's name; undefined for any other. */
export type OwnState = (name: string) => ((path: string) => FileState) | undefined

const states = new Map<string, (directory: string) => FileState>([
  [PLAN_FILE, planState],
  [RESUME_FILE, resumeState],
  [DIGESTS_FILE, digestsState],
  [STRETCHES_FILE, (directory) => sealedState(readText(join(directory, STRETCHES_FILE)))],
])

const documents: OwnState = (name) => {
  const state = states.get(name)
  return state === undefined ? undefined : (path) => state(dirname(path))
}

/** The state of a file: by the digests that it holds itself, as it may have grown, or by the one that was kept of it. */
function stateOf(path: string, expected: string | undefined, others: OwnState): FileState {
  const name = basename(path)
  const look = documents(name) ?? others(name)
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (look === undefined || found === undefined) return expected === undefined ? 'unknown' : fileState(path, expected)
  return found.isFile() ? look(path) : 'changed'
}

/** Holds every file of a directory against its digest. @param others of documents of other kinds. @throws InputError for one that cannot be read. */
export async function filesDocument(directory: string, others: OwnState = () => undefined): Promise<FilesDocument> {
  const entries = entriesOf(directory)
  const digests = await digestsOf(directory, entries)
  const paths = [...new Set([...namesIn(directory, entries), ...Object.keys(digests)])].toSorted()
  try {
    const files = paths.map((path): ListedFile => {
      // Own ones: a file may be called `constructor`.
      const expected = Object.hasOwn(digests, path) ? digests[path] : undefined
      return { path, state: stateOf(join(directory, path), expected, others) }
    })
    return { schema: 'isograd.files/1', directory, files }
  } catch (error) {
    return unreadable(directory, error)
  }
}
