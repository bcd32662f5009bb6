/** Networks and tokens that cannot be trained, each refused before anything is, with its place. */
import { expect, it } from 'vitest'
import { tensor } from '../src/index.js'
import { dataTable, type Dataset } from '../src/data/index.js'
import { buildModel } from '../src/model/model.js'
import { builtins } from '../src/registry/builtins.js'
import { parseExperiment, planFor } from '../src/index.js'

function build(layers: readonly object[], shape: readonly number[]) {
  const document = { name: 'x', data: { dataset: 'digits' }, optimizer: { type: 'sgd' }, batchSize: 1, epochs: 1 }
  const { arms } = parseExperiment({ ...document, optimizer: { type: 'sgd', learningRate: 1 }, model: { layers } })
  const [arm] = Object.values(arms)
  if (arm === undefined) throw new Error('no arm')
  return buildModel(arm, shape, builtins)
}

const times = (layer: object): object => ({ type: 'repeat', times: 1000, layers: [layer] })

it('repetitions inside repetitions count together', () => {
  const nested = times(times(times({ type: 'activation' })))
  expect(() => build([nested], [4])).toThrow('model.layers[0]: expected at most 20000 layers in all, got more')
})

it('a window that holds padding alone has no largest and no mean', () => {
  const pool = { size: 2, padding: 2 }
  expect(() => build([{ type: 'maxPool', ...pool }], [6, 6])).toThrow(/model\.layers\[0\]: .*got padding alone/)
  const mean = { type: 'averagePool', countPadding: false, ...pool }
  expect(() => build([mean], [6, 6])).toThrow(/model\.layers\[0\]: .*got padding alone/)
  expect(build([{ type: 'averagePool', ...pool }], [6, 6]).outputShape).toEqual([1, 5, 5])
})

it.each<[string, readonly object[], readonly number[], string]>([
  ['steps that are planes', [{ type: 'lstm', units: 2 }], [4, 3, 2], '{ "type": "reshape", "shape": [4, -1] }'],
  [
    'steps that are planes of channels',
    [
      { type: 'conv2d', filters: 5, size: 2 },
      { type: 'lstm', units: 2 },
    ],
    [4, 3, 2],
    '{ "type": "permute", "axes": [1, 2, 0] }, { "type": "reshape", "shape": [3, 10] }',
  ],
  ['tokens that are none yet', [{ type: 'lstm', units: 2 }], [4], '{ "type": "embedding" }'],
  ['a norm over the batch on steps', [{ type: 'batchNorm' }], [4, 3], 'or take { "type": "layerNorm" }'],
  ['a dense layer on steps', [{ type: 'dense', units: 2 }], [4, 3], 'or give it "axis": "last"'],
])('the cure suits %s', (_, layers, shape, cure) => {
  expect(() => build(layers, shape)).toThrow(cure)
})

it('and what it says is right', () => {
  const rows = [
    { type: 'permute', axes: [1, 2, 0] },
    { type: 'reshape', shape: [3, 10] },
  ]
  const conv = { type: 'conv2d', filters: 5, size: 2 }
  expect(build([conv, ...rows, { type: 'lstm', units: 2 }], [4, 3, 2]).outputShape).toEqual([2])
  expect(
    build(
      [
        { type: 'reshape', shape: [4, -1] },
        { type: 'lstm', units: 2 },
      ],
      [4, 3, 2],
    ).outputShape,
  ).toEqual([2])
})

/** Two samples of three tokens. */
function tokensOf(values: readonly number[]): Dataset {
  const column = () =>
    dataTable({ words: tensor('float32', [2, 3], Float32Array.from(values)), y: tensor('float32', [2, 1], [0, 1]) })
  const numbers = { kind: 'numbers' } as const
  return {
    name: 'tokens',
    origin: 'here',
    fields: {
      words: { dtype: 'float32', shape: [3], encoding: numbers },
      y: { dtype: 'float32', shape: [1], encoding: numbers },
    },
    target: 'y',
    splits: { train: column(), test: column() },
  }
}

function planOf(token: number) {
  const { arms, registry } = parseExperiment({
    name: 'x',
    data: { dataset: 'tokens' },
    task: { type: 'regression' },
    model: { layers: [{ type: 'embedding', tokens: 5, units: 2 }, { type: 'flatten' }, { type: 'dense', units: 1 }] },
    optimizer: { type: 'sgd', learningRate: 0.1 },
    batchSize: 2,
    epochs: 1,
  })
  const arm = arms['default']
  if (arm === undefined) throw new Error('no arm')
  return planFor({ armName: 'default', arm, dataset: tokensOf([0, 1, 2, 3, 4, token]), registry })
}

it.each([
  [5, /model layer "embedding1": expected whole numbers from 0 to 4 in the field "words", got 5 in sample 1 of train/],
  [-1, /got -1 in sample 1/],
  [1.5, /got 1\.5 in sample 1/],
  [1e30, /got 1\.0+\d*e\+30 in sample 1/],
])('a token of %d among five is refused', (token, message) => {
  expect(() => planOf(token)).toThrow(message)
})

it('tokens of five are taken', () => {
  expect(planOf(4).model.outputShape).toEqual([1])
})

it('a name that a layer and an input have is none to be fed by', () => {
  const layers = [
    { type: 'dense', units: 2, name: 'input' },
    { type: 'dense', units: 2, inputs: ['input'] },
  ]
  expect(() => build(layers, [3])).toThrow('model.layers[1].inputs[0]: expected the name of one thing, got "input"')
})
