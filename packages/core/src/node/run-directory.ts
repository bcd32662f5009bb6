/**
 * A run on a disk: `record.json` and `weights.safetensors` of a finished one, a checkpoint of one that is not. This is
 * how it is read; `isograd run` writes it.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Model } from '../model/model.js'
import { typeText } from '../numerics/tensor-comparison.js'
import { parseRecord } from '../records/read-record.js'
import type { RunRecord } from '../records/record.js'
import { decodeSafetensors } from '../records/safetensors.js'
import { builtins } from '../registry/builtins.js'
import type { Registry } from '../registry/registry.js'
import { type Network, networkOf } from '../run/predict.js'
import { sameShape, type TensorMap } from '../tensor.js'
import { hasCheckpoint } from './checkpoint-files.js'
import { codeOf, failAt, readContent, unreadable } from './file-errors.js'

/** Names of the files of a finished run; `trained` is there where `weights` are an average of what was trained. */
export const runFiles = {
  record: 'record.json',
  weights: 'weights.safetensors',
  trained: 'weights.trained.safetensors',
} as const

/** A trained model and how it came to be. */
export interface FinishedRun {
  readonly record: RunRecord
  readonly network: Network
  /** Parameters and layer states of the epoch that counts. */
  readonly weights: TensorMap
}

function reasonOf(error: unknown): string {
  const code = codeOf(error)
  if (code === 'ENOENT') return 'there is no such directory'
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
  return readFile(path).catch((error: unknown) => {
    return failAt(path, codeOf(error) === 'ENOENT' ? 'there is no such file' : reasonOf(error), error)
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

/**
 * Reads a finished run from its own directory.
 * @throws InputError naming the file that is missing, damaged, foreign, or does not belong to the other.
 */
export async function readFinishedRun(directory: string, registry: Registry = builtins): Promise<FinishedRun> {
  const paths = { record: join(directory, runFiles.record), weights: join(directory, runFiles.weights) }
  const record = parseRecord(new TextDecoder().decode(await read(paths.record)), paths.record, registry)
  const { dataset } = record
  const network = networkOf(record.experiment, { ...dataset, target: dataset.target }, registry)
  const bytes = await read(paths.weights)
  const { tensors: weights } = readContent(paths.weights, () => decodeSafetensors(bytes))
  checkWeights(paths.weights, network.model, record, weights)
  return { record, network, weights }
}
