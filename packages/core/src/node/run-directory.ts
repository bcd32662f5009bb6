/**
 * A run on a disk: `record.json` and `weights.safetensors` of a finished one, a checkpoint of one that is not. The record
 * holds the digest of the weights, so that a damaged file, or that of another run, is told.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Model } from '../model/model.js'
import { typeText } from '../numerics/tensor-comparison.js'
import { parseRecord } from '../records/read-record.js'
import { type RunRecord, stringifyDocument } from '../records/record.js'
import { decodeSafetensors, encodeSafetensors } from '../records/safetensors.js'
import { builtins } from '../registry/builtins.js'
import type { Registry } from '../registry/registry.js'
import { type Network, networkOf } from '../run/predict.js'
import { sameShape, type TensorMap } from '../tensor.js'
import { failAt } from '../errors.js'
import { writeTogether } from './atomic-file.js'
import { hasCheckpoint } from './checkpoint-files.js'
import { sha256 } from './content.js'
import { codeOf, missingText, pathOf, readContent, requireRegular, textOf, unreadable } from './file-errors.js'

/** Names of the files of a finished run; `trained` is there where `weights` are an average of what was trained. */
export const runFiles = {
  record: 'record.json',
  weights: 'weights.safetensors',
  trained: 'weights.trained.safetensors',
  last: 'weights.last.safetensors',
} as const

/** A trained model and how it came to be. */
export interface FinishedRun {
  /** Where it was found. */
  readonly directory: string
  readonly record: RunRecord
  readonly network: Network
  /** Parameters and layer states of the epoch that counts. */
  readonly weights: TensorMap
}

function reasonOf(error: unknown): string {
  const code = codeOf(error)
  if (code === 'ENOENT') return missingText(pathOf(error), 'directory')
  if (code === 'ENOTDIR') return 'expected the directory of a run, got a file'
  return unreadable(error)
}

/** Directories inside one, by name, in which `isWanted` holds. */
async function inner(directory: string, isWanted: (path: string) => Promise<boolean>): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true })
  const paths = entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(directory, name))
  const wanted = await Promise.all(paths.map(isWanted))
  return paths.filter((_, i) => wanted[i] === true).toSorted()
}

async function isFinished(directory: string): Promise<boolean> {
  return (await readdir(directory)).includes(runFiles.record)
}

/**
 * The directory of a run of a kind: the one named, or the only such one inside it, since `--out` names the directory
 * around them.
 */
async function find(directory: string, isWanted: (path: string) => Promise<boolean>, missing: string): Promise<string> {
  await readdir(directory).catch((error: unknown) => failAt(directory, reasonOf(error), error))
  if (await isWanted(directory)) return directory
  const found = await inner(directory, isWanted)
  const [only] = found
  if (only !== undefined && found.length === 1) return only
  if (only === undefined) return failAt(directory, missing)
  return failAt(directory, `it holds several runs; name one of them:${found.map((path) => `\n  ${path}`).join('')}`)
}

/** The directory of a finished run. @throws InputError when there is none, or more than one. */
export function findFinishedRun(directory: string): Promise<string> {
  const files = `${runFiles.record} and ${runFiles.weights}`
  return find(directory, isFinished, `expected the directory of a finished run, with ${files}`)
}

/** The directory of a run that has a checkpoint. @throws InputError when there is none, or more than one. */
export function findCheckpointedRun(directory: string): Promise<string> {
  return find(
    directory,
    hasCheckpoint,
    'there is no checkpoint; expected the directory of an unfinished run that keeps some',
  )
}

/** Runs by what is left to do. */
export interface Runs {
  readonly finished: readonly string[]
  /** Those with a checkpoint to go on from. */
  readonly unfinished: readonly string[]
}

/** The runs in a directory, itself included. @throws InputError when it cannot be read. */
export async function runsIn(directory: string): Promise<Runs> {
  await readdir(directory).catch((error: unknown) => failAt(directory, reasonOf(error), error))
  const within = async (isWanted: (path: string) => Promise<boolean>): Promise<string[]> => [
    ...((await isWanted(directory)) ? [directory] : []),
    ...(await inner(directory, isWanted)),
  ]
  const unfinished = await within(hasCheckpoint)
  const finished = (await within(isFinished)).filter((path) => !unfinished.includes(path))
  return { finished, unfinished }
}

