/** Sweeps: what their files say, and that trials are a function of the file alone. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findPreset, InputError, parseExperiment } from '../src/index.js'
import { MOST_TRIALS, parseSweep, planSweep, settingColumns, type SweepPlan, type Trial } from '../src/sweep/index.js'

const example = {
  experiment: 'keras-13x10',
  grid: { 'optimizer.learningRate': [0.001, 0.01], 'activation.type': ['relu', 'sigmoid'] },
  seeds: 5,
  backends: ['wasm'],
  set: { 'data.dataset': 'digits', 'data.limit': 800, epochs: 1 },
}

function planOf(document: unknown): SweepPlan {
  const sweep = parseSweep(document, { source: 'sweep.yaml' })
  const preset = findPreset(sweep.experiment as string)
  return planSweep(sweep, (overrides) => parseExperiment(preset, { source: 'sweep.yaml', overrides }), 'sweep.yaml')
}

function trialsOf(document: unknown): Trial[] {
  return [...planOf(document).trials()]
}

/** The message of what is thrown. */
function refusal(document: unknown): string {
  try {
    planOf(document)
  } catch (error) {
    if (error instanceof InputError) return error.message
    throw error
  }
  throw new Error('it was not refused')
}

describe('the trials of a sweep', () => {
  it('are the product of grid, arms, seeds and backends, the last the fastest; arms that are the same count once', () => {
    const trials = trialsOf({ ...example, backends: ['wasm', 'onnx'] })
    expect(trials).toHaveLength(2 * 2 * 5 * 2)
    expect(trials.map(({ index }) => index)).toEqual([...trials.keys()])
    expect(trials[13]).toMatchObject({
      settings: { 'optimizer.learningRate': 0.001, 'activation.type': 'sigmoid' },
      arm: 'relu',
      seed: 1,
      backend: 'onnx',
    })
    expect(new Set(trials.map(({ arm }) => arm))).toEqual(new Set(['relu']))
  })

  it('have each value once: one that stands twice would count as a second seed', () => {
    const twice = { ...example, grid: { batchSize: [32, 32, 16] }, seeds: [1, 1] }
    expect(trialsOf({ ...twice, list: [{ epochs: 1 }, { epochs: 1 }] })).toHaveLength(2 * 2)
  })

  it('have the arms that are named, or all that differ, and seeds of their own', () => {
    const { grid: _, seeds: __, ...bare } = example
    expect(trialsOf(bare).map(({ arm, seed }) => [arm, seed])).toEqual([
      ['relu', 0],
      ['sigmoid', 0],
    ])
    expect(trialsOf({ ...example, arms: ['sigmoid', 'relu'], seeds: [7] })).toHaveLength(8)
    expect(trialsOf({ ...bare, set: { seed: 9 } }).map(({ seed }) => seed)).toEqual([9, 9])
  })

  it('change the experiment as their settings say', () => {
    const plan = planOf({ ...example, set: { ...example.set, optimizer: { type: 'sgd', momentum: 0.5 } } })
    const { arms } = parseExperiment(findPreset('keras-13x10'), { overrides: plan.overridesOf(plan.trial(19)) })
    expect(arms['relu']).toMatchObject({
      activation: { type: 'sigmoid' },
      optimizer: { type: 'sgd', momentum: 0.5, learningRate: 0.01 },
      data: { dataset: 'digits', limit: 800 },
    })
    // The file's own values are not written to.
    expect(plan.sweep.set['optimizer']).toEqual({ type: 'sgd', momentum: 0.5 })
  })

  const axis = fc.uniqueArray(fc.double({ min: 1e-4, max: 0.1, noNaN: true }), { minLength: 1, maxLength: 5 })

  it('of a grid are its full product', () => {
    fc.assert(
      fc.property(
        axis,
        fc.uniqueArray(fc.integer({ min: 1, max: 64 }), { minLength: 1, maxLength: 5 }),
        (rates, sizes) => {
          const grid = { 'optimizer.learningRate': rates, batchSize: sizes }
          const got = trialsOf({ experiment: 'softmax-linear', grid }).map(({ settings }) => JSON.stringify(settings))
          const all = rates.flatMap((rate) =>
            sizes.map((size) => ({ 'optimizer.learningRate': rate, batchSize: size })),
          )
          expect(got).toEqual(all.map((settings) => JSON.stringify(settings)))
        },
      ),
      { numRuns: 20 },
    )
  })

  const searched = fc
    .record({
      draws: fc.integer({ min: 1, max: 40 }),
      seed: fc.nat(),
      least: fc.double({ min: 1e-6, max: 0.01, noNaN: true }),
    })
    .map(({ draws, seed, least }) => ({
      experiment: 'softmax-linear',
      random: {
        draws,
        seed,
        'optimizer.learningRate': { logUniform: [least, 0.1] },
        'optimizer.type': { choice: ['sgd', 'adam'] },
        'optimizer.momentum': { uniform: [0.5, 0.9], when: { 'optimizer.type': 'sgd' } },
        batchSize: { integer: [3, 5] },
      },
    }))

  it('of a random search lie in their ranges, with a setting only where its condition holds', () => {
    fc.assert(
      fc.property(searched, (document) => {
        const [least = 0] = document.random['optimizer.learningRate'].logUniform
        for (const { settings } of trialsOf(document)) {
          const { 'optimizer.learningRate': rate, 'optimizer.type': type, 'optimizer.momentum': momentum } = settings
          expect(rate).toBeGreaterThanOrEqual(least)
          expect(rate).toBeLessThanOrEqual(0.1)
          expect([3, 4, 5]).toContain(settings['batchSize'])
          const isIn = type === 'adam' ? momentum === undefined : Math.abs(Number(momentum) - 0.7) <= 0.2
          expect(isIn).toBe(true)
        }
      }),
      { numRuns: 30 },
    )
  })

  it('are the same for the same file, and have names of their own', () => {
    fc.assert(
      fc.property(searched, (document) => {
        const trials = trialsOf(document)
        expect(trialsOf(structuredClone(document))).toEqual(trials)
        expect(new Set(trials.map(({ id }) => id)).size).toBe(trials.length)
      }),
      { numRuns: 10 },
    )
  })

  it('are drawn log-uniformly: of the decades of a range each gets as many', () => {
    const random = { draws: 3000, 'optimizer.learningRate': { logUniform: [1e-4, 1e-1] } }
    const trials = trialsOf({ experiment: 'softmax-linear', random })
    const decades = trials.map(({ settings }) => Math.floor(Math.log10(Number(settings['optimizer.learningRate']))))
    const counts = [-4, -3, -2].map((decade) => decades.filter((each) => each === decade).length)
    // A binomial count of 3000 at 1/3 has standard deviation 25.8; four of them.
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(104)
  })

  it('keep their other numbers where a condition is added', () => {
    const [free, bound] = [{}, { when: { 'optimizer.type': 'adam' } }].map((when) =>
      trialsOf({
        experiment: 'softmax-linear',
        set: { 'optimizer.type': 'sgd' },
        random: { draws: 5, batchSize: { integer: [1, 9], ...when }, epochs: { integer: [1, 1000] } },
      }).map(({ settings }) => settings),
    )
    expect(bound).toEqual(free?.map(({ epochs }) => ({ epochs })))
  })

  it('are ended early in rungs of fewer and longer', () => {
    const grid = { 'optimizer.learningRate': [...Array(20).keys()].map((i) => 10 ** (-i / 8)) }
    const stop = { rule: 'halving', factor: 3, first: 2 }
    const plan = planOf({ experiment: 'softmax-linear', set: { epochs: 20 }, grid, seeds: 2, stop })
    expect(plan.rungs).toEqual([
      { epochs: 2, candidates: 20 },
      { epochs: 6, candidates: 7 },
      { epochs: 18, candidates: 3 },
      { epochs: undefined, candidates: 1 },
    ])
    expect(plan.perCandidate).toBe(2)
    const scores = new Map([3, 1, Number.NaN, 1, Number.POSITIVE_INFINITY].map((score, i) => [i, score]))
    expect([plan.survivors(2, scores), plan.survivors(3, scores)]).toEqual([[1, 3, 0], [1]])
    expect(plan.survivors(1, scores)).toEqual([1, 3, 0, 2, 4])
    expect(planOf({ experiment: 'softmax-linear' }).rungs).toEqual([{ epochs: undefined, candidates: 1 }])
  })

  it('are not made before they are asked for', () => {
    const random = { draws: 100_000, 'optimizer.learningRate': { logUniform: [1e-4, 1e-1] } }
    const plan = planOf({ experiment: 'softmax-linear', random, seeds: 10 })
    expect(plan.count).toBe(MOST_TRIALS)
    expect(plan.trial(999_999)).toMatchObject({ index: 999_999, seed: 9 })
  })
})

