/** Data of the user's own in MNIST's format: two categories, floats, and models that tell more apart than there are. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseExactly } from '@isograd/core/compare'
import { expect, it } from 'vitest'
import type { PredictDocument } from '../src/documents/predict-document.js'
import type { RunsDocument } from '../src/documents/runs-document.js'
import { isograd, temporaryDirectory } from './command.js'

const SIDE = 6
const PIXELS = SIDE * SIDE

function header(type: number, ...shape: readonly number[]): Buffer {
  const bytes = Buffer.from([0, 0, type, shape.length, ...shape.flatMap(() => [0, 0, 0, 0])])
  for (const [axis, size] of shape.entries()) bytes.writeUInt32BE(size, 4 + 4 * axis)
  return bytes
}

/** Bytes of samples whose upper or lower half is bright, by their label. */
function halves(count: number): Buffer {
  const values = Buffer.alloc(count * PIXELS)
  for (let i = 0; i < values.length; i++) {
    const isUpper = i % PIXELS < PIXELS / 2
    values[i] = (isUpper === (Math.floor(i / PIXELS) % 2 === 0) ? 150 : 50) + ((i * 31) % 40)
  }
  return Buffer.concat([header(0x08, count, SIDE, SIDE), values])
}

/** Floats of samples that each light every tenth place from their label on. */
function combs(count: number): Buffer {
  const values = Buffer.alloc(4 * count * PIXELS)
  for (let i = 0; i < count * PIXELS; i++) {
    const isLit = (i % PIXELS) % 10 === Math.floor(i / PIXELS) % 10
    values.writeFloatBE((isLit ? 0.7 : 0.1) + ((i * 7) % 60) / 300, 4 * i)
  }
  return Buffer.concat([header(0x0d, count, SIDE, SIDE), values])
}

function labels(count: number, categories: number): Buffer {
  return Buffer.concat([header(0x08, count), Buffer.from(Array.from({ length: count }, (_, i) => i % categories))])
}

/** A directory of its own with the four files. */
function directoryOf(inputs: (count: number) => Buffer, categories: number): string {
  const directory = temporaryDirectory()
  for (const [split, count] of [
    ['train', 200],
    ['t10k', 50],
  ] as const) {
    writeFileSync(join(directory, `${split}-images-idx3-ubyte`), inputs(count))
    writeFileSync(join(directory, `${split}-labels-idx1-ubyte`), labels(count, categories))
  }
  return directory
}

function dense(units: number) {
  return { type: 'dense', units }
}

/** The path of an experiment of a name, with so many outputs. */
function experiment(name: string, outputs: number): string {
  const path = join(temporaryDirectory(), `${name}.json`)
  const layers = [{ type: 'flatten' }, dense(16), { type: 'activation' }, dense(outputs)]
  const optimizer = { type: 'adam', learningRate: 0.01 }
  const document = { name, data: { dataset: 'idx' }, model: { layers }, optimizer, batchSize: 20, epochs: 8 }
  writeFileSync(path, JSON.stringify(document))
  return path
}

async function trained(name: string, outputs: number, dataDir: string) {
  const out = join(temporaryDirectory(), 'runs')
  mkdirSync(out)
  const run = await isograd([
    'run',
    experiment(name, outputs),
    '--data-dir',
    dataDir,
    '--backend',
    'onnx',
    '--out',
    out,
  ])
  expect(run.status).toBe(0)
  const { runs } = parseExactly(readFileSync(join(out, 'runs.json'), 'utf8')) as RunsDocument
  const told = await isograd(['predict', out, '--index', '3', '--data-dir', dataDir, '--json'])
  expect(told.status).toBe(0)
  return {
    final: runs[0]?.finals['test']?.metrics['accuracy']?.value,
    told: parseExactly(told.stdout) as PredictDocument,
  }
}

it('two categories train, and are predicted as two', async () => {
  const { final, told } = await trained('two', 2, directoryOf(halves, 2))
  expect(final).toBe(1)
  expect(told).toMatchObject({ target: [1], predicted: 1, categories: ['0', '1'] })
}, 30_000)

it('two categories train with ten outputs too, as with every framework', async () => {
  const { final, told } = await trained('ten', 10, directoryOf(halves, 2))
  expect(final).toBe(1)
  expect(told.values).toHaveLength(10)
  expect(told.categories).toHaveLength(10)
}, 30_000)

it('floats train as they stand', async () => {
  const { final } = await trained('floats', 10, directoryOf(combs, 10))
  expect(final).toBeGreaterThanOrEqual(0.9)
}, 30_000)

it('fewer outputs than categories are refused', async () => {
  const dataDir = directoryOf(combs, 10)
  const { status, stderr } = await isograd(['run', experiment('few', 4), '--data-dir', dataDir, '--backend', 'onnx'])
  expect([status, stderr]).toEqual([
    2,
    expect.stringContaining(
      'model: expected [10] outputs, one for each category, for the task "classification", got [4]',
    ),
  ])
})
