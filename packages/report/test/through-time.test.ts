/** Gradients through time as the page reads them from records. */
import type { RunRecord } from '@isograd/core'
import { expect, test } from 'vitest'
import { insideQuantities, timeQuantities } from '../src/documents/run-view/layers.js'

function record(...layers: readonly string[]): RunRecord {
  const probes = layers.map((layer, i) => ({
    quantity: 'stateGradient',
    layer,
    axes: ['time'],
    steps: [0, 9],
    values: [1e-3, 1e-2, 0.1, 1, 2, 3].map((value) => value * (i + 1)),
  }))
  return { probes } as unknown as RunRecord
}

test('recurrent layers in the same place of their networks share a chart, one reading for each step of the sequence', () => {
  const quantities = timeQuantities([record('simpleRnn1'), record('lstm1', 'lstm2')])
  expect(quantities.map(({ key, title }) => [key, title])).toEqual([
    ['time-1', 'Gradient through time'],
    ['time-2', 'Gradient through time, 2'],
  ])
  const [first, second] = quantities.map(({ probes }) => probes(record('gru1')))
  expect(second).toEqual([])
  expect(first?.map(({ step, read }) => [step, read()])).toEqual([
    [0, [1e-3, 1e-2, 0.1].map((value, t) => ({ name: `t = ${t + 1}`, value }))],
    [9, [1, 2, 3].map((value, t) => ({ name: `t = ${t + 1}`, value }))],
  ])
  expect(timeQuantities([record()])).toEqual([])
})

function seriesOf(quantity: string, layer: string, values: readonly number[], more: object = {}) {
  return { quantity, layer, axes: [quantity === 'gateSaturation' ? 'gate' : 'head'], steps: [0], values, ...more }
}

test('gates and heads are read one by one, of more than 8 heads the mean', () => {
  const probes = [
    seriesOf('gateSaturation', 'gru1', [0.1, 0.2]),
    seriesOf('gateSaturation', 'gru1', [0.3, 0.4], { parameter: 'backward' }),
    seriesOf('attentionEntropy', 'few', [0.5, 0.7]),
    seriesOf('attentionEntropy', 'one', [0.6]),
    seriesOf('attentionEntropy', 'many', [1, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
  ]
  const read = (key: string) =>
    insideQuantities
      .filter((each) => each.key === key)
      .flatMap((each) => each.probes({ probes } as unknown as RunRecord))
      .flatMap((probe) => probe.read().map(({ name, value }) => [name, value]))
  expect(read('gateSaturation')).toEqual([
    ['gru1 gate 1', 0.1],
    ['gru1 gate 2', 0.2],
    ['gru1 backward gate 1', 0.3],
    ['gru1 backward gate 2', 0.4],
  ])
  expect(read('attentionEntropy')).toEqual([
    ['few head 1', 0.5],
    ['few head 2', 0.7],
    ['one', 0.6],
    ['many', 0.1],
  ])
})
