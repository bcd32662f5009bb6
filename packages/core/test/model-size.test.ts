/** Networks that no memory holds are refused before anything is allocated, with the layer and its size. */
import { expect, test } from 'vitest'
import { buildModel } from '../src/model/model.js'
import { builtins, parseExperiment } from '../src/index.js'

const MILLION = 1_000_000

function build(...layers: readonly object[]) {
  const rest = { optimizer: { type: 'sgd', learningRate: 0.1 }, batchSize: 5, epochs: 1 }
  const document = { name: 'x', data: { dataset: 'digits' }, model: { layers }, ...rest }
  const arm = Object.values(parseExperiment(document).arms)[0]
  if (arm === undefined) throw new Error('there is no arm')
  return buildModel(arm, [8, 8, 1], builtins)
}

const flatten = { type: 'flatten' }
const wide = { type: 'dense', units: MILLION }
const output = { type: 'dense', units: 10 }

test.each([
  [
    [flatten, wide, wide, output],
    'model.layers[2]: expected a network of at most 268435456 weights, got 1000066000000 with dense2.weight [1000000,1000000], dense2.bias [1000000]',
  ],
  [
    [flatten, ...Array.from({ length: 40 }, () => [wide, output]).flat()],
    'model.layers[21]: expected a network of at most',
  ],
  [
    [
      {
        type: 'residual',
        layers: [
          { type: 'dense', units: MILLION, axis: 'last' },
          { ...wide, axis: 'last' },
        ],
      },
      output,
    ],
    'model.layers[0].layers[1]: expected a network of at most',
  ],
  [[{ type: 'conv', filters: MILLION, kernel: MILLION, padding: MILLION }, flatten, output], 'model.layers[0]'],
  [[flatten, { type: 'embedding', tokens: MILLION, units: MILLION }, flatten, output], 'model.layers[1]'],
])('%j', (layers, message) => {
  const before = process.memoryUsage().rss
  expect(() => build(...layers)).toThrow(message)
  expect(process.memoryUsage().rss - before).toBeLessThan(64 * 2 ** 20)
})

test('a network of a hundred million weights is none of them', () => {
  const { parameters } = build(flatten, { type: 'dense', units: 10_000 }, { type: 'dense', units: 10_000 }, output)
  expect(parameters).toHaveLength(6)
})
