/** Faults of the programs beside the training step: evaluations, probes, measures of units and predictions. */
import { describe, expect, it } from 'vitest'
import type { ScanResult } from '../src/backend/contract.js'
import { checkExperiment } from '../src/compare/check.js'
import { BackendError } from '../src/errors.js'
import { referenceBackend } from '../src/reference/backend.js'
import type { Tensor } from '../src/tensor.js'
import { checkOf, mapped, smallPlan, spoiled, type Spoiling } from './check-subjects.js'

const plan = smallPlan({}, 40)

/** The check of steps of a backend that is spoiled in a program whose name ends so. */
async function checkWith(ending: string, spoil: (scan: Spoiling) => ScanResult, of = plan) {
  const faulty = spoiled('faulty', (scan) => (scan.program.name.endsWith(ending) ? spoil(scan) : scan.result))
  const report = await checkExperiment(checkOf(of, [referenceBackend(), faulty], ['step']))
  return { ...report, faults: report.findings.filter(({ severity }) => severity === 'fault') }
}

function scaled({ result }: Spoiling, name: string, factor: number): ScanResult {
  const one = result.ys[name]
  if (one === undefined) return result
  return { ...result, ys: { ...result.ys, [name]: { ...one, data: one.data.map((x) => x * factor) } as Tensor } }
}

describe('programs beside the step', () => {
  it('are sound where nothing is wrong', async () => {
    const { faults, verdict, arms } = await checkWith('/evaluate', ({ result }) => result)
    expect(faults).toEqual([])
    expect(verdict).toBe('agree')
    expect(arms[0]?.unchecked).toContain('values of update ratios, dead units and predictions')
  })

  it.each([2, 3, 4])('show what call %d of an evaluation does otherwise', async (first) => {
    const { faults } = await checkWith('/evaluate', (scan) =>
      scan.call >= first ? scaled(scan, 'loss', 1.5) : scan.result,
    )
    expect(faults).toMatchObject([{ kind: 'scan', backend: 'faulty', tensor: 'evaluation of "test"' }])
  })

  it('show an evaluation that keeps its first result', async () => {
    let kept: ScanResult | undefined
    const { faults } = await checkWith('/evaluate', ({ result, call }) => {
      kept = call === 1 || kept === undefined ? result : kept
      return kept
    })
    expect(faults).toMatchObject([{ kind: 'scan', backend: 'faulty' }])
  })

  it('show gradients that are wrong in a probe alone', async () => {
    const { faults } = await checkWith('/probe', (scan) => scaled(scan, 'gradient/dense1.weight', 1.01))
    expect(faults).toMatchObject([
      { kind: 'gradient', backend: 'faulty', tensor: 'dense1.weight', toleranceName: 'gradient' },
    ])
    expect(faults[0]?.measured).toBeCloseTo(0.01, 4)
  })

  it.each(['/probe', '/units', '/inference'])('fail a check where %s fails', async (ending) => {
    const { failures, verdict } = await checkWith(ending, () => {
      throw new BackendError('faulty', 'no')
    })
    expect(failures).toMatchObject([{ backend: 'faulty' }])
    expect(verdict).not.toBe('agree')
  })
})

it('checks an experiment that trains nothing', async () => {
  const { faults, verdict } = await checkWith('/evaluate', ({ result }) => result, smallPlan({ epochs: 0 }, 40))
  expect([faults, verdict]).toEqual([[], 'agree'])
})

/** A backend whose every training step moves a weight on, where the weight that it began with is that of a seed. */
function wrongWith(seed: number) {
  const wrong = plan.withSeed(seed).initial['dense2.weight']?.data[0]
  return spoiled('faulty', ({ result, program, carry }) => {
    const weight = result.carry['dense2.weight']
    if (!program.name.endsWith('/train') || weight === undefined) return result
    if (carry['dense2.weight']?.data[0] !== wrong) return result
    return {
      ...result,
      carry: { ...result.carry, 'dense2.weight': mapped(weight, (x, flat) => (flat === 0 ? x + 0.1 : x)) },
    }
  })
}

describe('training with another seed', () => {
  it.each([1, 2])('that is wrong with seed %d alone is found where it is trained', async (seed) => {
    const options = { ...checkOf(plan, [referenceBackend(), wrongWith(seed)], ['run']), steps: 12 }
    expect(await checkExperiment({ ...options, seeds: 1 })).toMatchObject({ verdict: 'agree', findings: [] })
    const { verdict, findings } = await checkExperiment({ ...options, seeds: 3 })
    expect(verdict).toBe('disagree')
    expect(findings[0]?.sentence).toMatch(new RegExp(`; with seed ${seed}$`))
  })
})
