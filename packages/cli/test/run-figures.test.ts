/** The figures of runs in words: they come from what records and events say of their metrics, and name none themselves. */
import type { RunRecord } from '@isograd/core'
import type { Probe } from '@isograd/core/compare'
import { describe, expect, it } from 'vitest'
import {
  figuresText,
  finalLines,
  goalText,
  gradientProbe,
  isReached,
  judgedFigures,
  localDerivatives,
  publishedText,
} from '../src/documents/run-figures.js'

const share = { label: 'hit rate', format: 'percent', better: 'larger' } as const
const distance = { label: 'distance', format: 'number', better: 'smaller' } as const
const judged = { judgedBy: 'hits', judgedOn: 'test', metrics: { hits: share, far: distance } }
const evaluation = {
  loss: 0.25,
  metrics: { hits: { value: 0.5, error: 0.05 }, far: { value: 2, error: Number.NaN } },
}

function recordWith(changes: Partial<RunRecord>): RunRecord {
  return { ...judged, finals: { test: evaluation }, probes: [], ...changes } as unknown as RunRecord
}

const probe = (quantity: Probe['quantity'], layer: string, values: number[], parameter?: string): Probe => ({
  quantity,
  layer,
  ...(parameter === undefined ? {} : { parameter }),
  axes: parameter === undefined ? ['unit'] : [],
  values,
})

const series = (quantity: Probe['quantity'], layer: string, values: number[]) => ({
  ...probe(quantity, layer, values),
  steps: [0, 1],
})

describe('metrics', () => {
  it('are shown by their labels and in their formats', () => {
    expect(figuresText(judgedFigures(judged, 'test', evaluation))).toBe('test loss 0.2500, test hit rate 50.00 %')
    expect(figuresText(judgedFigures({ ...judged, judgedBy: 'far' }, 'train', evaluation))).toBe(
      'loss on train 0.2500, distance on train 2.0000',
    )
  })

  it('are left out where the loss judges', () => {
    expect(figuresText(judgedFigures({ judgedOn: 'test', metrics: {} }, 'test', evaluation))).toBe('test loss 0.2500')
  })

  it('are all in the finals, with the standard errors that are known, a line for each table', () => {
    const finals = { test: evaluation, other: { loss: 1, metrics: {} } }
    expect(finalLines(recordWith({ finals }), '+-')).toEqual([
      'test: loss 0.2500, hit rate 50.00 % +- 5.00 %, distance 2.0000',
      'other: loss 1.0000',
    ])
  })
})

describe('goals', () => {
  it('have a least, a most, or both', () => {
    expect(goalText(share, { atLeast: 0.9 })).toBe('at least 90.00 %')
    expect(goalText(distance, { atLeast: 1, atMost: 2 })).toBe('at least 1.0000 and at most 2.0000')
    expect([0.5, 1, 2, 3, Number.NaN].map((final) => isReached({ atLeast: 1, atMost: 2 }, final))).toEqual([
      false,
      true,
      true,
      false,
      false,
    ])
  })

  it('stand in where nothing is published', () => {
    expect(publishedText({ published: { final: 0.97 }, metric: share }, { atLeast: 0.5 })).toBe('97.00 %')
    expect(publishedText({ published: undefined, metric: distance }, { atMost: 2 })).toBe('<= 2.0000')
    expect(publishedText({ published: undefined, metric: share }, undefined)).toBe('-')
  })
})

describe('probes', () => {
  it('give the norm of the first parameter of each layer', () => {
    const probes = [
      probe('gradientNorm', 'dense1', [3], 'weight'),
      probe('gradientNorm', 'dense1', [4], 'bias'),
      probe('gradientNorm', 'mine1', [5], 'slope'),
      probe('dead', 'activation1', [0.5]),
    ]
    expect(gradientProbe({ type: 'probes', step: 7, probes })).toEqual({
      step: 7,
      norms: [
        { name: 'dense1', norm: 3 },
        { name: 'mine1.slope', norm: 5 },
      ],
    })
    expect(gradientProbe({ type: 'probes', step: 7, probes: probes.slice(3) })).toBeUndefined()
  })

  it('give local derivatives, means over the units of the first step, with their products to the last layer', () => {
    const probes = [
      series('output', 'a', [1, 3, 9, 9]),
      series('derivative', 'a', [0.25, 0.75, 9, 9]),
      series('derivative', 'b', [0.5, 9]),
    ]
    expect(localDerivatives(recordWith({ probes }))).toEqual([
      { layer: 'a', output: 2, derivative: 0.5, product: 0.25 },
      { layer: 'b', output: undefined, derivative: 0.5, product: 0.5 },
    ])
  })
})