describe('a sweep is refused', () => {
  it('with a path that every object answers to', () => {
    expect(refusal({ ...example, grid: { '__proto__.x': [1] } })).toMatch(/grid.*expected the path of a field/)
    expect(refusal({ ...example, set: { 'optimizer.__proto__': 1 } })).toMatch(/set.*expected the path of a field/)
  })

  const thousand = [...Array(1000).keys()]

  it('with its number of trials where those are too many', () => {
    const grid = { 'optimizer.learningRate': thousand, batchSize: thousand, epochs: thousand }
    expect(refusal({ experiment: 'keras-13x10', grid })).toBe(
      '[core] sweep.yaml: expected at most 1,000,000 trials, got 1,000,000,000: 1,000 (optimizer.learningRate) x 1,000 (batchSize) x 1,000 (epochs)',
    )
    const twice = { experiment: 'keras-13x10', random: { draws: 600_000 }, seeds: 1 }
    expect(refusal(twice)).toContain('got 1,200,000: 600,000 (random.draws) x 2 (arms)')
  })

  it.for([
    [{ grid: { 'optimizer.learningRat': [0.1] } }, 'did you mean "learningRate"?'],
    [{ set: { 'modle.layers': [] } }, 'did you mean "model"?'],
    [{ arms: ['rleu'] }, 'did you mean "relu"?'],
    [{ grid: { 'optimizer.type': ['adam', 'adma'] } }, 'got "adma"'],
    [{ grd: {} }, 'grd: expected no such field, got "grd"; did you mean "grid"?'],
    [{ grid: { epochs: [] } }, 'grid.epochs: expected at least 1 items, got []'],
    [
      { grid: { epochs: [1] }, list: [{ epochs: 2 }] },
      'grid.epochs: expected every path in one of list, grid and random',
    ],
    [{ grid: { seed: [1] } }, 'grid.seed: expected seeds under "seeds"'],
    [{ random: { draws: 2, epochs: { unifrom: [1, 2] } } }, 'did you mean "uniform"?'],
    [{ random: { draws: 2, epochs: { uniform: [2, 1] } } }, 'random.epochs.uniform: expected a range [least, most]'],
    [
      { random: { draws: 2, epochs: { logUniform: [0, 1] } } },
      'random.epochs.logUniform[0]: expected more than 0, got 0',
    ],
    [{ random: { draws: 0 } }, 'random.draws: expected at least 1, got 0'],
    [
      {
        set: { 'optimizer.type': 'sgd' },
        random: { draws: 1, epochs: { choice: [1], when: { 'optimizer.typ': 1 } } },
      },
      'expected a path of set, list or grid, or one drawn before this one, got "optimizer.typ"; did you mean "optimizer.type"?',
    ],
    [{ seeds: 0 }, 'seeds'],
    [{ stop: { rule: 'halving' }, grid: { epochs: [1, 2] } }, 'grid.epochs: expected the same epochs for all'],
    [{ stop: { rule: 'halving', factor: 1 } }, 'stop.factor: expected at least 2, got 1'],
    [JSON.parse('{"set":{"__proto__":{"epochs":1}}}'), '__proto__'],
  ] as const)('%j', ([fields, message]) => {
    expect(refusal({ experiment: 'keras-13x10', ...(fields as object) })).toContain(message)
  })
})

describe('columns of settings', () => {
  it('are paths, and of objects the leaves that differ', () => {
    const all = [1, 2].map((units) => ({ batchSize: 8, 'model.layers': [{ type: 'dense', units }, { type: 'relu' }] }))
    const columns = settingColumns([...all, { batchSize: 4 }])
    expect(columns.map(({ path }) => path)).toEqual(['batchSize', 'model.layers[0].units'])
    expect(columns.map(({ of }) => [...all, { batchSize: 4 }].map(of))).toEqual([
      [8, 8, 4],
      [1, 2, undefined],
    ])
  })

  it('number values whose leaves differ in many places, and say the first of them', () => {
    const all = [1, 2].map((least) => ({ layers: Array.from({ length: 5 }, (_, i) => ({ units: least * (i + 1) })) }))
    const [column, ...others] = settingColumns(all)
    expect(others).toEqual([])
    expect(all.map((settings) => column?.of(settings))).toEqual([
      '#1 units 1, units 2, \u2026',
      '#2 units 2, units 4, \u2026',
    ])
  })
})
