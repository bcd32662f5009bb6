/** Free training against the noise floor. */
import { describe, expect, it } from 'vitest'
import type { Backend } from '../src/backend/contract.js'
import { checkExperiment } from '../src/compare/check.js'
import { compareFinals, type Final, roundingVariance } from '../src/compare/finals.js'
import { firstJump, growthCurve, type GrowthPoint, judgedPoints, type PairedRuns } from '../src/compare/runs/growth.js'
import { followTrajectory, probeSteps, type Trajectory } from '../src/compare/runs/trajectory.js'
import { names } from '../src/plan/names.js'
import { evaluatingBackend, inFloat64, referenceBackend } from '../src/reference/backend.js'
import { tensor } from '../src/tensor.js'
import { checkOf, healthy, mapped, smallPlan, spoiled } from './check-subjects.js'

describe('probes', () => {
  it('are dense at first and end at the last step', () => {
    expect(probeSteps(1)).toEqual([1])
    expect(probeSteps(10)).toEqual([1, 2, 3, 4, 6, 8, 10])
    expect(probeSteps(50).at(-1)).toBe(50)
  })
})

describe('a trajectory', () => {
  it('is the training that the runner makes, whatever is probed', async () => {
    const plan = smallPlan()
    const follow = (probes: readonly number[]) =>
      followTrajectory({ backend: referenceBackend(), plan, steps: 6, probes })
    const [few, many] = [await follow([6]), await follow([1, 2, 3, 4, 5, 6])]
    expect(many.losses).toEqual(few.losses)
    expect(many.probes.at(-1)?.carry).toEqual(few.probes[0]?.carry)
    expect(many.final).toEqual(few.final)
  })
})

/** A trajectory of one weight. */
function path(weights: readonly number[], losses: readonly number[]): Trajectory {
  const probes = weights.map((weight, i) => ({
    step: i + 1,
    carry: { 'dense1.weight': tensor('float64', [1], [weight]) },
  }))
  return { losses, probes, final: { loss: 0, metrics: {} } }
}

const model = { ...smallPlan().model, parameters: smallPlan().model.parameters.slice(0, 1) }

const point = (step: number, floor: number): GrowthPoint => ({
  step,
  floor,
  distance: 1,
  lossDistance: 0,
  lossFloor: 0,
})

describe('the growth curve', () => {
  const a: PairedRuns = { plain: path([1, 2, 4], [3, 2, 1]), perturbed: [path([1.001, 2, 4], [3, 2, 1.5])] }
  const b: PairedRuns = { plain: path([1, 2.2, 4], [3, 2, 1]), perturbed: [path([1, 2.2, 4.4], [3, 2, 1])] }
  const curve = growthCurve(a, b, model, 1e-6)

  it('has the distance of the two beside the largest that either had from itself so far', () => {
    expect(curve.map(({ distance }) => distance)).toEqual([0, expect.closeTo(0.2 / 2.2, 12), 0])
    expect(curve.map(({ floor }) => floor)).toEqual([
      expect.closeTo(0.001 / 1.001, 12),
      expect.closeTo(0.001 / 1.001, 12),
      expect.closeTo(0.4 / 4.4, 12),
    ])
    expect(curve.map(({ lossFloor }) => lossFloor)).toEqual([1e-6, 1e-6, 0.5 / 1.5])
  })

  it('counts other sound trainings as far as they go, and from there on', () => {
    const other: PairedRuns = { plain: path([1, 2], [3, 2]), perturbed: [path([1, 2], [3, 1])] }
    const floors = growthCurve(a, b, model, 1e-6, [other]).map(({ lossFloor }) => lossFloor)
    expect(floors).toEqual([1e-6, 0.5, 0.5])
  })

  it('has the same distances whichever comes first, and none that is infinite where one side vanishes', () => {
    const gone: PairedRuns = { plain: path([0, 0], [1, 0]), perturbed: [path([0, 0.5], [1, 0.25])] }
    const there: PairedRuns = { plain: path([0, 0.25], [1, 0.5]), perturbed: [path([0, 0], [1, 0])] }
    for (const [p, q] of [
      [gone, there],
      [there, gone],
    ] as const) {
      expect(growthCurve(p, q, model, 1e-6)).toMatchObject([
        { distance: 0, floor: 1e-6, lossDistance: 0, lossFloor: 1e-6 },
        { distance: 1, floor: 1, lossDistance: 1, lossFloor: 1 },
      ])
    }
  })

  it('jumps where the distance stands out of the floor', () => {
    expect(firstJump(curve, 16)?.step).toBe(2)
    expect(firstJump(curve, 1000)).toBeUndefined()
  })

  it('is judged until the noise has taken over', () => {
    const saturating = [point(1, 0.01), point(2, 0.2), point(3, 0.3)]
    expect(judgedPoints(saturating).map(({ step }) => step)).toEqual([1])
    expect(firstJump([point(1, 0.2)], 1)).toBeUndefined()
  })

  it('sees NaN on one side only as infinitely far', () => {
    const nan: PairedRuns = { plain: path([Number.NaN], [1]), perturbed: [path([Number.NaN], [1])] }
    const fine: PairedRuns = { plain: path([1], [1]), perturbed: [path([1], [1])] }
    expect(growthCurve(fine, nan, model, 1e-6)[0]?.distance).toBe(Number.POSITIVE_INFINITY)
    expect(growthCurve(nan, nan, model, 1e-6)[0]?.distance).toBe(0)
  })
})

