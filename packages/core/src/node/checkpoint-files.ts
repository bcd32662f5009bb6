/**
 * Checkpoints on a disk. Each is a pair of files of its own, `checkpoint-<epoch>-<step>-<mark>.safetensors` and
 * `.json`; the small file `checkpoint.json` says which pair counts, how long its files are and what their SHA-256 is.
 * The pair is on the disk before `checkpoint.json` is replaced at once, and an older pair goes only after that: whenever
 * the process ends, or the disk is full, the last whole checkpoint is there.
 */
import { randomBytes } from 'node:crypto'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod/mini'
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from '../records/checkpoint.js'
import { builtins } from '../registry/builtins.js'
import type { Registry } from '../registry/registry.js'
import { failAt } from '../errors.js'
import { removeParts, writeAtomically } from './atomic-file.js'
import { sha256 } from './content.js'
import { sealedState, sealedText } from './self-digest.js'
import { codeOf, readContent, requireRegular, textOf, unreadable } from './file-errors.js'

const POINTER = 'checkpoint.json'
const POINTER_SCHEMA = 'isograd.checkpoint-pointer/1'
const PAIRED = /^checkpoint-\d+-\d+-[0-9a-f]{8}\.(?:json|safetensors)$/

const fileSchema = z.strictObject({
  file: z.string().check(z.regex(PAIRED)),
  bytes: z.int().check(z.gte(0)),
  sha256: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
})

const pointerSchema = z.strictObject({
  schema: z.literal(POINTER_SCHEMA),
  /** Steps of the current epoch, and epochs before it, that are trained. */
  epoch: z.int().check(z.gte(0)),
  stepInEpoch: z.int().check(z.gte(0)),
  tensors: fileSchema,
  document: fileSchema,
  /** SHA-256 of the file without this field; pointers of earlier versions hold none. */
  sha256: z.exactOptional(z.string()),
})

type Pointer = z.output<typeof pointerSchema>
type PointedFile = Pointer['tensors']

function isCheckpointFile(name: string): boolean {
  return name === POINTER || PAIRED.test(name)
}

function writePair(directory: string, stem: string, checkpoint: Checkpoint): Pointer {
  const { tensors, document } = encodeCheckpoint(checkpoint)
  const write = (file: string, content: Uint8Array): PointedFile => {
    writeAtomically(join(directory, file), content)
    return { file, bytes: content.length, sha256: sha256(content) }
  }
  const { epoch = 0, stepInEpoch = 0 } = checkpoint.state ?? {}
  return {
    schema: POINTER_SCHEMA,
    epoch,
    stepInEpoch,
    tensors: write(`${stem}.safetensors`, tensors),
    document: write(`${stem}.json`, Buffer.from(document)),
  }
}

async function removePairs(directory: string, keep: readonly string[]): Promise<void> {
  const names = await readdir(directory)
  const old = names.filter((name) => PAIRED.test(name) && !keep.includes(name))
  await Promise.all(old.map((name) => rm(join(directory, name), { force: true })))
}

/**
 * Makes a checkpoint the one that counts. Only for who holds the directory's lock.
 * @throws the error of the file system, such as ENOSPC; then the checkpoint before it still counts.
 */
export async function writeCheckpoint(directory: string, checkpoint: Checkpoint): Promise<void> {
  const { epoch = 0, stepInEpoch = 0 } = checkpoint.state ?? {}
  // The mark keeps a pair that counts from being written over by another of the same step.
  const stem = `checkpoint-${epoch}-${stepInEpoch}-${randomBytes(4).toString('hex')}`
  try {
    const pointer = writePair(directory, stem, checkpoint)
    writeAtomically(join(directory, POINTER), sealedText(pointer))
  } finally {
    // Behind a failure too, the pointer says which pair counts: it may be in place although flushing it failed.
    await tidyCheckpoints(directory)
  }
}

/** Removes the checkpoint, if there is one, and whatever a killed writer has left. Only for who holds the lock. */
export async function removeCheckpoint(directory: string): Promise<void> {
  await rm(join(directory, POINTER), { force: true })
  await tidyCheckpoints(directory)
}

/** Removes pairs that do not count and parts of files. Only for who holds the lock. */
export async function tidyCheckpoints(directory: string): Promise<void> {
  const pointer = await readPointer(directory)
  removeParts(directory, isCheckpointFile)
  await removePairs(directory, pointer === undefined ? [] : [pointer.tensors.file, pointer.document.file])
}

async function readPointer(directory: string): Promise<Pointer | undefined> {
  const path = join(directory, POINTER)
  await requireRegular(path)
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    const code = codeOf(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    return failAt(path, unreadable(error), error)
  })
  if (text === undefined) return undefined
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    failAt(path, 'damaged: expected JSON, got something else', cause)
  }
  const parsed = pointerSchema.safeParse(value)
  if (parsed.success) return parsed.data
  return failAt(path, 'it does not name a checkpoint of isograd: it is damaged or was written by something else')
}

/** Digests of the checkpoint that counts and of its files, by name; '' for a pointer that is damaged or was changed. */
export async function pointedFiles(directory: string): Promise<Readonly<Record<string, string>>> {
  if (!(await hasCheckpoint(directory))) return {}
  const pointer = await readPointer(directory).catch(() => undefined)
  if (pointer === undefined) return { [POINTER]: '' }
  const files = [pointer.tensors, pointer.document].map(({ file, sha256: digest }) => [file, digest])
  const text = await readFile(join(directory, POINTER), 'utf8')
  const state = sealedState(text)
  const own = state === 'unknown' ? {} : { [POINTER]: state === 'whole' ? sha256(Buffer.from(text)) : '' }
  return { ...Object.fromEntries(files), ...own }
}

async function readPointed(directory: string, { file, bytes, sha256: expected }: PointedFile): Promise<Uint8Array> {
  const path = join(directory, file)
  await requireRegular(path)
  const content = await readFile(path).catch((error: unknown) => failAt(path, unreadable(error), error))
  if (content.length !== bytes) failAt(path, `damaged: expected ${bytes} bytes, got ${content.length}`)
  const got = sha256(content)
  if (got !== expected) failAt(path, `damaged: expected the SHA-256 ${expected}, got ${got}`)
  return content
}

/** True when a directory has a checkpoint, readable or not. */
export async function hasCheckpoint(directory: string): Promise<boolean> {
  const names = await readdir(directory).catch((): string[] => [])
  return names.includes(POINTER)
}

/**
 * The checkpoint that counts, or undefined where there is none.
 * @throws InputError naming the file that is missing, damaged or foreign.
 */
export async function readCheckpoint(
  directory: string,
  registry: Registry = builtins,
): Promise<Checkpoint | undefined> {
  const pointer = await readPointer(directory)
  if (pointer === undefined) return undefined
  const [tensors, document] = await Promise.all([
    readPointed(directory, pointer.tensors),
    readPointed(directory, pointer.document),
  ])
  const encoded = { tensors, document: textOf(pointer.document.file, document) }
  return readContent(join(directory, POINTER), () => decodeCheckpoint(encoded, registry))
}
