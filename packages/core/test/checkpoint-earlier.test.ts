/** Checkpoints and traces of the form /1 (test/fixtures/v1): gone on from, and judged, as by the version that wrote them. */
import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { checkTrace } from '../src/compare/steps/trace-check.js'
import {
  builtins,
  type Checkpoint,
  checkResume,
  dataMarkOf,
  decodeCheckpoint,
  decodeSafetensors,
  InputError,
  Journal,
  parseExperiment,
  parseRecord,
  planFor,
  referenceBackend,
  type RunRecord,
  stringifyDocument,
  train,
} from '../src/index.js'
import { loadDataset, readCheckpoint } from '../src/node/index.js'
import { temporaryDirectory } from './idx-files.js'

function pathOf(name: string): string {
  return fileURLToPath(new URL(`../../../test/fixtures/v1/${name}`, import.meta.url))
}

/** The checkpoint that a killed process of that version left. */
async function checkpointOf(run: string): Promise<Checkpoint> {
  const directory = await temporaryDirectory()
  await cp(pathOf(`${run}/run`), directory, { recursive: true })
  const checkpoint = await readCheckpoint(directory)
  if (checkpoint === undefined) throw new Error('no checkpoint')
  return checkpoint
}

/** Goes on to the end. */
async function resumed(from: Checkpoint): Promise<Journal> {
  const { armName, arm, data, state } = from
  const { train: most, test } = data.samples
  const size = { ...(most === undefined ? {} : { train: most }), ...(test === undefined ? {} : { test }) }
  const dataset = await loadDataset(data.name, { size })
  const plan = planFor({ armName, arm, dataset, registry: builtins })
  checkResume(from, plan, dataset)
  if (state === undefined) throw new Error('nothing was trained')
  const journal = new Journal(dataMarkOf(dataset), from)
  for await (const event of train({ plan, backend: referenceBackend(), from: state })) journal.add(event)
  return journal
}

/** What must be the same: all but seconds, and the loss on the second scale, which was not kept. */
function comparable(record: RunRecord): unknown {
  const finals = Object.entries(record.finals).map(([table, final]) => [
    table,
    table === 'unit' ? { ...final, loss: 0 } : final,
  ])
  const text = stringifyDocument({ ...record, finals: Object.fromEntries(finals) })
  return JSON.parse(text.replace(/"seconds": [^,\n]+/g, '"seconds": 0'))
}

describe.each(['unfinished', 'unfinished-preset', 'unfinished-lbfgs'])('%s', (run) => {
  it('stands in its second epoch, behind the first', async () => {
    const { state, events, stretches, modules } = await checkpointOf(run)
    expect(state?.epoch).toBe(1)
    expect(state?.stepInEpoch).toBeGreaterThan(0)
    expect(events.filter(({ type }) => type === 'epoch')).toHaveLength(1)
    expect([stretches.map(({ version }) => version), modules]).toEqual([['0.1.0'], []])
  })

  it('ends with the record and the weights that the version ended with, bit for bit', async () => {
    const journal = await resumed(await checkpointOf(run))
    const record = parseRecord(await readFile(pathOf(`${run}/end/record.json`), 'utf8'))
    expect(comparable(journal.record())).toEqual(comparable(record))
    const { tensors } = decodeSafetensors(await readFile(pathOf(`${run}/end/weights.safetensors`)))
    expect(journal.end.chosen).toEqual(tensors)
  })
})

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

  it('agrees with the steps of today', async () => {
    const trace = decodeSafetensors(await readFile(pathOf('trace.safetensors')))
    const { verdict, findings, producer, steps } = checkTrace(await tracedPlan(), trace)
    expect([verdict, findings, producer, steps.length]).toEqual(['agree', [], 'reference', 2])
  })

  it('is told from one of another experiment', async () => {
    const trace = decodeSafetensors(await readFile(pathOf('trace.safetensors')))
    const plan = await tracedPlan({ optimizer: { learningRate: 0.5 } })
    expect(() => checkTrace(plan, trace)).toThrow('optimizer.learningRate: 0.01 in the trace, 0.5 here')
  })

  it('whose loss is off disagrees', async () => {
    const trace = decodeSafetensors(await readFile(pathOf('trace.safetensors')))
    const { 'step/1/loss': loss } = trace.tensors
    if (loss === undefined) throw new Error('no loss')
    const off = { ...loss, data: Float32Array.of(Number(loss.data[0]) * 1.01) } as typeof loss
    const { verdict, findings } = checkTrace(await tracedPlan(), {
      ...trace,
      tensors: { ...trace.tensors, 'step/1/loss': off },
    })
    expect(verdict).toBe('disagree')
    expect(findings[0]).toMatchObject({ step: 1, kind: 'loss' })
  })
})
