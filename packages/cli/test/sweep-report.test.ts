/** Reports of the results of a sweep: means over seeds, the order of settings, backends beside each other. */
import { describe, expect, it } from 'vitest'
import { sweepDocument, type SweepProgress } from '../src/documents/sweep-document.js'
import { compareSweeps, type SweepSide } from '../src/documents/sweep-compare.js'
import type { DoneEntry } from '../src/documents/sweep-lines.js'
import { sweepReport } from '../src/terminal/sweep.js'
import { sweepsReport } from '../src/terminal/sweeps.js'
import { styleOf } from '../src/text/terminal-style.js'

const figures = { judgedBy: 'accuracy', judgedOn: 'test', better: 'larger', finals: {} } as const
const facts = {
  outcome: 'done',
  id: '',
  arm: 'relu',
  end: 'finished',
  steps: 1,
  losses: [],
  seconds: 1,
  hash: '',
} as const
const progress: SweepProgress = {
  trials: 12,
  done: 8,
  running: 2,
  failed: 1,
  left: 3,
  repeated: 0,
  damaged: 0,
  perSecond: 2,
  secondsLeft: 61,
  failures: [{ trial: 3, id: '3-0', settings: { epochs: 2 }, arm: 'relu', seed: 4, backend: 'wasm', reason: 'no' }],
  differences: [],
  environments: {},
}

/** A result with a learning rate, a seed and what judges it. */
function entry(
  rate: number,
  seed: number,
  value: number,
  change: Partial<Pick<DoneEntry, 'backend' | 'end' | 'rung'>> = {},
): DoneEntry {
  const settings = { 'optimizer.learningRate': rate }
  return {
    ...figures,
    ...facts,
    trial: 0,
    settings,
    seed,
    backend: 'wasm',
    judged: { value, error: 0.01 },
    on: '',
    losses: [],
    ...change,
  }
}

/** The document of results; those of the same settings, seed and backend are of one trial. */
function documentOf(results: readonly DoneEntry[]) {
  const keys = results.map(({ settings, seed, backend }) => JSON.stringify([settings, seed, backend]))
  const entries = results.map((each, i) => ({ ...each, trial: keys.indexOf(keys[i] ?? '') }))
  const plan = { candidates: [2, 1], epochsOf: (rung: number) => 3 ** rung }
  return sweepDocument('swept', { source: 'sweep.yaml', experiment: 'line', sweep: {}, plan }, entries, progress)
}

describe('backends of a sweep', () => {
  it('agree where both diverged, and not where one did', () => {
    const [nan, end] = [Number.NaN, 'diverged'] as const
    const onBoth = [entry(1, 0, nan, { end }), entry(1, 0, nan, { end, backend: 'onnx' })]
    expect(documentOf(onBoth).backends).toMatchObject([{ combinations: 1, apart: [] }])
    const onOne = [entry(1, 0, nan, { end }), entry(1, 0, 0.5, { backend: 'onnx' })]
    expect(documentOf(onOne).backends[0]?.apart).toHaveLength(1)
    const style = styleOf({ isTTY: false }, { LANG: 'C.UTF-8' })
    expect(sweepReport(style, documentOf(onOne)).join('\n')).toMatch(/one diverged/)
  })
})

describe('settings of a sweep', () => {
  it('stand under the ends of their paths where whole ones fill the line, as long as these differ', () => {
    const settings = { 'optimizer.learningRate': 1, 'schedule.warmup.epochs': 2, 'schedule.decay.epochs': 3 }
    const style = { ...styleOf({ isTTY: false }, {}), width: 100 }
    const lines = sweepReport(style, documentOf([{ ...entry(1, 0, 0.5), settings }]))
    expect(lines.find((line) => line.includes('seeds'))).toMatch(
      /^ +learningRate +warmup\.epochs +decay\.epochs +seeds +accuracy +standard error +diverged$/,
    )
  })

  it('stand with mean and standard error over seeds, the best first, what is no number last', () => {
    const nan = [0, 1].map((seed) => entry(1, seed, Number.NaN, { end: 'nonFinite' }))
    const { settings } = documentOf([...nan, entry(0.1, 0, 0.6), entry(0.1, 1, 0.8), entry(0.01, 0, 0.9)])
    expect(settings.map(({ settings: each, seeds, diverged }) => [Object.values(each)[0], seeds, diverged])).toEqual([
      [0.01, [0], 0],
      [0.1, [0, 1], 0],
      [1, [0, 1], 2],
    ])
    // 0.6 and 0.8: sample variance 0.02, of the mean 0.01.
    expect(settings[1]?.mean).toBeCloseTo(0.7, 12)
    expect(settings[1]?.error).toBeCloseTo(0.1, 12)
    expect(settings[0]).not.toHaveProperty('error')
  })

  it('of later rungs come first, with the epochs that they were trained for', () => {
    const first = [entry(1, 0, 0.9, { rung: 0 }), entry(2, 0, 0.7, { rung: 0 })]
    const { settings, rungs } = documentOf([...first, entry(2, 0, 0.5, { rung: 1 })])
    expect(settings.map(({ rung, epochs, mean }) => [rung, epochs, mean])).toEqual([
      [1, 3, 0.5],
      [0, 1, 0.9],
    ])
    expect(rungs).toEqual([
      { epochs: 1, combinations: 2, trained: 2, best: 0.9, median: 0.9, kept: 0.9 },
      { epochs: 3, combinations: 1, trained: 1, best: 0.5, median: 0.5 },
    ])
    const lines = sweepReport(styleOf({ isTTY: false }, {}), documentOf(first))
    expect(lines[1]).toBe('rungs: 2 combinations for 1 epoch, 1 for 3; at rung 1 of 2')
    expect(lines.find((line) => line.includes('seeds'))).toMatch(/epochs +seeds/)
  })

  it('have losses by epoch, means over seeds, of the best', () => {
    const all = Array.from({ length: 9 }, (_, i) => entry(i, 0, i / 10))
    const best = [entry(9, 0, 0.9), entry(9, 1, 0.9)].map((each, seed) => ({
      ...each,
      losses: seed === 0 ? [4, 2] : [2],
    }))
    const { settings } = documentOf([...all, ...best])
    // The second seed has one epoch alone.
    expect(settings[0]?.losses).toEqual([3, 2])
    expect(settings.map(({ losses }) => losses !== undefined)).toEqual([...Array(8).fill(true), false, false])
  })
})

