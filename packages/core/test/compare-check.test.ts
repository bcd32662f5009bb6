/** Whole checks: who agrees, who does not, who cannot be asked, and what is said of it. */
import { describe, expect, it } from 'vitest'
import type { Backend } from '../src/backend/contract.js'
import { checkExperiment } from '../src/compare/check.js'
import { UnsupportedOpError } from '../src/errors.js'
import { referenceBackend } from '../src/reference/backend.js'
import { checkOf, healthy, mapped, smallPlan, spoiled } from './check-subjects.js'

/** A backend that says another loss where nobody looks inside. */
function reporting(change: (loss: number) => number): Backend {
  return spoiled('odd', ({ result, program }) => {
    const loss = result.ys['loss']
    if (loss === undefined || program.outputs.ys.length > 6) return result
    return { ...result, ys: { ...result.ys, loss: mapped(loss, change) } }
  })
}

describe('backends that agree', () => {
  it('agree in every mode, each of which compares something', async () => {
    const report = await checkExperiment({
      ...checkOf(smallPlan(), [healthy('a'), healthy('b')], ['ops', 'step', 'run']),
      steps: 6,
      seeds: 2,
    })
    expect(report).toMatchObject({ verdict: 'agree', findings: [], failures: [], schema: 'isograd.check/2' })
    const [arm] = report.arms
    expect(Object.keys(arm?.judgements ?? {})).toEqual(['ops', 'step', 'run'])
    // 6 steps on 2 backends; the batch that is not whole is the third of them.
    expect(arm?.steps).toHaveLength(12)
    expect(arm?.steps.map(({ batch }) => batch).slice(0, 6)).toEqual([16, 16, 16, 16, 8, 8])
    expect(arm?.runs[0]?.curve.map(({ distance }) => distance)).toEqual([0, 0, 0, 0, 0])
    expect(arm?.runs[0]?.curve.every(({ floor }) => floor > 0)).toBe(true)
  })

  it('and diverge both at one step have no finals, so none that is beyond a limit', async () => {
    const plan = smallPlan({ optimizer: { type: 'sgd', learningRate: 1e38 } })
    const report = await checkExperiment(checkOf(plan, [healthy('a'), healthy('b')], ['run']))
    expect(report.verdict).toBe('diverged')
    expect(report.chance).toBeUndefined()
  })

  it.each([
    ['every probe', { probes: { histograms: true, derivatives: true, signal: true, rank: true, jacobian: true } }],
    [
      'batch normalisation',
      {
        model: {
          layers: [
            { type: 'flatten' },
            { type: 'dense', units: 6 },
            { type: 'batchNorm' },
            { type: 'activation' },
            { type: 'dense', units: 10 },
          ],
        },
      },
    ],
    [
      'dropout and residuals',
      {
        model: {
          layers: [
            { type: 'flatten' },
            { type: 'dense', units: 6 },
            { type: 'residual', layers: [{ type: 'dense', units: 6 }, { type: 'activation' }] },
            { type: 'dropout' },
            { type: 'dense', units: 10 },
          ],
        },
      },
    ],
    ['plain gradient descent in float64', { optimizer: { type: 'sgd' }, precision: 'float64' }],
    ['clipping', { clipping: { type: 'norm', maxNorm: 0.1 } }],
    ['an optimizer on the host', { optimizer: { type: 'lbfgs', maxIterations: 3 } }],
  ])('agree on %s', async (_, changes) => {
    const options = checkOf(smallPlan(changes), [healthy('a'), healthy('b')], ['ops', 'step', 'run'])
    const report = await checkExperiment({ ...options, steps: 3 })
    expect(report.findings).toEqual([])
    expect(report.failures).toEqual([])
    expect(report.verdict).toBe('agree')
  })

  it('are judged alone, too: one backend is held against float64', async () => {
    const { verdict } = await checkExperiment(checkOf(smallPlan(), [referenceBackend()]))
    expect(verdict).toBe('agree')
  })
})

describe('nothing compared', () => {
  it('is never a pass: no backend', async () => {
    const report = await checkExperiment(checkOf(smallPlan(), []))
    expect(report).toMatchObject({ verdict: 'inconclusive', reason: 'nothing was compared' })
  })

  it('is never a pass: free training with one backend', async () => {
    const report = await checkExperiment(checkOf(smallPlan(), [referenceBackend()], ['run']))
    expect(report).toMatchObject({ verdict: 'inconclusive' })
    expect(report.reason).toContain('two backends')
  })

  it('is never a pass: every backend fails', async () => {
    const broken = spoiled('odd', () => {
      throw new Error('out of ink')
    })
    const report = await checkExperiment(checkOf(smallPlan(), [broken], ['ops', 'step', 'run']))
    expect(report.verdict).toBe('inconclusive')
    expect(report.failures.map(({ backend, mode }) => [backend, mode])).toEqual([
      ['odd', 'step'],
      ['odd', 'run'],
    ])
    expect(report.failures[0]?.message).toBe('[odd] out of ink')
  })
})

