/**
 * Published effects: directions on records whose numbers are written down here, and those of the presets at the start of a
 * training, for three seeds, where depth and time alone speak.
 */
import { describe, expect, test } from 'vitest'
import { measuredEffects } from '../src/compare/records/effects.js'
import { reproductionOf } from '../src/compare/records/reproduction.js'
import { type EffectFigure, published } from '../src/experiment/presets/published.js'
import { findPreset, parseExperiment, type RunRecord } from '../src/index.js'
import { firstRecord } from './first-gradients.js'

/** The parts of a record that a train loss is read from. */
function record(arm: string, seed: number, trainLoss: number, backend = 'b'): RunRecord {
  const finals = { test: { loss: 1, metrics: {} } }
  const parts = { preset: 'plain-residual', arm, seed, backend, epochs: [{ trainLoss: 9 }, { trainLoss }], finals }
  return {
    ...parts,
    judgedOn: 'test',
    metrics: {},
    seconds: 1,
    layers: [],
    probes: [],
    end: {},
  } as unknown as RunRecord
}

describe('an effect', () => {
  const above = [{ figure: 'trainLoss', above: 'y' }] as const

  test('holds where each run lies beyond that of the other arm with its seed, on its backend', () => {
    const [x, y] = [
      [record('x', 0, 2), record('x', 1, 5)],
      [record('y', 0, 1), record('y', 1, 4), record('y', 0, 3, 'c')],
    ]
    expect(measuredEffects(above, x, [...x, ...y])).toEqual([
      {
        label: 'train loss',
        format: 'number',
        values: [2, 5],
        relation: 'above',
        bounds: [1, 4],
        arm: 'y',
        holds: true,
      },
    ])
    expect(measuredEffects(above, x, [...x, record('y', 0, 1), record('y', 1, 5)])[0]?.holds).toBe(false)
  })

  test('is not measured beside an arm that was not run', () => {
    expect(measuredEffects(above, [record('x', 0, 2)], [record('x', 0, 2)])).toEqual([])
  })

  test('does not hold for what is no number, and has a bound of its own on each side', () => {
    const band = [{ figure: 'trainLoss', above: 1, below: 3 }] as const
    const told = (loss: number) => measuredEffects(band, [record('x', 0, loss)], []).map(({ holds }) => holds)
    expect([told(2), told(1), told(3), told(Number.NaN)]).toEqual([
      [true, true],
      [false, true],
      [true, false],
      [false, false],
    ])
  })

  test('of plain-residual at 56 layers is the size of the train loss too', () => {
    const holds = (arm: string, own: number, other: RunRecord) => {
      const effects = (published['plain-residual']?.[arm]?.effects ?? []).filter(({ figure }) => figure === 'trainLoss')
      return measuredEffects(effects, [record(arm, 0, own)], [other]).map((one) => one.holds)
    }
    // The means of docs/suite.md; a residual network that is better than the plain one and has not learned; a plain one that has.
    expect(holds('residual-56', 0.068, record('plain-56', 0, 1.977))).toEqual([true, true])
    expect(holds('plain-56', 1.977, record('residual-56', 0, 0.068))).toEqual([true, true])
    expect(holds('residual-56', 1.5, record('plain-56', 0, 1.977))).toEqual([true, false])
    expect(holds('plain-56', 0.5, record('residual-56', 0, 0.068))).toEqual([true, false])
  })

  test('decides a verdict', () => {
    const [plain, residual] = [record('plain-8', 0, 0.1), record('plain-20', 0, 0.2)]
    expect(reproductionOf([plain], [plain, residual]).verdict).toBe('reproduced')
    expect(reproductionOf([plain], [plain, record('plain-20', 0, 0.05)]).verdict).toBe('not reproduced')
    expect(reproductionOf([plain])).toMatchObject({ verdict: 'nothing published' })
  })
})

test('every arm of a preset with effects has one, beside arms that are there', () => {
  for (const [preset, arms] of Object.entries(published)) {
    const effects = Object.values(arms).flatMap((each) => each.effects ?? [])
    if (effects.length === 0) continue
    const names = Object.keys(parseExperiment(findPreset(preset)).arms)
    expect(Object.keys(arms).toSorted()).toEqual(names.toSorted())
    const others = effects.flatMap(({ above, below }) => [above, below]).filter((bound) => typeof bound === 'string')
    expect(names).toEqual(expect.arrayContaining(others))
  }
})

/** Figures that are there before anything is trained. */
const initial: readonly EffectFigure[] = ['decadesLost', 'decadesLostInTime', 'lastHiddenGradient']

function initialEffects(preset: string) {
  return Object.entries(published[preset] ?? {}).flatMap(([arm, { effects = [] }]) => {
    const kept = effects.filter(({ figure }) => initial.includes(figure))
    return kept.length === 0 ? [] : [{ arm, effects: kept }]
  })
}

const presetsWithOnes = Object.keys(published).filter((preset) => initialEffects(preset).length > 0)

describe('at the start of a training', () => {
  test.each(presetsWithOnes.flatMap((preset) => [0, 1, 2].map((seed) => [preset, seed] as const)))(
    '%s has its published directions with seed %i',
    { timeout: 60_000 },
    async (preset, seed) => {
      const asked = initialEffects(preset)
      const others = asked.flatMap(({ effects }) => effects.flatMap(({ above, below }) => [above, below]))
      const arms = new Set([...asked.map(({ arm }) => arm), ...others.filter((each) => typeof each === 'string')])
      const records = []
      // oxlint-disable-next-line no-await-in-loop -- one arm after the other: they share one core
      for (const arm of arms) records.push(await firstRecord(preset, arm, seed))
      for (const { arm, effects } of asked) {
        const own = records.filter((each) => each.arm === arm)
        const measured = measuredEffects(effects, own, records)
        expect(measured.length).toBeGreaterThanOrEqual(effects.length)
        expect(measured.filter(({ holds }) => !holds)).toEqual([])
      }
    },
  )
})
