/** Whole inputs that damaged ones are made of: those that the tests read anyway, and small ones of every format. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { presets } from '@isograd/core'

/** The project's root; the program that damages runs there. */
export const root = process.env['ISOGRAD_ROOT'] ?? process.cwd()

function bytesOf(path: string): Uint8Array {
  return new Uint8Array(readFileSync(join(root, path)))
}

function json(path: string): unknown {
  return JSON.parse(readFileSync(join(root, path), 'utf8'))
}

function decoded(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, 'base64'))
}

const vectors = 'packages/core/test/vectors'
const fixtures = 'test/fixtures/v1'

/** Picture files by their extension. */
export function pictureSeeds(): ReadonlyMap<string, readonly Uint8Array[]> {
  const { files } = json(`${vectors}/pictures.json`) as { readonly files: readonly { file: string; bytes: string }[] }
  const found = new Map<string, Uint8Array[]>()
  for (const { file, bytes } of files) {
    const extension = file.slice(file.lastIndexOf('.'))
    found.set(extension, [...(found.get(extension) ?? []), decoded(bytes)])
  }
  return found
}

/** Parquet and Arrow. */
export function columnarSeeds(): { readonly parquet: Uint8Array; readonly arrow: Uint8Array } {
  const { parquet, arrow } = json(`${vectors}/columnar.json`) as { readonly parquet: string; readonly arrow: string }
  return { parquet: decoded(parquet), arrow: decoded(arrow) }
}

/** Experiments as documents: presets, earlier forms, examples. */
export function experimentSeeds(): readonly unknown[] {
  const earlier = readdirSync(join(root, fixtures, 'experiments')).map((name) =>
    json(`${fixtures}/experiments/${name}`),
  )
  return [...presets, ...earlier]
}

/** Experiments as YAML, with all that writers of it use. */
export function yamlSeeds(): readonly string[] {
  const names = readdirSync(join(root, 'examples'), { recursive: true, encoding: 'utf8' })
  return names.filter((name) => /\.ya?ml$/.test(name)).map((name) => readFileSync(join(root, 'examples', name), 'utf8'))
}

/** The files that runs leave: documents by the name of their file, and the directories that hold whole ones. */
export const runSeeds = {
  record: (): unknown => json(`${fixtures}/finished/record.json`),
  weights: (): Uint8Array => bytesOf(`${fixtures}/finished/weights.safetensors`),
  runs: (): readonly unknown[] => ['runs.json', 'runs-chain.json'].map((name) => json(`${fixtures}/${name}`)),
  check: (): unknown => json(`${fixtures}/check.json`),
  trace: (): Uint8Array => bytesOf(`${fixtures}/trace.safetensors`),
  checkpoint: (): { readonly tensors: Uint8Array; readonly document: unknown; readonly resume: unknown } => {
    const directory = `${fixtures}/unfinished/run`
    const names = readdirSync(join(root, directory)).filter((name) => name.startsWith('checkpoint-'))
    const named = (end: string): string => `${directory}/${names.find((name) => name.endsWith(end)) ?? end}`
    return {
      tensors: bytesOf(named('.safetensors')),
      document: json(named('.json')),
      resume: json(`${directory}/resume.json`),
    }
  },
}

/** The bytes of an array of NumPy. */
export function npyBytes(header: string, values: Uint8Array): Uint8Array {
  const padded = `${header.padEnd(117)}\n`
  const bytes = new Uint8Array(10 + padded.length + values.length)
  bytes.set([0x93, ...Buffer.from('NUMPY'), 1, 0, padded.length & 255, padded.length >> 8])
  bytes.set(Buffer.from(padded, 'latin1'), 10)
  bytes.set(values, 10 + padded.length)
  return bytes
}

/** The bytes of an IDX file of unsigned bytes. */
export function idxBytes(shape: readonly number[], values: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * shape.length + values.length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, 0x800 + shape.length)
  for (const [axis, side] of shape.entries()) view.setUint32(4 + 4 * axis, side)
  bytes.set(values, 4 + 4 * shape.length)
  return bytes
}