describe('a backend that fails', () => {
  it('is named, and the others are checked all the same', async () => {
    const broken = spoiled('odd', ({ result, xs }) => {
      if (xs['rows']?.shape[1] === 8) throw new Error('no partial batches')
      return result
    })
    const report = await checkExperiment({ ...checkOf(smallPlan(), [broken, healthy('b')]), steps: 2 })
    expect(report.failures).toMatchObject([{ backend: 'odd', message: '[odd] no partial batches' }])
    expect(report.findings).toEqual([])
    const steps = report.arms[0]?.steps.map(({ backend, step }) => [backend, step])
    expect(steps).toEqual([
      ['odd', 0],
      ['b', 0],
      ['odd', 1],
      ['b', 1],
      ['b', 2],
    ])
  })
})

/** A backend that refuses taps. */
function closed(spoilGradient: boolean): Backend {
  const inner = spoilGradient
    ? spoiled('closed', ({ result }) => {
        const name = 'gradient/dense1.weight'
        const gradient = result.ys[name]
        const ys = gradient === undefined ? result.ys : { ...result.ys, [name]: mapped(gradient, (x) => 1.01 * x) }
        return { ...result, ys }
      })
    : healthy('closed')
  return {
    ...inner,
    compile: (program, constants) => {
      if (program.outputs.ys.length > 6) throw new UnsupportedOpError('closed', 'taps', 'float32')
      return inner.compile(program, constants)
    },
  }
}

describe('a backend that cannot return intermediate values', () => {
  it('is judged by its results, and says so', async () => {
    const report = await checkExperiment(checkOf(smallPlan(), [closed(false)], ['step']))
    expect(report.verdict).toBe('agree')
    expect(report.findings).toMatchObject([{ severity: 'remark', kind: 'observation', backend: 'closed' }])
    expect(report.arms[0]?.steps[0]?.stages).toEqual([])
  })

  it('is caught by its results', async () => {
    const report = await checkExperiment(checkOf(smallPlan(), [closed(true)], ['step']))
    const faults = report.findings.filter(({ severity }) => severity === 'fault')
    expect(faults).toMatchObject([
      { kind: 'gradient', layer: 'dense1', tensor: 'dense1.weight', toleranceName: 'gradient' },
    ])
    expect(faults[0]?.measured).toBeCloseTo(0.01, 5)
  })

  it('leaves the mode ops without anything to compare', async () => {
    const report = await checkExperiment(checkOf(smallPlan(), [closed(false)], ['ops']))
    expect(report.verdict).toBe('inconclusive')
  })
})

describe('observing', () => {
  it('that changes the result is remarked, and is no fault while both are right', async () => {
    const report = await checkExperiment(checkOf(smallPlan(), [reporting((loss) => loss * (1 + 2 ** -22))]))
    expect(report.verdict).toBe('agree')
    expect(report.findings).toMatchObject([{ severity: 'remark', kind: 'observation', tensor: 'loss' }])
    expect(report.findings[0]?.sentence).toContain('observing changes the result')
  })
})

describe('tolerances', () => {
  const wrongLoss = reporting((loss) => loss * 1.001)

  it('given by hand let pass what the smallest of them says, and nothing less', async () => {
    const options = checkOf(smallPlan(), [wrongLoss], ['step'])
    const strict = await checkExperiment(options)
    const finding = strict.findings.find(({ kind }) => kind === 'loss')
    expect(finding).toMatchObject({ stage: 'loss', toleranceName: 'loss', step: 0 })
    expect(strict.verdict).toBe('disagree')
    const measured = finding?.measured ?? Number.NaN
    expect(measured).toBeCloseTo(0.001, 6)
    const loose = await checkExperiment({ ...options, tolerances: { loss: measured * 1.01 } })
    expect(loose.findings.filter(({ kind }) => kind === 'loss')).toEqual([])
    const tight = await checkExperiment({ ...options, tolerances: { loss: measured * 0.99 } })
    expect(tight.findings.filter(({ kind }) => kind === 'loss')).toHaveLength(1)
  })
})

describe('special values', () => {
  it('NaN in place of a number is a fault', async () => {
    const odd = reporting(() => Number.NaN)
    const report = await checkExperiment(checkOf(smallPlan(), [odd], ['step']))
    expect(report.verdict).toBe('disagree')
    expect(report.findings.some(({ measured }) => measured === Number.POSITIVE_INFINITY)).toBe(true)
  })

  it('weights that are infinite give NaN on every backend, which agree', async () => {
    const initializers = { weights: { type: 'constant', value: 3e38 } }
    const report = await checkExperiment(checkOf(smallPlan({ initializers }), [healthy('a'), healthy('b')]))
    expect(report.findings.filter(({ severity }) => severity === 'fault')).toEqual([])
  })
})
