/**
 * The four files of a data set in MNIST's format, found in a directory of the user's under any of their usual names and
 * uncompressed where need be. Parsing them is `data/formats/idx.ts`.
 */
import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { listText } from '../data/formats/format.js'
import type { IdxFour } from '../data/formats/idx-dataset.js'
import type { NamedBytes } from '../data/formats/idx.js'
import type { Checksum } from '../data/record.js'
import { failAt } from '../errors.js'
import { type Outcome, uncompress, verify } from './content.js'
import { reasonOf, requireRegular } from './file-errors.js'

/** Names of the four files as MNIST's authors gave them, without `.gz`. */
export const idxNames: IdxFour<string> = {
  trainImages: 'train-images-idx3-ubyte',
  trainLabels: 'train-labels-idx1-ubyte',
  testImages: 't10k-images-idx3-ubyte',
  testLabels: 't10k-labels-idx1-ubyte',
}

/** Applies `step` to each of four, one after the other. */
export async function eachOfFour<T, U>(
  four: IdxFour<T>,
  step: (one: T, role: keyof IdxFour<T>) => Promise<U>,
): Promise<IdxFour<U>> {
  return {
    trainImages: await step(four.trainImages, 'trainImages'),
    trainLabels: await step(four.trainLabels, 'trainLabels'),
    testImages: await step(four.testImages, 'testImages'),
    testLabels: await step(four.testLabels, 'testLabels'),
  }
}

/** Files, and those in folders that bear the name of one: so Kaggle's archives unpack. */
async function list(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch((error: unknown) => {
    const cure = `pass with --data-dir the directory that holds ${idxNames.trainImages}.gz and its three companions`
    return failAt(`data directory ${directory}`, `${reasonOf(error)}; ${cure}`, error)
  })
  const names = entries.map(async (entry) => {
    const inner = entry.isDirectory() ? await readdir(join(directory, entry.name)).catch(() => []) : []
    return inner.includes(entry.name) ? join(entry.name, entry.name) : entry.name
  })
  return (await Promise.all(names)).toSorted()
}

/** The file's actual name: with a dash or a dot before the type, compressed or not. */
function find(directory: string, present: readonly string[], name: string): string {
  const dotted = name.replace('-idx', '.idx')
  const candidates = [name, dotted, `${name}.gz`, `${dotted}.gz`]
  const found = candidates.map((candidate) => present.find((file) => basename(file) === candidate))
  const [first] = found.filter((file) => file !== undefined)
  if (first !== undefined) return first
  const got = present.length === 0 ? 'the directory is empty' : `found ${listText(present)}`
  const cure = 'add the file, or pass another directory with --data-dir'
  return failAt(`data directory ${directory}`, `expected ${name} or ${dotted}, with or without .gz, ${got}; ${cure}`)
}

async function read(path: string, checksum: Checksum | undefined): Promise<NamedBytes> {
  await requireRegular(path)
  const bytes = await readFile(path).catch((error: unknown) => failAt(path, reasonOf(error), error))
  const outcome: Outcome = await (checksum === undefined ? uncompress(path, bytes) : verify(path, bytes, checksum))
  if ('content' in outcome) return { file: path, bytes: outcome.content }
  const own = checksum === undefined ? '' : '; for other data in the same format use the data set "idx"'
  return failAt(path, `${outcome.problem}; replace the file${own}`)
}

/**
 * The content of the four files in `directory`, compared with `checksums` where given.
 * @throws InputError for a directory or file that is missing, unreadable, damaged or not the one expected.
 */
export async function readIdxDirectory(directory: string, checksums?: IdxFour<Checksum>): Promise<IdxFour<NamedBytes>> {
  const present = await list(directory)
  const paths = await eachOfFour(idxNames, async (name) => join(directory, find(directory, present, name)))
  return eachOfFour(paths, (path, role) => read(path, checksums?.[role]))
}