const metric = { label: 'accuracy', format: 'percent', better: 'larger' } as const

/** Finals with the error of counting so many samples of which half are told right. */
function counted(values: readonly number[], samples: number): Final[] {
  return values.map((value) => ({ value, error: Math.sqrt((0.5 * 0.5) / samples) }))
}

describe('final accuracies', () => {
  it('have the standard error of counting for one seed: sqrt(2 p (1-p) / n)', () => {
    const { difference, standardError } = compareFinals(metric, counted([0.6], 100), counted([0.4], 100))
    expect(difference).toBeCloseTo(0.2, 12)
    expect(standardError).toBeCloseTo(Math.sqrt((2 * 0.25) / 100), 12)
  })

  it('have that of the seeds where it is larger', () => {
    // Each side has a variance of 0.01 over two seeds: 2 * 0.02 / 2.
    const { standardError } = compareFinals(metric, counted([0.4, 0.6], 1e6), counted([0.4, 0.6], 1e6))
    expect(standardError).toBeCloseTo(Math.sqrt(0.02), 12)
  })

  it('have that of rounding where it is larger: half the mean square of what one unit in the last place makes', () => {
    const rounding = roundingVariance([
      [0.5, 0.9],
      [0.6, 0.4],
    ])
    expect(rounding).toBeCloseTo((0.16 + 0.04) / 2 / 2, 12)
    const { standardError } = compareFinals(metric, counted([0.5], 1e6), counted([0.6], 1e6), { rounding })
    expect(standardError).toBeCloseTo(Math.sqrt(2 * 0.05), 12)
  })

  it('have an infinite one where rounding decides whether they are numbers, also of one that is none', () => {
    const rounding = roundingVariance([
      [0.5, Number.NaN],
      [0.6, 0.6],
    ])
    const [none, some] = [counted([Number.NaN], 100), counted([0.6], 100)]
    expect(compareFinals(metric, none, some, { rounding }).standardError).toBe(Number.POSITIVE_INFINITY)
    expect(compareFinals(metric, none, some).standardError).toBeNaN()
  })
})

/** Trains rightly, and evaluates every sample as recognised: always, or only after a training of its own. */
function boasting(isAlways: boolean): Backend {
  let hasTrained = isAlways
  return spoiled('odd', ({ result, xs }) => {
    const correct = result.ys[names.metric('accuracy')]
    const boasts = hasTrained && correct !== undefined
    hasTrained = isAlways || correct === undefined
    if (!boasts) return result
    const rows = xs[names.rows]?.shape[1] ?? 0
    return { ...result, ys: { ...result.ys, [names.metric('accuracy')]: mapped(correct, () => rows) } }
  })
}

async function judged(changes: Record<string, unknown>, seeds: number, untilDecided = seeds) {
  const check = checkOf(smallPlan(changes, 40), [healthy('a'), boasting(false)], ['run'])
  const report = await checkExperiment({ ...check, steps: 12, seeds, untilDecided })
  return report.arms[0]?.runs[0]
}

