/** Verdicts on records whose numbers are written down here. */
import { describe, expect, test } from 'vitest'
import { reproductionOf, spreadOf, vanishingSummary } from '../src/compare/records/reproduction.js'
import { published } from '../src/experiment/presets/published.js'
import type { RunRecord } from '../src/index.js'

/** The parts that a verdict is made of; the rest of a record is not looked at. */
function record(preset: string, arm: string, value: number, changes: Partial<RunRecord> = {}): RunRecord {
  const layers = ['dense1', 'batchNorm1', 'dense2', 'dense3'].map((name) => ({
    name,
    kind: name.replace(/\d/, ''),
    outputShape: [1],
    parameters: 1,
    isDepth: name.startsWith('dense'),
  }))
  const norms = [
    [1e-6, 0.5],
    [77, 77],
    [1e-4, 0.5],
    [1e-2, 0.5],
  ].map((values, i) => ({
    quantity: 'gradientNorm',
    layer: layers[i]?.name ?? '',
    parameter: 'weight',
    axes: [],
    steps: [0, 9],
    values,
  }))
  const shares = [
    { quantity: 'dead', layer: 'a', axes: [], steps: [0, 10], values: [0.9, 0.25] },
    { quantity: 'dead', layer: 'b', axes: [], steps: [10], values: [0.5] },
    { quantity: 'saturated', layer: 'c', axes: [], steps: [10], values: [0.125] },
  ]
  return {
    preset,
    arm,
    backend: 'b',
    metrics: { accuracy: { label: 'accuracy', format: 'percent', better: 'larger' } },
    judgedBy: 'accuracy',
    judgedOn: 'test',
    finals: { test: { loss: 1, metrics: { accuracy: { value, error: 0.01 } } } },
    seconds: 2,
    layers,
    epochs: [],
    probes: [...norms, ...shares],
    ...changes,
    end: { reason: 'finished' },
  } as unknown as RunRecord
}

describe('reproductionOf', () => {
  test('takes mean and range over the seeds', () => {
    const { final, metric, seeds, verdict } = reproductionOf([
      record('keras-13x10', 'relu', 0.79),
      record('keras-13x10', 'relu', 0.83),
    ])
    expect(final).toEqual({ mean: 0.81, sd: expect.closeTo(0.04 / Math.SQRT2, 12), min: 0.79, max: 0.83 })
    expect(metric).toEqual({ label: 'accuracy', format: 'percent', better: 'larger' })
    expect([seeds, verdict]).toEqual([2, 'reproduced'])
  })

  test.each([
    ['keras-13x10', 'relu', 0.7999, 'not reproduced'],
    ['keras-13x10', 'sigmoid', 0.35, 'reproduced'],
    ['keras-13x10', 'sigmoid', 0.3501, 'not reproduced'],
    ['nn-3layer', 'relu', 0.9539, 'reproduced'],
    ['nn-3layer', 'relu', 0.9541, 'not reproduced'],
    ['nn-3layer', 'relu', Number.NaN, 'not reproduced'],
    ['mine', 'relu', 0.1, 'nothing published'],
  ])('%s %s at %d: %s', (preset, arm, accuracy, verdict) => {
    expect(reproductionOf([record(preset, arm, accuracy)]).verdict).toBe(verdict)
  })

  test('holds the epoch costs from the fifth on to ten percent', () => {
    const costs = published['softmax-linear']?.['none']?.epochCosts ?? []
    const epochs = (change: (cost: number, epoch: number) => number): RunRecord['epochs'] =>
      costs.map((cost, i) => ({
        trainLoss: change(cost, i + 1),
        evaluations: {},
        seconds: 0,
      }))
    const judge = (change: (cost: number, epoch: number) => number) =>
      reproductionOf([record('softmax-linear', 'none', 0.8917, { epochs: epochs(change) })])
    expect(judge((cost, epoch) => (epoch < 5 ? 3 * cost : 1.09 * cost))).toMatchObject({ verdict: 'reproduced' })
    const off = judge((cost, epoch) => (epoch === 9 ? 0.89 * cost : cost))
    expect(off.verdict).toBe('not reproduced')
    expect(off.worstCost?.epoch).toBe(9)
    expect(off.worstCost?.relative).toBeCloseTo(0.11, 12)
  })

  test('tells how the gradient vanishes, by dense layers alone', () => {
    const { vanishing, dead, saturated } = reproductionOf([record('mine', 'a', 0)])
    // From 1e-6 to 1e-2 over two steps from layer to layer.
    expect(vanishing.firstStep).toMatchObject({ first: 1e-6, last: 1e-2 })
    expect(vanishing.firstStep.decadesPerLayer).toBeCloseTo(2, 12)
    expect(vanishing.lastStep.decadesPerLayer).toBe(0)
    expect([dead, saturated]).toEqual([0.5, 0.125])
  })
})

const norm = (value: number) => ({ layer: 'dense', parameter: 'weight', step: 0, value })

test('a single layer loses nothing, and a gradient of 0 loses everything', () => {
  expect(vanishingSummary([norm(3)]).decadesPerLayer).toBeUndefined()
  expect(vanishingSummary([norm(0), norm(1)]).decadesPerLayer).toBe(Number.POSITIVE_INFINITY)
})

test('spreadOf', () => {
  expect(spreadOf([1, 4, 1])).toEqual({ mean: 2, sd: expect.closeTo(Math.sqrt(3), 12), min: 1, max: 4 })
})

test('a name that every object has is no preset and no arm', () => {
  for (const [preset, arm] of [
    ['constructor', 'name'],
    ['torch-mlp5', 'toString'],
    ['__proto__', 'x'],
  ] as const) {
    expect(reproductionOf([record(preset, arm, 0.5)])).toMatchObject({
      published: undefined,
      verdict: 'nothing published',
    })
  }
})
