/** The end of a check: a verdict for each pair, its figure and advice, and what chance does to many comparisons. */
import { describe, expect, it } from 'vitest'
import { chanceOf, chanceText, pairVerdicts } from '../src/compare/pairs.js'
import type { ArmReport } from '../src/compare/check.js'
import { tolerancesFor } from '../src/compare/tolerances.js'
import type { Finding } from '../src/compare/verdict.js'

const agree = { verdict: 'agree', reason: 'r' } as const
const arm: ArmReport = {
  arm: 'relu',
  precision: 'float32',
  tolerances: tolerancesFor('float32'),
  judgements: { ops: agree },
  operations: [
    { backend: 'a', operation: 'matmul', nodes: 1, elements: 1, ratio: 0.3, multiple: 1 },
    { backend: 'b', operation: 'add', nodes: 1, elements: 1, ratio: 0.5, multiple: 1 },
  ],
  steps: [],
  runs: [],
  unchecked: [],
}
const fault: Finding = {
  severity: 'fault',
  mode: 'ops',
  kind: 'operation',
  backend: 'b',
  arm: 'relu',
  measured: 7,
  tolerance: 1,
  sentence: 'b: matmul is wrong',
}
const report = (findings: readonly Finding[] = []) => ({ arms: [arm], findings, failures: [] })

describe('a verdict for each pair', () => {
  it('holds every backend against the first, and one alone against the reference', () => {
    expect(pairVerdicts(report(), ['a', 'b', 'c']).map(({ backends }) => backends)).toEqual([
      ['a', 'b'],
      ['a', 'c'],
    ])
    expect(pairVerdicts(report(), ['a'])[0]?.reason).toContain('a and the float64 reference compute the same')
    expect(pairVerdicts(report(), [])).toEqual([])
  })

  it('shows the figure nearest to its limit, of these two backends alone', () => {
    const [both, other] = pairVerdicts(report(), ['a', 'b', 'c'])
    expect(both).toMatchObject({ verdict: 'agree', evidence: { measured: 0.5, limit: 1 } })
    expect(other).toMatchObject({ verdict: 'agree', evidence: { measured: 0.3, limit: 1 } })
  })

  it('says which precision a backend declares, and shows no figure beyond a limit where the two agree', () => {
    const sentence = 'b is held to TF32 (10 bits), as it declares'
    const declared: Finding = {
      severity: 'remark',
      mode: 'ops',
      kind: 'precision',
      backend: 'b',
      arm: 'relu',
      sentence,
    }
    const wide = { backend: 'b', operation: 'matmul', nodes: 1, elements: 1, ratio: 400, multiple: 1 } as const
    const widened = { ...report([declared]), arms: [{ ...arm, operations: [...arm.operations, wide] }] }
    const [both, other] = pairVerdicts(widened, ['a', 'b', 'c'])
    expect(both).toMatchObject({ verdict: 'agree', evidence: { measured: 0.5, limit: 1 } })
    expect(both?.reason).toMatch(
      /^a and b compute the same operations: .*; b is held to TF32 \(10 bits\), as it declares$/,
    )
    expect(other?.reason).not.toContain('TF32')
  })

  it('blames the pair that a fault is in, with its figure and what to do, and no other', () => {
    const [both, other] = pairVerdicts(report([fault]), ['a', 'b', 'c'])
    expect(both).toMatchObject({
      verdict: 'disagree',
      reason: 'b: matmul is wrong',
      evidence: { measured: 7, limit: 1 },
    })
    expect(both?.next).toContain('--arm relu --backend b --mode ops')
    expect(other).toMatchObject({ verdict: 'agree' })
  })

  it('agrees of two that no finding concerns, where a third makes the mode disagree', () => {
    const judged = { ...arm, judgements: { ops: { verdict: 'disagree', reason: 'b: matmul is wrong' } } } as const
    const [, other] = pairVerdicts({ ...report([fault]), arms: [judged] }, ['a', 'b', 'c'])
    expect(other).toMatchObject({ backends: ['a', 'c'], verdict: 'agree' })
  })

  it('is of each backend and the record that all were held against', () => {
    const open = { verdict: 'inconclusive', reason: 'b and wasm (record): the losses had parted before' } as const
    const againstRecord = [
      { backend: 'a', judgement: agree },
      { backend: 'b', judgement: open },
    ]
    const held = { ...report(), arms: [{ ...arm, judgements: { record: open }, againstRecord }] }
    const [one, other] = pairVerdicts(held, ['a', 'b'])
    expect(one).toMatchObject({ backends: ['a'], verdict: 'agree' })
    expect(one?.reason).toContain('a and the record compute the same')
    expect(other).toEqual({ backends: ['b'], ...open })
  })

  it('names a backend in its advice as the command line did', () => {
    const [pair] = pairVerdicts(report([fault]), ['a', 'b'], (name) => `./${name}.mjs`)
    expect(pair?.next).toContain('--arm relu --backend ./b.mjs --mode ops')
    const failures = [{ backend: 'b', mode: 'ops', message: 'no device' }] as const
    const [open] = pairVerdicts({ ...report(), failures }, ['a', 'b'], (name) => `./${name}.mjs`)
    expect(open).toMatchObject({ reason: 'b failed: no device', next: expect.stringContaining('conformance ./b.mjs ') })
  })

  it('is open where one of them failed', () => {
    const failures = [{ backend: 'b', mode: 'ops', message: 'no device' }] as const
    const verdicts = pairVerdicts({ ...report(), failures }, ['a', 'b', 'c'])
    expect(verdicts.map(({ verdict }) => verdict)).toEqual(['inconclusive', 'agree'])
    expect(verdicts[0]?.reason).toBe('b failed: no device')
  })

  it('says what would decide an open one', () => {
    const open = { verdict: 'inconclusive', reason: 'few', needs: { seeds: 5 } } as const
    const [pair] = pairVerdicts({ ...report(), arms: [{ ...arm, judgements: { run: open } }] }, ['a', 'b'])
    expect(pair).toMatchObject({
      verdict: 'inconclusive',
      needs: { seeds: 5 },
      next: expect.stringContaining('--seeds 5'),
    })
  })
})

it('chance puts 2 of 741 finals beyond three standard errors', () => {
  const finals = Array.from({ length: 741 }, (_, i) => ({ measured: i < 3 ? 3.5 : 1, tolerance: 3 }))
  const chance = chanceOf(finals)
  // 741 times 0.0026998.
  expect(chance).toMatchObject({ comparisons: 741, expected: expect.closeTo(2.0005, 3), exceeded: 3 })
  expect(chanceText(chance)).toContain('741 final figures compared, 3 beyond the limit; chance alone puts 2.001')
})