describe('evaluations with the same parameters', () => {
  it('are a fault where they differ by more than rounding explains, however few samples there are', async () => {
    const check = checkOf(smallPlan({ epochs: 6 }, 40), [healthy('a'), boasting(true)], ['run'])
    const { findings, verdict } = await checkExperiment({ ...check, steps: 12 })
    expect(verdict).toBe('disagree')
    expect(findings[0]?.sentence).toMatch(/^odd returns "metric\/accuracy" as something else than "/)
  })

  it('lead to the operation that is wrong from some row on', async () => {
    const far = evaluatingBackend('far', 'no category behind row 80', (node, inputs, shape) => {
      const values = inFloat64(node, inputs, shape)
      return node.op === 'argMax' ? values.fill(-1, 80) : values
    })
    const check = checkOf(smallPlan({ epochs: 6 }, 40, 100), [healthy('a'), far], ['run'])
    const { findings } = await checkExperiment({ ...check, steps: 12 })
    expect(findings[0]).toMatchObject({ kind: 'operation', backend: 'far', operation: 'argMax', mode: 'run' })
  })
})

describe('final accuracies that differ', () => {
  it('are a fault where training is followed to its end', async () => {
    const found = await judged({ epochs: 6 }, 1)
    expect(found?.decorrelatedAt).toBeUndefined()
    expect(found?.judgement).toMatchObject({ verdict: 'disagree', reason: expect.stringContaining('final accuracy') })
  })

  it('are left open where rounding leads to other models, until there are seeds enough', async () => {
    // Steps so short that the curvature which lbfgs sees between them is rounding.
    const chaotic = { epochs: 6, optimizer: { type: 'lbfgs', learningRate: 0.001 } }
    const few = await judged(chaotic, 1)
    expect(few?.decorrelatedAt).toBeGreaterThan(0)
    expect(few?.judgement).toMatchObject({ verdict: 'inconclusive', reason: expect.stringContaining('5 seeds') })
    expect(few?.judgement.needs).toEqual({ seeds: 5 })
    const enough = await judged(chaotic, 5)
    expect(enough?.judgement.verdict).toBe('disagree')
    // What --until-decided trains is what so many seeds from the start would have been.
    expect(await judged(chaotic, 1, 20)).toEqual(enough)
  })
})

const run = (backends: Parameters<typeof checkOf>[1], samples = 40, steps = 12) =>
  checkExperiment({ ...checkOf(smallPlan({ epochs: 6 }, samples), backends, ['run']), steps })

describe('the mode run', () => {
  it('finds a backend that is not deterministic', async () => {
    let calls = 0
    const wavering = spoiled('odd', ({ result }) => {
      const loss = result.ys['loss']
      const isLate = ++calls > 3 && calls < 8
      return loss !== undefined && isLate
        ? { ...result, ys: { ...result.ys, loss: mapped(loss, (x) => x + 1) } }
        : result
    })
    const report = await run([healthy('a'), wavering])
    expect(report.verdict).toBe('disagree')
    expect(report.findings[0]).toMatchObject({ kind: 'nondeterminism', backend: 'odd' })
  })

  it('finds a fault that begins late, at its step', async () => {
    const late = spoiled('odd', ({ result, xs }) => {
      // From the sixth step on: the optimizer's step size says which it is.
      const weight = result.carry['dense2.weight']
      const size = xs['optimizer.stepSize']?.data[0] ?? 0
      return weight !== undefined && size > lateSize
        ? { ...result, carry: { ...result.carry, 'dense2.weight': mapped(weight, (x) => 1.001 * x) } }
        : result
    })
    const lateSize = smallPlan().xs('train', { first: 5, count: 1 })['optimizer.stepSize']?.data[0] ?? Number.NaN
    const sizes = Array.from(
      { length: 12 },
      (_, step) => smallPlan().xs('train', { first: step, count: 1 })['optimizer.stepSize']?.data[0] ?? 0,
    )
    const first = sizes.findIndex((size) => size > lateSize)
    const report = await run([healthy('a'), late])
    expect(report.verdict).toBe('disagree')
    const found = report.findings.find(({ kind }) => kind === 'trajectory')
    expect(found).toMatchObject({ backend: 'odd', layer: 'dense2.weight', stage: 'state', step: first })
    expect(report.arms[0]?.runs[0]?.jump?.step).toBe(first)
  })
  it('finds a step that is right when it is computed afresh', async () => {
    const reference = referenceBackend()
    const wearing: Backend = {
      ...reference,
      name: 'odd',
      compile: async (program, constants) => {
        const right = await reference.compile(program, constants)
        let steps = 0
        return {
          ...right,
          scan: async (carry, xs) => {
            const result = await right.scan(carry, xs)
            const before = steps
            steps += Object.values(xs)[0]?.shape[0] ?? 0
            const weight = result.carry['dense2.weight']
            const isWorn = weight !== undefined && before < 7 && steps >= 7
            return isWorn
              ? { ...result, carry: { ...result.carry, 'dense2.weight': mapped(weight, (x) => 1.001 * x) } }
              : result
          },
        }
      },
    }
    const plan = smallPlan({ epochs: 4 })
    const report = await checkExperiment({ ...checkOf(plan, [healthy('a'), wearing], ['run']), steps: 7 })
    expect(report.verdict).toBe('disagree')
    expect(report.findings).toMatchObject([{ kind: 'trajectory', backend: 'odd', stage: 'state' }])
    expect(report.reason).toContain(
      'odd: that step computed afresh, from the same state, gives another "dense2.weight"',
    )
  })
})
