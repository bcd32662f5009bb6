/** Checkpoints as bytes: what is written comes back, bit for bit, and leads to the same end; what is wrong is named. */
import { describe, expect, test } from 'vitest'
import type { Dataset } from '../src/data/dataset.js'
import {
  type Checkpoint,
  checkResume,
  dataMarkOf,
  decodeCheckpoint,
  encodeCheckpoint,
  encodeSafetensors,
  InputError,
  Journal,
  parseRecord,
  referenceBackend,
  stringifyDocument,
  tensor,
  train,
  TrainingPlan,
} from '../src/index.js'
import { differences } from '../src/records/resume-check.js'
import { smallPlan } from './check-subjects.js'
import { noiseDataset } from './noise-dataset.js'

const dataset = noiseDataset(100, 30)

function planOf(changes: Record<string, unknown> = {}): TrainingPlan {
  return smallPlan(changes, 100, 30)
}

const plan = planOf({ data: { dataset: 'noise', validation: 0.2 }, epochs: 3, probes: { every: 4, trainMetric: true } })
const { arm, registry } = plan

interface Trained {
  readonly journal: Journal
  readonly checkpoints: readonly Checkpoint[]
}

async function trained(from?: Checkpoint, chosen = plan): Promise<Trained> {
  const journal = new Journal(dataMarkOf(dataset), from)
  const checkpoints: Checkpoint[] = []
  const options = { plan: chosen, backend: referenceBackend(), checkpointEvery: 3 }
  const state = from?.state
  for await (const event of train(state === undefined ? options : { ...options, from: state })) {
    if (event.type === 'checkpoint') checkpoints.push(journal.checkpoint(event.state))
    journal.add(event)
    if (event.type === 'start') checkpoints.push(journal.checkpoint())
  }
  return { journal, checkpoints }
}

function timeless(journal: Journal): string {
  return stringifyDocument(journal.record()).replace(/"seconds": [^,\n]+/g, '"seconds": 0')
}

async function oneCheckpoint(): Promise<Checkpoint> {
  const { checkpoints } = await trained()
  const checkpoint = checkpoints.at(-1)
  if (checkpoint?.state?.best === undefined) throw new Error('no checkpoint with a best epoch')
  return checkpoint
}

describe('encodeCheckpoint, decodeCheckpoint', () => {
  test('are inverse, and equal checkpoints give equal bytes', async () => {
    const { checkpoints } = await trained()
    expect(checkpoints).toHaveLength(5)
    for (const checkpoint of checkpoints) {
      const encoded = encodeCheckpoint(checkpoint)
      const decoded = decodeCheckpoint(encoded)
      expect(decoded).toEqual(checkpoint)
      expect(encodeCheckpoint(decoded)).toEqual(encoded)
    }
  })

  test('keep every bit of losses that are no numbers, and of tensors', async () => {
    const checkpoint = await oneCheckpoint()
    const odd = [Number.NaN, Infinity, -Infinity, -0, 0.1 + 0.2]
    const [first] = checkpoint.events.filter((event) => event.type === 'steps')
    if (first === undefined || checkpoint.state === undefined) throw new Error('no steps')
    const carry = { w: tensor('float64', [5], odd) }
    const changed: Checkpoint = {
      ...checkpoint,
      events: [{ ...first, losses: odd }],
      state: { ...checkpoint.state, lossSum: Number.NaN, carry },
    }
    const back = decodeCheckpoint(encodeCheckpoint(changed))
    const losses = back.events.flatMap((event) => (event.type === 'steps' ? event.losses : []))
    expect(losses.map((loss, i) => Object.is(loss, odd[i]))).toEqual(odd.map(() => true))
    expect(back.state?.lossSum).toBeNaN()
    expect(new BigInt64Array(back.state?.carry['w']?.data.buffer ?? new ArrayBuffer(0))).toEqual(
      new BigInt64Array(Float64Array.from(odd).buffer),
    )
  })

  test('lead from any checkpoint to the record and the weights of an undisturbed run', async () => {
    const { journal, checkpoints } = await trained()
    for (const checkpoint of checkpoints) {
      const from = decodeCheckpoint(encodeCheckpoint(checkpoint))
      checkResume(from, plan, dataset)
      const resumed = await trained(from)
      expect(timeless(resumed.journal)).toBe(timeless(journal))
      expect(encodeSafetensors(resumed.journal.end.chosen)).toEqual(encodeSafetensors(journal.end.chosen))
      expect(encodeSafetensors(resumed.journal.end.carry)).toEqual(encodeSafetensors(journal.end.carry))
    }
  })

  const regularised = {
    layers: [
      { type: 'flatten' },
      { type: 'dense', units: 8 },
      { type: 'batchNorm' },
      { type: 'activation' },
      { type: 'dropout', rate: 0.5 },
      { type: 'residual', layers: [{ type: 'dense', units: 8 }, { type: 'prelu' }] },
      { type: 'dense', units: 10 },
    ],
  }

  test.each<[string, Record<string, unknown>]>([
    ['adam with amsgrad', { optimizer: { type: 'adam', amsgrad: true } }],
    ['sgd with momentum', { optimizer: { type: 'sgd', momentum: 0.9, learningRate: 0.1 } }],
    ['asgd', { optimizer: { type: 'asgd' } }],
    ['rprop', { optimizer: { type: 'rprop' } }],
    ['lbfgs', { optimizer: { type: 'lbfgs' } }],
    ['dropout, batch normalisation, residuals', { model: regularised }],
    ['histograms', { probes: { every: 2, histograms: true } }],
    ['float64', { precision: 'float64', probes: { testEvery: 2 } }],
    ['raw test pixels', { data: { dataset: 'noise', testScale: 'raw' } }],
  ])('hold all that goes on: %s', async (_, changes) => {
    const chosen = planOf(changes)
    const { journal, checkpoints } = await trained(undefined, chosen)
    for (const checkpoint of [checkpoints[1], checkpoints.at(-1)]) {
      if (checkpoint?.state === undefined) throw new Error('no checkpoint')
      const from = decodeCheckpoint(encodeCheckpoint(checkpoint))
      checkResume(from, chosen, dataset)
      const resumed = await trained(from, chosen)
      expect(timeless(resumed.journal)).toBe(timeless(journal))
      expect(encodeSafetensors(resumed.journal.end.carry)).toEqual(encodeSafetensors(journal.end.carry))
    }
  })

  test('remember who trained which steps', async () => {
    const from = await oneCheckpoint()
    const { journal, checkpoints } = await trained(from)
    expect(journal.stretches().map(({ firstStep }) => firstStep)).toEqual([0, 12])
    expect(checkpoints.at(-1)?.stretches.map(({ backend }) => backend)).toEqual(['reference', 'reference'])
  })
})

