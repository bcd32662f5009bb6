/** The probe `throughTime`: gradients of the states of recurrent layers against PyTorch's, and against a closed form. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseExperiment, planFor, recordOf, referenceBackend, type RunRecord, train } from '../src/index.js'
import { loadDataset } from '../src/node/load-dataset.js'
import { probeSeries, valuesAt } from '../src/records/record.js'

const vectors = JSON.parse(readFileSync(new URL('vectors/through-time.json', import.meta.url), 'utf8')) as {
  readonly x: number[][]
  readonly norms: Readonly<Record<string, number[]>>
}

const constant = (value: number) => ({ type: 'constant', value })

/** @param ids numbers beside x, where a network takes them. */
async function runOf(
  x: readonly number[][],
  layers: readonly object[],
  probes: object,
  ids?: readonly number[][],
): Promise<RunRecord> {
  const { arms, registry } = parseExperiment({
    name: 'through-time',
    data: { dataset: 'given', options: { fields: ids === undefined ? { x } : { x, ids } } },
    task: 'untargeted',
    model: { layers: [{ type: 'reshape', shape: [x[0]?.length, 1], inputs: ['x'] }, ...layers] },
    optimizer: { type: 'sgd' },
    probes,
    precision: 'float64',
    batchSize: 2,
    epochs: 0,
  })
  const arm = arms['default']
  if (arm === undefined) throw new Error('no arm')
  const dataset = await loadDataset('given', { settings: arm.data.options ?? {} })
  const events = []
  const plan = planFor({ armName: 'default', arm, dataset, registry })
  for await (const event of train({ plan, backend: referenceBackend() })) events.push(event)
  return recordOf(events)
}

const lookedAt = { throughTime: true }

test.each(Object.entries(vectors.norms))('the states of %s have the gradients of PyTorch', async (type, expected) => {
  const cell = { type, units: 1, bias: false, weights: constant(0.7), recurrent: constant(0.4) }
  const [series] = probeSeries(await runOf(vectors.x, [cell], lookedAt), 'stateGradient')
  expect(series).toMatchObject({ layer: `${type}1`, axes: ['time'], steps: [0] })
  if (series === undefined) throw new Error('nothing was probed')
  for (const [step, norm] of valuesAt(series, 0).entries()) expect(norm / Number(expected[step])).toBeCloseTo(1, 12)
})

test('a chain of relu units loses a factor at each step, in the order in which each cell reads', async () => {
  const cell = { type: 'simpleRnn', units: 1, function: 'relu', direction: 'both', bias: false }
  const layers = [{ ...cell, weights: constant(1), recurrent: constant(0.5) }]
  const record = await runOf([[1, 2, 3]], layers, lookedAt)
  const series = probeSeries(record, 'stateGradient')
  expect(series.map(({ parameter, values }) => [parameter, values])).toEqual([
    [undefined, [0.25, 0.5, 1]],
    ['backward', [1, 0.5, 0.25]],
  ])
})

test('nothing is recorded unasked, nor of a network without recurrent layers', async () => {
  const cell = { type: 'gru', units: 1 }
  expect(probeSeries(await runOf(vectors.x, [cell], {}), 'stateGradient')).toEqual([])
  expect(probeSeries(await runOf(vectors.x, [{ type: 'flatten' }], lookedAt), 'stateGradient')).toEqual([])
})

test('gates that are all but open or shut are counted, one after the other', async () => {
  const biases = { type: 'zeros' }
  // sigmoid(10) and sigmoid(-10) are within one percent of 1 and 0, sigmoid(1) is not; the cell starts from a state of 0.
  const cell = { type: 'gru', units: 1, weights: constant(10), recurrent: constant(0), biases }
  const record = await runOf([[1, -1, 0.1, 0]], [cell], { gates: true })
  expect(probeSeries(record, 'gateSaturation')).toMatchObject([{ layer: 'gru1', axes: ['gate'], values: [0.5, 0.5] }])
})

/** Entropies of the only head, of x = 1, 2, 9 whose queries, keys and values are x times a weight. */
async function entropies(weight: number, settings: object = {}, ids?: readonly number[][]): Promise<number[]> {
  const layer = { type: 'selfAttention', weights: constant(weight), biases: { type: 'zeros' }, ...settings }
  const record = await runOf([[1, 2, 9]], [layer, { type: 'flatten' }], { attention: true }, ids)
  return probeSeries(record, 'attentionEntropy').flatMap(({ values }) => values)
}

/** The entropy of the softmax of x y / 100 over y, by hand. */
function entropyOf(x: number, ys: readonly number[]): number {
  const shares = ys.map((y) => Math.exp(x * y * 0.01))
  const sum = shares.reduce((total, share) => total + share, 0)
  return -shares.reduce((total, share) => total + (share / sum) * Math.log(share / sum), 0)
}

test('a head that looks at all steps alike has all of the entropy, one that looks at one has none', async () => {
  expect(await entropies(0)).toEqual([expect.closeTo(1, 12)])
  expect(await entropies(10)).toEqual([expect.closeTo(0, 12)])
  const expected = [1, 2, 9].reduce((total, x) => total + entropyOf(x, [1, 2, 9]), 0) / (3 * Math.log(3))
  expect(await entropies(0.1)).toEqual([expect.closeTo(expected, 12)])
})

const padded = { inputs: [-1, 'ids'] }

test('the most that entropy can be is over the steps that are seen', async () => {
  expect(await entropies(0, { causal: true })).toEqual([expect.closeTo(1, 12)])
  expect(await entropies(0, padded, [[7, 7, 0]])).toEqual([expect.closeTo(1, 12)])
  expect(await entropies(0, { ...padded, causal: true }, [[7, 0, 7]])).toEqual([expect.closeTo(1, 12)])
  // One step alone is seen.
  expect(await entropies(0.1, padded, [[0, 7, 0]])).toEqual([0])
  const causal = (entropyOf(2, [1, 2]) + entropyOf(9, [1, 2, 9])) / (Math.log(2) + Math.log(3))
  expect(await entropies(0.1, { causal: true })).toEqual([expect.closeTo(causal, 12)])
  const without2 = [1, 2, 9].reduce((total, x) => total + entropyOf(x, [1, 9]), 0) / (3 * Math.log(2))
  expect(await entropies(0.1, padded, [[7, 0, 7]])).toEqual([expect.closeTo(without2, 12)])
})
