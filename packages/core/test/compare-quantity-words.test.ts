/** The words for a quantity that is out of tolerance: what is far more than the thing itself is told beside it. */
import { describe, expect, it } from 'vitest'
import { quantityFinding } from '../src/compare/steps/step-judge.js'
import type { Quantity } from '../src/compare/steps/quantities.js'

const place = { mode: 'step', backend: 'onnx', arm: 'default', step: 3 } as const
const gradient = { kind: 'gradient', name: 'a.bias', layer: 'a', stage: 'weight-gradient', noise: 0 } as const

function sentence(quantity: Pick<Quantity, 'size' | 'error'>, tolerance: number): string {
  const excess = { toleranceName: 'gradient', measured: quantity.error, tolerance } as const
  return quantityFinding(place, { ...gradient, ...quantity }, excess, '').sentence
}

describe('a gradient that is out of tolerance', () => {
  it('is told in parts of itself where it is of its size', () => {
    expect(sentence({ size: 0.5, error: 0.1 }, 1e-3)).toBe(
      'onnx: the gradient of "a.bias" is off by 0.1 of itself (norm 0.5, tolerance 1.00e-3, step 3)',
    )
  })

  it('is told beside what float64 gives where it is far more', () => {
    expect(sentence({ size: 1e-16, error: 2.5e7 }, 32)).toBe(
      'onnx: the gradient of "a.bias" is off by 2.50e-9 where float64 gives 1.00e-16 (norm; tolerance 3.20e-15, step 3)',
    )
  })

  it('is told as none where float64 gives zero', () => {
    expect(sentence({ size: 0, error: Number.POSITIVE_INFINITY }, 32)).toBe(
      'onnx: the gradient of "a.bias" is not 0, which float64 gives (norm 0, tolerance 32, step 3)',
    )
  })
})
