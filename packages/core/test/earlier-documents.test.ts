/** Records, weights and checkpoints of the first form, as the first version left them, through the readers of today. */
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { reproductionOf } from '../src/compare/records/reproduction.js'
import {
  checkResume,
  dataMarkOf,
  decodeCheckpoint,
  decodeSafetensors,
  encodeSafetensors,
  InputError,
  Journal,
  parseRecord,
  planFor,
  referenceBackend,
  stringifyDocument,
  type Tensor,
  train,
} from '../src/index.js'
import { parseArmSpec } from '../src/experiment/experiment.js'
import { loadDataset, readCheckpoint, loadRun } from '../src/node/index.js'
import { checkTrace, finalOf, parseExactly, probeSeries, readRecord, type RunRecord } from '../src/compare/index.js'
import { builtins } from '../src/registry/builtins.js'

const fixtures = fileURLToPath(new URL('../../../test/fixtures/v1/', import.meta.url))
const finished = ['finished', 'raw-pixels', 'unfinished/end', 'unfinished-preset/end', 'unfinished-lbfgs/end']
const unfinished = ['unfinished', 'unfinished-preset', 'unfinished-lbfgs']

function textOf(directory: string): Promise<string> {
  return readFile(`${fixtures}${directory}/record.json`, 'utf8')
}

/** The standard error of a share of so many samples. */
function errorOf(share: number, samples: number): number {
  return Math.sqrt((share * (1 - share)) / samples)
}

/** The document that was written, of the form of then. */
interface Written {
  readonly testAccuracy: number
  readonly testLoss: number
  readonly losses: readonly number[]
  readonly gradientNorms: readonly {
    readonly step: number
    readonly layers: readonly { readonly name: string; readonly weight: number }[]
  }[]
  readonly dataset: { readonly test: number }
  readonly epochs: readonly { readonly trainLoss: number; readonly testAccuracy: number }[]
}

describe.each(finished)('%s', (directory) => {
  test('has the figures that were written, and weights that fit', async () => {
    const written = JSON.parse(await textOf(directory)) as Written
    const { record, network, weights } = await loadRun(`${fixtures}${directory}`)
    const { testAccuracy, testLoss, dataset, losses, epochs } = written
    expect(finalOf(record)).toEqual({ value: testAccuracy, error: errorOf(testAccuracy, dataset.test) })
    expect(record.finals['test']?.loss).toBe(testLoss)
    expect(record.losses).toEqual(losses)
    expect(record.epochs.map(({ trainLoss, evaluations: { test: own } }) => [trainLoss, own?.metrics])).toEqual(
      epochs.map((epoch) => [
        epoch.trainLoss,
        { accuracy: { value: epoch.testAccuracy, error: errorOf(epoch.testAccuracy, dataset.test) } },
      ]),
    )
    const { parameters, states } = network.model
    expect(Object.keys(weights).toSorted()).toEqual([...parameters, ...states].map(({ name }) => name).toSorted())
  })

  test('has the gradients that were written, by layer and step', async () => {
    const { gradientNorms } = JSON.parse(await textOf(directory)) as Written
    const record = parseRecord(await textOf(directory), directory)
    const weights = probeSeries(record, 'gradientNorm').filter(({ parameter }) => parameter === 'weight')
    const ofLayer = (wanted: string) =>
      gradientNorms.flatMap(({ layers }) => layers.flatMap(({ name, weight }) => (name === wanted ? [weight] : [])))
    expect(weights.length).toBeGreaterThan(0)
    for (const { layer, steps, values } of weights) {
      expect([steps, values]).toEqual([gradientNorms.map(({ step }) => step), ofLayer(layer)])
    }
  })

  test('is written in the form of today, and comes back', async () => {
    const record = parseRecord(await textOf(directory), directory)
    const again = stringifyDocument(record)
    expect(JSON.parse(again)).toMatchObject({ schema: 'isograd.run/2', judgedBy: 'accuracy', judgedOn: 'test' })
    expect(parseRecord(again, directory)).toEqual(record)
  })

  test('cut in half is refused, once and by name', async () => {
    const text = await textOf(directory)
    const read = (): unknown => parseRecord(text.slice(0, text.length / 2), `${directory}/record.json`)
    expect(read).toThrow(InputError)
    expect(read).toThrow(`[core] ${directory}/record.json: expected a record in JSON, got something else`)
  })

  test('without half of its fields is refused by the first that is missing', async () => {
    const entries = Object.entries(JSON.parse(await textOf(directory)) as object)
    const half = Object.fromEntries(entries.slice(0, entries.length / 2))
    const read = (): unknown => readRecord(half, 'half.json')
    expect(read).toThrow(InputError)
    expect(read).toThrow(/^\[core\] half\.json: [a-zA-Z.[\]0-9]+: expected [^\n]+$/)
  })
})