async function read(path: string): Promise<Uint8Array> {
  await requireRegular(path)
  return readFile(path).catch((error: unknown) => {
    return failAt(path, codeOf(error) === 'ENOENT' ? missingText(path, 'file') : reasonOf(error), error)
  })
}

function checkWeights(path: string, { parameters, states }: Model, { precision }: RunRecord, weights: TensorMap): void {
  const expected = [...parameters, ...states]
  for (const { name, shape } of expected) {
    const got = weights[name]
    if (got === undefined || got.dtype !== precision || !sameShape(got.shape, shape)) {
      failAt(
        path,
        `"${name}": expected ${precision}[${shape.join(',')}] as in ${runFiles.record}, got ${typeText(got)}`,
      )
    }
  }
  const extra = Object.keys(weights).find((name) => !expected.some((tensor) => tensor.name === name))
  if (extra !== undefined) failAt(path, `"${extra}" is not a tensor of the model in ${runFiles.record}`)
}

/** @throws InputError for a file that is not the one whose digest a record holds. */
function checkDigest(path: string, name: string, { files = {} }: RunRecord, bytes: Uint8Array): void {
  const expected = files[name]
  if (expected === undefined || sha256(bytes) === expected) return
  failAt(path, `damaged: its SHA-256 is not the one in ${runFiles.record}, ${expected}`)
}

/** A finished run as it is written. */
export interface SavedRun extends Pick<FinishedRun, 'record' | 'weights'> {
  /** The parameters themselves, where `weights` have their average. */
  readonly trained?: TensorMap | undefined
  /** Weights as the last epoch left them, where `weights` are the best one's and both are kept. */
  readonly last?: TensorMap | undefined
}

/**
 * Writes a finished run to its directory, which is there: all of it or nothing. The record comes last: where it is, there
 * are its weights. Returns the record as it is on the disk, with the digests of the files beside it.
 * @param others files beside it that are no part of the run, by name; undefined for one that is to go.
 * @throws the error of the file system; then each file is as it was.
 */
export function saveRun(
  directory: string,
  { record, weights, trained, last }: SavedRun,
  others: Readonly<Record<string, string | undefined>> = {},
): RunRecord {
  const { preset, arm, backend, seed } = record
  const metadata = { format: 'isograd', preset, arm, backend, seed: String(seed), dense_weight: '[inputs, outputs]' }
  const tensors = { [runFiles.trained]: trained, [runFiles.last]: last, [runFiles.weights]: weights }
  const changes = Object.entries(tensors).map(([name, each]) => {
    return [name, each === undefined ? undefined : encodeSafetensors(each, metadata)] as const
  })
  const files = changes.flatMap(([name, bytes]) => (bytes === undefined ? [] : [[name, sha256(bytes)] as const]))
  const saved = { ...record, files: Object.fromEntries(files) }
  const all = [...Object.entries(others), ...changes, [runFiles.record, stringifyDocument(saved)] as const]
  writeTogether(all.map(([name, content]) => ({ path: join(directory, name), content })))
  return saved
}

/** Writes the record of a finished run that is on the disk once more, whole or not at all. @throws the error of the file system */
export function replaceRecord(directory: string, record: RunRecord): void {
  writeTogether([{ path: join(directory, runFiles.record), content: stringifyDocument(record) }])
}

/**
 * Reads a finished run from its directory, or from the one around it where it is the only one there.
 * @throws InputError naming the file that is missing, damaged, foreign, or does not belong to the other.
 */
export async function loadRun(from: string, registry: Registry = builtins): Promise<FinishedRun> {
  const directory = await findFinishedRun(from)
  const paths = { record: join(directory, runFiles.record), weights: join(directory, runFiles.weights) }
  const record = parseRecord(textOf(paths.record, await read(paths.record)), paths.record, registry)
  const { dataset } = record
  const network = networkOf(record.experiment, { ...dataset, target: dataset.target }, registry)
  const bytes = await read(paths.weights)
  checkDigest(paths.weights, runFiles.weights, record, bytes)
  const { tensors: weights } = readContent(paths.weights, () => decodeSafetensors(bytes))
  checkWeights(paths.weights, network.model, record, weights)
  return { directory, record, network, weights }
}
