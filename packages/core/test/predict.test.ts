/** Predictions of a model whose weights make them known beforehand. */
import { describe, expect, test } from 'vitest'
import { pictureFields } from '../src/data/formats/picture-fields.js'
import {
  builtins,
  drawSample,
  InputError,
  networkOf,
  parseExperiment,
  predict,
  referenceBackend,
  tensor,
  type TensorMap,
} from '../src/index.js'

const layers = [
  { type: 'flatten' },
  { type: 'dense', units: 3 },
  { type: 'batchNorm' },
  { type: 'activation', function: 'relu' },
  { type: 'dropout', rate: 0.5 },
  { type: 'dense', units: 3 },
]

const arm =
  parseExperiment({
    name: 'known',
    data: { dataset: 'none' },
    model: { layers },
    optimizer: { type: 'sgd' },
    batchSize: 1,
    epochs: 1,
    precision: 'float64',
  }).arms['default'] ?? noArm()

function noArm(): never {
  throw new Error('no arm')
}

const network = networkOf(arm, { name: 'known', fields: pictureFields([1, 2], 3), target: 'label' }, builtins)

const weights: TensorMap = {
  'dense1.weight': tensor('float64', [2, 3], [1, 0, -1, 0, 2, 1]),
  'dense1.bias': tensor('float64', [3], [0.5, 0, 0]),
  'batchNorm1.weight': tensor('float64', [3], [1, 2, 1]),
  'batchNorm1.bias': tensor('float64', [3], [0, 0, 0.25]),
  'batchNorm1.running_mean': tensor('float64', [3], [0.5, 0, 0]),
  'batchNorm1.running_var': tensor('float64', [3], [4, 1, 1]),
  'dense2.weight': tensor('float64', [3, 3], [1, 0, 0, 0, 1, 0, 0, 0, -3]),
  'dense2.bias': tensor('float64', [3], [0, 0.125, 1]),
}

function normal(value: number, mean: number, variance: number): number {
  return (value - mean) / Math.sqrt(variance + 1e-5)
}

/** The same network by hand: dense, (x - mean) / sqrt(var + 1e-5) * weight + bias, relu, dense. */
function logitsOf(a: number, b: number): number[] {
  const [x, y] = [a / 255, b / 255]
  const hidden = [normal(x + 0.5, 0.5, 4), 2 * normal(2 * y, 0, 1), normal(y - x, 0, 1) + 0.25]
  const [p = 0, q = 0, r = 0] = hidden.map((value) => Math.max(0, value))
  return [p, q + 0.125, 1 - 3 * r]
}

describe('predict', () => {
  const image = tensor('uint8', [3, 1, 2], [255, 0, 0, 255, 51, 102])

  test('gives logits, their softmax and the largest of them, without dropout and with running statistics', async () => {
    const predictions = await predict(referenceBackend(), { ...network, weights }, { image })
    expect(predictions).toHaveLength(3)
    const expected = [logitsOf(255, 0), logitsOf(0, 255), logitsOf(51, 102)]
    for (const [i, logits] of expected.entries()) {
      const powers = logits.map(Math.exp)
      const sum = powers.reduce((total, power) => total + power, 0)
      for (const [j, power] of powers.entries()) {
        expect(predictions[i]?.output[j]).toBeCloseTo(logits[j] ?? Number.NaN, 12)
        expect(predictions[i]?.values[j]).toBeCloseTo(power / sum, 12)
      }
    }
    expect(predictions.map(({ category }) => category)).toEqual([2, 1, 1])
  })

  test('says -1 where a model has diverged', async () => {
    const diverged = { ...weights, 'dense2.bias': tensor('float64', [3], [Number.NaN, Number.NaN, Number.NaN]) }
    const [prediction] = await predict(referenceBackend(), { ...network, weights: diverged }, { image })
    expect(prediction?.category).toBe(-1)
  })

  test('refuses samples and weights of another shape', async () => {
    const wrong = tensor('uint8', [1, 3], [1, 2, 3])
    await expect(predict(referenceBackend(), { ...network, weights }, { image: wrong })).rejects.toThrow(
      /"data\/image": expected uint8\[1,1,1,2\], got uint8\[1,1,3\]/,
    )
    const missing = Object.fromEntries(Object.entries(weights).filter(([name]) => name !== 'dense1.bias'))
    const attempt = predict(referenceBackend(), { ...network, weights: missing }, { image })
    await expect(attempt).rejects.toThrow(/carry "dense1.bias" is missing/)
    await expect(attempt).rejects.toThrow(InputError)
    const nothing = predict(referenceBackend(), { ...network, weights }, {})
    await expect(nothing).rejects.toThrow('predict: the field "image" is missing')
  })
})

test('drawSample is the same for a seed, within bounds, and not the same for all seeds', () => {
  const drawn = Array.from({ length: 50 }, (_, seed) => drawSample(seed, 10))
  expect(drawn).toEqual(Array.from({ length: 50 }, (_, seed) => drawSample(seed, 10)))
  expect(new Set(drawn).size).toBe(10)
  expect(drawn.every((sample) => sample >= 0 && sample < 10)).toBe(true)
})