describe('what only some had', () => {
  test('pixels on another scale, by which the run is judged', async () => {
    const { record } = await loadRun(`${fixtures}raw-pixels`)
    expect(reproductionOf([record])).toMatchObject({ final: { mean: 0.1215 }, verdict: 'not reproduced' })
  })

  test('many runs in one document', async () => {
    const { runs } = JSON.parse(await readFile(`${fixtures}runs.json`, 'utf8')) as { runs: readonly unknown[] }
    const records = runs.map((document) => readRecord(document, 'runs.json'))
    expect(records.map(({ arm, backend }) => `${arm} ${backend}`).toSorted()).toEqual([
      'relu onnx',
      'relu tfjs-wasm',
      'sigmoid onnx',
      'sigmoid tfjs-wasm',
    ])
    for (const { experiment } of records) expect(experiment.goal).toEqual({ atLeast: 0.3 })
  })
})

/** All of a record but seconds, and the loss on the second scale, which the first form did not keep. */
function comparable(record: RunRecord): unknown {
  const { unit, ...finals } = record.finals
  const text = stringifyDocument({ ...record, finals: { ...finals, ...(unit && { unit: unit.metrics }) } })
  return JSON.parse(text.replace(/"seconds": [^,\n]+/g, '"seconds": 0'))
}

describe.each(unfinished)('%s', (directory) => {
  test('is gone on with to the weights and the record of the undisturbed run', async () => {
    const from = await readCheckpoint(`${fixtures}${directory}/run`)
    if (from?.state === undefined) throw new Error('no checkpoint')
    const { armName, arm, data, state } = from
    const dataset = await loadDataset(arm.data.dataset, { size: data.samples })
    const plan = planFor({ armName, arm, dataset, registry: builtins })
    checkResume(from, plan, dataset)
    const journal = new Journal(dataMarkOf(dataset), from)
    for await (const event of train({ plan, backend: referenceBackend(), from: state })) journal.add(event)
    const { record, weights } = await loadRun(`${fixtures}${directory}/end`)
    expect(encodeSafetensors(journal.end.chosen)).toEqual(encodeSafetensors(weights))
    expect(comparable(journal.record())).toEqual(comparable(record))
  })

  test('with a document cut in half is refused', async () => {
    const names = await readdir(`${fixtures}${directory}/run`)
    const name = names.find((each) => each.startsWith('checkpoint-') && each.endsWith('.json'))
    const text = await readFile(`${fixtures}${directory}/run/${name}`, 'utf8')
    const tensors = await readFile(`${fixtures}${directory}/run/${name?.replace('.json', '.safetensors')}`)
    const read = (): unknown => decodeCheckpoint({ tensors, document: text.slice(0, text.length / 2) })
    expect(read).toThrow(InputError)
    expect(read).toThrow('checkpoint: expected JSON, got something else')
  })
})

test('a trace is judged: its steps agree, and one of another gradient does not', async () => {
  const trace = decodeSafetensors(await readFile(`${fixtures}trace.safetensors`))
  const arm = parseArmSpec(parseExactly(trace.metadata['spec'] ?? ''), builtins, 'spec')
  const plan = planFor({ armName: 'relu', arm, registry: builtins, dataset: await loadDataset('digits') })
  expect(checkTrace(plan, trace)).toMatchObject({ verdict: 'agree', steps: [{ step: 0 }, { step: 1 }] })
  const gradient = trace.tensors['step/1/gradient/dense2.bias'] as Tensor
  const doubled = { ...gradient, data: Float32Array.from(gradient.data, (value) => 2 * value) } as Tensor
  const tensors = { ...trace.tensors, 'step/1/gradient/dense2.bias': doubled }
  expect(checkTrace(plan, { ...trace, tensors }).verdict).toBe('disagree')
})
