/** Steps of which no operation was seen, judged by their quantities and by what rounding alone does to sound steps. */
import { describe, expect, it } from 'vitest'
import type { Quantity } from '../src/compare/steps/quantities.js'
import { judgeStep } from '../src/compare/steps/step-judge.js'
import { tolerancesFor } from '../src/compare/tolerances.js'

const empty = { carry: {}, ys: {} }
const plain = { step: empty, gradients: empty, probed: {}, repeated: [] }
const place = { mode: 'run', backend: 'b', arm: 'default', step: 1 } as const

function quantity(kind: 'update' | 'state', name: string, error: number): Quantity {
  return { kind, name, layer: 'dense1', stage: kind, size: 1e-3, error, noise: 0 }
}

/** Severities of what is found, with the momentum off by so much, and sound steps by so much. */
function found(momentum: number, noise: number): string[] {
  const quantities = [quantity('update', 'dense1.weight', 0.44), quantity('state', 'dense1.weight/momentum', momentum)]
  const judged = { plain, checked: undefined, quantities, noise: [0, noise] }
  return judgeStep(place, judged, tolerancesFor('float32')).map(({ severity, kind }) => `${severity} ${kind}`)
}

describe('an update that sound steps do not move', () => {
  it('is left to rounding where the momentum that it is made from is rounding alone', () => {
    expect(found(0.85, 1.03)).toEqual(['remark amplification'])
  })

  it('is a fault where the momentum is hardly off, and where it is off as no rounding explains', () => {
    expect(found(0.01, 1.03)).toEqual(['fault update', 'remark amplification'])
    expect(found(0.85, 0)).toEqual(['fault update', 'fault state'])
  })
})

/** Severities of what is found of one state. */
function ofState(error: number, noise: number): string[] {
  const judged = {
    plain,
    checked: undefined,
    quantities: [quantity('state', 'dense1.weight/m', error)],
    noise: [noise],
  }
  return judgeStep(place, judged, tolerancesFor('float32')).map(({ severity, kind }) => `${severity} ${kind}`)
}

describe('a state that sound steps move', () => {
  it('is left to rounding by more than all of itself, however far it is off', () => {
    expect(ofState(1e34, 1e29)).toEqual(['remark amplification'])
  })

  it('is a fault beyond some times what they are off by, where that is a part of it', () => {
    const { noise: multiple } = tolerancesFor('float32')
    expect(ofState(0.9 * multiple * 0.01, 0.01)).toEqual(['remark amplification'])
    expect(ofState(1.1 * multiple * 0.01, 0.01)).toEqual(['fault state'])
  })
})
