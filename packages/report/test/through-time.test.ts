/** Gradients through time as the page reads them from records. */
import type { RunRecord } from '@isograd/core'
import { expect, test } from 'vitest'
import { timeQuantities } from '../src/documents/run-view/layers.js'

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