describe('backends of a sweep', () => {
  const onnx = { backend: 'onnx' }
  // Standard error of a difference of two figures with 0.01 each: 0.01 sqrt(2).
  const entries = [
    entry(1, 0, 0.5),
    entry(1, 0, 0.54, onnx),
    entry(2, 0, 0.5),
    entry(2, 0, 0.55, onnx),
    entry(3, 0, 0.5),
  ]

  it('are held against each other where both were trained', () => {
    const { backends } = documentOf(entries)
    expect(backends).toMatchObject([
      { backends: ['wasm', 'onnx'], combinations: 2, tolerance: 3, apart: [{ arm: 'relu' }] },
    ])
    const [apart] = backends[0]?.apart ?? []
    expect(apart).toMatchObject({ settings: { 'optimizer.learningRate': 2 }, means: [0.5, 0.55] })
    expect(apart?.measured).toBeCloseTo(5 / Math.SQRT2, 10)
  })

  it('are told beside counts, rate and failures', () => {
    const style = { terminal: false, color: false, unicode: true, width: 80 }
    const lines = sweepReport(style, documentOf(entries))
    expect(lines[0]).toBe('sweep.yaml: 8 of 12 trials done, 2 running, 1 failed, 1 left, 2.00/s, 1:01 left')
    expect(lines).toContain('wasm and onnx: finals of 1 of 2 combinations within 3 standard errors')
    expect(lines).toContain('  optimizer.learningRate 2, relu: 0.5000 and 0.5500, 3.5355 standard errors apart')
    expect(lines.at(-1)).toBe('trial 3-0 (epochs 2, relu, seed 4, wasm) was set aside: no')
  })
})

/** A sweep to be compared. */
function side(directory: string, entries: readonly DoneEntry[], version = '1'): SweepSide {
  const environments = { abcd: { node: '20', versions: { runtime: version }, backends: { wasm: 'cpu' } } }
  return { directory, set: { batchSize: 4 }, entries, epochsOf: ({ rung = 1 }) => 3 ** rung, environments }
}

describe('two sweeps', () => {
  const [first, second] = [
    [entry(1, 0, 0.5), entry(1, 1, 0.5), entry(2, 0, 0.5), entry(3, 0, 0.5, { rung: 0 })],
    [entry(1, 0, 0.5), { ...entry(1, 1, 0.5), hash: 'b' }, entry(2, 0, 0.55), entry(3, 0, 0.5), entry(4, 0, 0.5)],
  ] as const

  it('are compared training by training in bits, and combination by combination in finals', () => {
    const comparison = compareSweeps(side('a', first), side('b', second, '2'))
    expect(comparison).toMatchObject({
      verdict: 'disagree',
      trainings: 3,
      equal: 2,
      // Trained for 1 epoch in the one, for 3 in the other.
      alone: [1, 2],
      combinations: 2,
      bits: [{ settings: { 'optimizer.learningRate': 1 }, trainings: 2, differing: 1 }],
      apart: [{ settings: { 'optimizer.learningRate': 2 }, means: [0.5, 0.55] }],
      environments: [{ name: 'runtime', values: ['1', '2'] }],
    })
    expect(comparison?.apart[0]?.measured).toBeCloseTo(5 / Math.SQRT2, 10)
    const lines = comparison && sweepsReport(styleOf({ isTTY: false }, {}), comparison)
    expect(lines?.slice(0, 4)).toEqual([
      'a and b: 3 trainings in both, of which 2 equal bit for bit',
      '  runtime: 1 and 2',
      '  optimizer.learningRate 1, relu, wasm: 1 of 2 trainings differ in bits',
      'finals of 1 of 2 combinations within 3 standard errors',
    ])
  })

  it('are of the same settings, whether all trials have them or some', () => {
    const own = { ...side('b', []), set: { 'optimizer.learningRate': 1 } }
    const entries = [{ ...entry(1, 0, 0.5), settings: { batchSize: 4 } }]
    expect(compareSweeps(side('a', first), { ...own, entries })).toMatchObject({ trainings: 1, equal: 1 })
    expect(compareSweeps(side('a', first), side('b', [entry(9, 0, 0.5)]))).toBeUndefined()
  })

  it('of one backend each may be of two', () => {
    const onnx = second.map((each) => ({ ...each, backend: 'onnx' }))
    expect(compareSweeps(side('a', first), side('b', onnx))).toMatchObject({ trainings: 3 })
    expect(compareSweeps(side('a', first), side('b', [...onnx, entry(9, 0, 0.5)]))).toBeUndefined()
  })
})
