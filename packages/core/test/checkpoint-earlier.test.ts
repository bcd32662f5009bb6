/** Faults in checkpoints and traces of the first form (test/fixtures/v1) are named as in those of today. */
import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { checkTrace } from '../src/compare/steps/trace-check.js'
import { decodeCheckpoint, decodeSafetensors, InputError, parseExperiment, planFor } from '../src/index.js'
import { loadDataset, readCheckpoint } from '../src/node/index.js'
import { temporaryDirectory } from './idx-files.js'

function pathOf(name: string): string {
  return fileURLToPath(new URL(`../../../test/fixtures/v1/${name}`, import.meta.url))
}

describe('what is wrong in such a checkpoint', () => {
  it.each([
    ['without events', { events: undefined }, /checkpoint: events: expected/],
    ['with an event that is none', { events: [7] }, /checkpoint: events\[0\]: expected/],
    ['with a name that is none', { armName: 7 }, /checkpoint: armName: expected a string, got 7/],
    ['of an experiment that is none', { arm: { name: 'x' } }, /checkpoint: arm/],
    ['without its data', { data: undefined }, /expected/],
  ])('is named: %s', async (_, change, message) => {
    const names = ['checkpoint-1-2-0a12999f.json', 'checkpoint-1-2-0a12999f.safetensors']
    const [text, tensors] = await Promise.all(names.map((name) => readFile(pathOf(`unfinished/run/${name}`))))
    const document = JSON.parse(String(text)) as Record<string, unknown>
    const decode = () =>
      decodeCheckpoint({ tensors: tensors ?? new Uint8Array(), document: JSON.stringify({ ...document, ...change }) })
    expect(decode).toThrow(message)
    expect(decode).toThrow(InputError)
  })

  it('is seen by the length of its file when it is cut in half', async () => {
    const directory = await temporaryDirectory()
    await cp(pathOf('unfinished/run'), directory, { recursive: true })
    const path = join(directory, 'checkpoint-1-2-0a12999f.json')
    const bytes = await readFile(path)
    await writeFile(path, bytes.subarray(0, bytes.length / 2))
    await expect(readCheckpoint(directory)).rejects.toThrow(
      `checkpoint-1-2-0a12999f.json: damaged: expected ${bytes.length} bytes, got ${Math.floor(bytes.length / 2)}`,
    )
  })
})

describe('a trace', () => {
  const overrides = { batchSize: 4 }

  async function tracedPlan(changes: Record<string, unknown> = {}) {
    const document: unknown = JSON.parse(await readFile(pathOf('experiments/small.json'), 'utf8'))
    const { arms, registry } = parseExperiment(document, { overrides: { ...overrides, ...changes } })
    const arm = arms['relu']
    if (arm === undefined) throw new Error('no arm')
    const dataset = await loadDataset('digits', { size: { train: 160, test: 100 } })
    return planFor({ armName: 'relu', arm, dataset, registry })
  }

  it('is told from one of another experiment', async () => {
    const trace = decodeSafetensors(await readFile(pathOf('trace.safetensors')))
    const plan = await tracedPlan({ optimizer: { learningRate: 0.5 } })
    expect(() => checkTrace(plan, trace)).toThrow('optimizer.learningRate: 0.01 in the trace, 0.5 here')
  })
})