async function rewritten(change: (document: Record<string, unknown>) => unknown): Promise<() => Checkpoint> {
  const { tensors, document } = encodeCheckpoint(await oneCheckpoint())
  const changed = change(JSON.parse(document) as Record<string, unknown>)
  return () => decodeCheckpoint({ tensors, document: JSON.stringify(changed) })
}

describe('decodeCheckpoint refuses', () => {
  test.each<[string, (document: Record<string, unknown>) => unknown, RegExp]>([
    [
      'another schema',
      (d) => ({ ...d, schema: 'other/1' }),
      /expected the schema "isograd.checkpoint\/2", got "other\/1"/,
    ],
    ['no schema', () => ({ hello: 1 }), /expected the schema "isograd.checkpoint\/2", got none/],
    ['a list', () => [], /expected the schema/],
    ['a field that is missing', (d) => ({ ...d, events: undefined }), /events: expected/],
    ['a field of another type', (d) => ({ ...d, armName: 7 }), /armName: expected a string, got 7/],
    ['an unknown event', (d) => ({ ...d, events: [{ type: 'explosion' }] }), /events/],
    ['an experiment that is none', (d) => ({ ...d, arm: { name: 'x' } }), /arm/],
    ['tensors without a state', (d) => ({ ...d, state: null }), /there are tensors, but no step was trained/],
    [
      'a state without its best epoch',
      (d) => ({ ...d, state: { ...(d['state'] as object), best: undefined } }),
      /the tensors of the best epoch are not beside it/,
    ],
  ])('%s', async (_, change, message) => {
    const decode = await rewritten(change)
    expect(decode).toThrow(message)
    expect(decode).toThrow(InputError)
  })

  test('text that is not JSON, and tensors that are not safetensors', async () => {
    const { tensors, document } = encodeCheckpoint(await oneCheckpoint())
    expect(() => decodeCheckpoint({ tensors, document: document.slice(0, -10) })).toThrow('expected JSON')
    expect(() => decodeCheckpoint({ tensors: tensors.subarray(0, 100), document })).toThrow(InputError)
  })

  test('tensors of something else', async () => {
    const { document } = encodeCheckpoint(await oneCheckpoint())
    const tensors = encodeSafetensors({ 'dense1.weight': tensor('float32', [1], [1]) })
    expect(() => decodeCheckpoint({ tensors, document })).toThrow(/"dense1.weight" belongs neither/)
  })
})

