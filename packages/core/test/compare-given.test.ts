/** Tolerances set by hand: they decide, and the smallest that is said to pass does pass. */
import { describe, expect, it } from 'vitest'
import { checkExperiment } from '../src/compare/check.js'
import { Findings } from '../src/compare/findings.js'
import { allowedError } from '../src/compare/steps/quantities.js'
import { type ToleranceName, type ToleranceOverrides, tolerancesFor } from '../src/compare/tolerances.js'
import { type Finding, judge } from '../src/compare/verdict.js'
import { checkOf, healthy, smallPlan } from './check-subjects.js'

function checkSteps(tolerances: ToleranceOverrides) {
  return checkExperiment({ ...checkOf(smallPlan(), [healthy('a')], ['step']), steps: 3, tolerances })
}

describe('a tolerance set by hand', () => {
  // Twelve digits are more than any float32 arithmetic has; a change is measured less the rounding of its parameter.
  it.each(['loss', 'forward', 'activationGradient', 'gradient', 'state'] as const)(
    '%s decides over healthy rounding, and the smallest that would have passed does pass',
    async (name) => {
      const strict = await checkSteps({ [name]: 1e-12 })
      expect(strict.verdict).toBe('disagree')
      const faults = strict.findings.filter(({ severity }) => severity === 'fault')
      expect(new Set(faults.map(({ toleranceName }) => toleranceName))).toEqual(new Set([name]))
      const smallest = Math.max(...faults.map(({ smallestTolerance = Number.NaN }) => smallestTolerance))
      expect(smallest).toBeGreaterThan(1e-9)
      expect(smallest).toBeLessThan(1e-4)
      expect((await checkSteps({ [name]: smallest })).verdict).toBe('agree')
      expect((await checkSteps({ [name]: smallest * 0.98 })).verdict).toBe('disagree')
    },
  )

  it('cosine decides, though an angle goes with the square of an error', async () => {
    const { verdict, findings } = await checkSteps({ cosine: 0 })
    expect(verdict).toBe('disagree')
    expect(new Set(findings.map(({ toleranceName }) => toleranceName))).toEqual(new Set(['cosine']))
    const smallest = Math.max(...findings.map(({ smallestTolerance = Number.NaN }) => smallestTolerance))
    expect(smallest).toBeLessThan(1e-12)
    expect((await checkSteps({ cosine: smallest })).verdict).toBe('agree')
  })

  it('says where in the forward pass it is exceeded first, and where most', async () => {
    const { findings } = await checkSteps({ forward: 1e-12 })
    expect(findings[0]?.sentence).toMatch(
      /^a: \w+ "forward\/.*" is off by .* of itself \(tolerance 1\.00e-12, step \d\); every operation is within its rounding bound, and ".*" is the first that is out$/,
    )
  })

  it('decides through the noise that would widen it', async () => {
    const { verdict } = await checkSteps({ noise: 0 })
    expect(verdict).toBe('agree')
    const report = await checkSteps({ noise: 0, gradient: 1e-12, loss: 1e-12 })
    expect(new Set(report.findings.map(({ toleranceName }) => toleranceName))).toEqual(new Set(['loss', 'gradient']))
  })
})

function allowed(name: ToleranceName, noise: number, overrides: ToleranceOverrides): number {
  return allowedError(name, noise, tolerancesFor('float32', overrides))
}

describe('what may be off', () => {
  it('is widened by noise for a default, and for a tolerance set together with it', () => {
    expect(allowed('gradient', 1e-3, {})).toBeCloseTo(0.032, 12)
    expect(allowed('gradient', 1e-9, {})).toBe(1e-4)
    expect(allowed('gradient', 1e-3, { gradient: 1e-6, noise: 2 })).toBeCloseTo(0.002, 12)
  })

  it('is a tolerance set by hand as it was set', () => {
    expect(allowed('gradient', 1e-3, { gradient: 1e-6 })).toBe(1e-6)
    expect(allowed('gradient', 1e-3, { loss: 1e-6 })).toBeCloseTo(0.032, 12)
  })

  it('is anything where the exact value is zero and rounding makes something of it', () => {
    expect(allowed('gradient', Number.POSITIVE_INFINITY, { gradient: 1e-6 })).toBe(Number.POSITIVE_INFINITY)
    expect(allowed('gradient', Number.POSITIVE_INFINITY, { gradient: 1e-6, noise: 0 })).toBe(1e-6)
    expect(allowed('gradient', Number.NaN, {})).toBe(1e-4)
  })
})

const off: Finding = {
  severity: 'fault',
  mode: 'step',
  kind: 'gradient',
  backend: 'x',
  tensor: 'dense1.weight',
  toleranceName: 'gradient',
  measured: 0.1,
  sentence: 'x is off',
}

describe('findings', () => {
  it('keep the first step and the smallest tolerance of the worst', () => {
    const findings = new Findings()
    findings.add({ ...off, step: 0 }, { ...off, step: 1, measured: 0.3 }, { ...off, step: 2, measured: 0.2 })
    expect(findings.all).toEqual([{ ...off, step: 0, smallestTolerance: 0.3 }])
  })

  it('have no smallest tolerance where one of the steps has none', () => {
    const findings = new Findings()
    findings.add(off, { ...off, measured: Number.POSITIVE_INFINITY }, { ...off, measured: 0.2 })
    expect(findings.all).toEqual([off])
  })
})

describe('a verdict', () => {
  it('does not claim that all is within tolerance where a remark says otherwise', () => {
    const remark: Finding = { ...off, severity: 'remark', kind: 'amplification' }
    expect(judge([], 1).reason).toBe('everything compared is within tolerance')
    expect(judge([remark], 1)).toEqual({
      verdict: 'agree',
      reason: 'no operation is wrong: 1 value out of tolerance by rounding that the network amplifies',
    })
  })
})
