import { describe, expect, it } from 'vitest'
import { parseTolerances, toleranceNames, tolerancesFor, toleranceTable } from '../src/compare/tolerances.js'
import {
  combine,
  type Finding,
  judge,
  type Judgement,
  smallestTolerance,
  type Verdict,
} from '../src/compare/verdict.js'

describe('tolerances', () => {
  it('are the table of their precision, unless set by hand', () => {
    expect(tolerancesFor('float32').gradient).toBe(1e-4)
    expect(tolerancesFor('float64').gradient).toBe(1e-12)
    expect(tolerancesFor('float32', { gradient: 0.5 })).toEqual({
      ...tolerancesFor('float32'),
      gradient: 0.5,
      given: ['gradient'],
    })
    expect(Object.keys(tolerancesFor('float32'))).toEqual([...toleranceNames, 'given'])
    for (const { about } of Object.values(toleranceTable)) expect(about.length).toBeGreaterThan(10)
  })

  it('are read from NAME=value', () => {
    expect(parseTolerances(['gradient=1e-3', 'ops=2', 'losses=Infinity'])).toEqual({
      gradient: 1e-3,
      ops: 2,
      losses: Number.POSITIVE_INFINITY,
    })
    expect(parseTolerances([])).toEqual({})
    expect(parseTolerances(['ops=1', 'ops=3'])).toEqual({ ops: 3 })
  })

  it.each([
    ['gradiant=1', 'tolerance "gradiant" does not exist; did you mean "gradient"?'],
    ['=1', 'tolerance "" does not exist'],
    ['gradient', 'tolerance gradient: expected NAME=number, zero or more, got "gradient"'],
    ['gradient=', 'expected NAME=number'],
    ['gradient=-1', 'expected NAME=number'],
    ['gradient=NaN', 'expected NAME=number'],
    ['gradient=1=2', 'expected NAME=number'],
    ['toString=1', 'tolerance "toString" does not exist'],
  ])('refuse %s', (text, message) => {
    expect(() => parseTolerances([text])).toThrow(message)
  })
})

const fault: Finding = { severity: 'fault', mode: 'ops', kind: 'operation', backend: 'x', sentence: 'x is wrong' }
const remark: Finding = { ...fault, severity: 'remark' }

describe('judge', () => {
  it('never passes where nothing was compared', () => {
    expect(judge([], 0)).toEqual({ verdict: 'inconclusive', reason: 'nothing was compared' })
    expect(judge([], 1).verdict).toBe('agree')
  })

  it('lets faults decide and remarks not', () => {
    expect(judge([remark], 1).verdict).toBe('agree')
    expect(judge([remark, fault], 1)).toEqual({ verdict: 'disagree', reason: 'x is wrong' })
    expect(judge([fault, fault, fault], 1).reason).toBe('x is wrong (and 2 more)')
    expect(judge([fault], 0).verdict).toBe('disagree')
  })
})

function of(verdict: Verdict): Judgement {
  return { verdict, reason: verdict }
}

describe('combine', () => {
  it('takes the gravest', () => {
    expect(combine([of('agree'), of('disagree'), of('inconclusive')]).verdict).toBe('disagree')
    expect(combine([of('agree'), of('inconclusive')]).verdict).toBe('inconclusive')
    expect(combine([of('agree'), of('agree')]).verdict).toBe('agree')
    expect(combine([]).verdict).toBe('inconclusive')
  })
})

describe('smallestTolerance', () => {
  it('is a short number that would just have passed', () => {
    for (const measured of [1.2341e-7, 0.1, 3, 1234.5, 9.9999, 1e-300]) {
      const smallest = smallestTolerance({ ...fault, measured, toleranceName: 'loss' }) ?? Number.NaN
      expect(smallest).toBeGreaterThanOrEqual(measured)
      expect(smallest).toBeLessThanOrEqual(measured * 1.011)
    }
  })

  it('does not exist where nothing but equality passes', () => {
    expect(smallestTolerance({ ...fault, measured: Number.POSITIVE_INFINITY, toleranceName: 'ops' })).toBeUndefined()
    expect(smallestTolerance(fault)).toBeUndefined()
  })
})