describe('checkResume', () => {
  test('says what has changed in the experiment', async () => {
    const checkpoint = await oneCheckpoint()
    const now = { ...arm, batchSize: 32, optimizer: { ...arm.optimizer, learningRate: 0.01 } }
    const check = (): void =>
      checkResume(checkpoint, new TrainingPlan({ armName: 'default', arm: now, dataset, registry }), dataset)
    expect(check).toThrow(InputError)
    expect(check).toThrow(/batchSize: 16 then, 32 now/)
    expect(check).toThrow(/optimizer\.learningRate: 0\.001 then, 0\.01 now/)
  })

  test.each<[string, Partial<Dataset>, RegExp]>([
    ['other data', { name: 'other' }, /data have changed.*\n {2}name: "noise" then, "other" now/],
    ['more data', noiseDataset(200, 30), /train: 100 then, 200 now/],
    ['data from elsewhere', { origin: 'there' }, /origin: "noise" then, "there" now/],
  ])('says what has changed in the data: %s', async (_, change, message) => {
    const checkpoint = await oneCheckpoint()
    expect(() => checkResume(checkpoint, plan, { ...dataset, ...change })).toThrow(message)
  })

  test('refuses tensors that are not the model’s', async () => {
    const checkpoint = await oneCheckpoint()
    const { state } = checkpoint
    if (state === undefined) throw new Error('no state')
    const { 'dense1.weight': weight, ...rest } = state.carry
    const withCarry = (carry: typeof state.carry) => (): void =>
      checkResume({ ...checkpoint, state: { ...state, carry } }, plan, dataset)
    expect(withCarry(rest)).toThrow(/"dense1.weight": expected float32\[16,8\], got nothing/)
    expect(withCarry({ ...state.carry, extra: tensor('int32', [], [1]) })).toThrow(
      /"extra": expected nothing, got int32/,
    )
    expect(withCarry({ ...rest, 'dense1.weight': tensor('float32', [8, 16], weight?.data ?? []) })).toThrow(
      /expected float32\[16,8\], got float32\[8,16\]/,
    )
  })

  test('refuses a history that is not the state’s', async () => {
    const { checkpoints } = await trained()
    const [early, late] = [checkpoints[1], checkpoints[4]]
    if (early === undefined || late === undefined) throw new Error('too few checkpoints')
    expect(() => checkResume({ ...late, events: early.events }, plan, dataset)).toThrow(/its history behind 0 epochs/)
    expect(() => checkResume({ ...early, events: late.events }, plan, dataset)).toThrow(/its history behind 2 epochs/)
  })
})

describe('differences', () => {
  test('finds what is added, removed and changed, and cares for no order of keys', () => {
    expect(differences({ a: 1, b: { c: 2, d: [1, 2] } }, { b: { d: [1, 2], c: 2 }, a: 1 })).toEqual([])
    expect(differences({ a: 1, b: [1] }, { a: '1', b: [1, 2], c: null })).toEqual([
      { path: ['a'], before: '1', now: '"1"' },
      { path: ['b', 1], before: 'nothing', now: '2' },
      { path: ['c'], before: 'nothing', now: 'null' },
    ])
  })
})

describe('parseRecord', () => {
  test('reads back what stringifyDocument writes', async () => {
    const record = (await trained()).journal.record()
    const finals = { test: { loss: Number.NaN, metrics: {} } }
    const odd = { ...record, finals, losses: [Infinity, -Infinity, ...record.losses.slice(2)] }
    expect(parseRecord(stringifyDocument(record))).toEqual(record)
    expect(parseRecord(stringifyDocument(odd))).toEqual(odd)
  })

  test('refuses a record that contradicts itself, and says what does', async () => {
    const record = (await trained()).journal.record()
    const metrics = { accuracy: { value: 1.5, error: 0 } }
    for (const [changes, problem] of [
      [{ losses: record.losses.slice(1) }, `losses: expected ${record.steps} of them, as steps says, got`],
      [
        { end: { reason: 'stopped', stopped: { rule: 'timeLimit', step: 2 } } },
        'losses: expected 2 of them, as end.stopped',
      ],
      [{ precision: 'float64' }, 'precision: expected "float32", as experiment.precision says, got float64'],
      [{ seed: 77 }, 'seed: expected 0, as experiment.seed says, got 77'],
      [{ chosenEpoch: 99 }, 'chosenEpoch: expected one of the'],
    ] as const) {
      expect(() => parseRecord(stringifyDocument({ ...record, ...changes }), 'there')).toThrow(`there: ${problem}`)
    }
    // A faulty backend may count so.
    const odd = { ...record, finals: { test: { loss: 1, metrics } } }
    expect(parseRecord(stringifyDocument(odd)).finals).toEqual(odd.finals)
  })

  test('refuses other documents and says what is wrong', async () => {
    const record = (await trained()).journal.record()
    expect(() => parseRecord('{', 'there')).toThrow(/there: expected a record in JSON/)
    expect(() => parseRecord('{"schema":"other"}')).toThrow(
      /expected a record of the schema "isograd.run\/2", got "other"/,
    )
    expect(() => parseRecord(stringifyDocument({ ...record, steps: 'many' }))).toThrow(/steps: expected .*got "many"/)
    expect(() => parseRecord(stringifyDocument({ ...record, losses: ['x'] }))).toThrow(InputError)
  })
})
