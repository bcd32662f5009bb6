/** `isograd suite`: what is judged and what is not, and what is left on the disk. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { findPreset, parseExperiment, parseRecord, type RunRecord } from '@isograd/core'
import { finalOf } from '@isograd/core/compare'
import { describe, expect, it } from 'vitest'
import type { RunsDocument } from '../src/documents/runs-document.js'
import type { SuiteDocument } from '../src/documents/suite-document.js'
import { judgeRecords } from '../src/tasks/suite-verdicts.js'
import { presetReport, suiteSummary } from '../src/terminal/suite.js'
import { styleOf } from '../src/text/terminal-style.js'
import { isograd, temporaryDirectory } from './command.js'

const small = ['suite', '--dataset', 'digits', '--limit', '200', '--epochs', '1']

describe.concurrent('isograd suite', () => {
  it('trains every seed, and does not judge what is cut short', async () => {
    const out = temporaryDirectory()
    const args = ['--preset', 'softmax-linear', '--seeds', '2', '--out', out, '--json']
    const { status, stdout } = await isograd([...small, ...args])
    const document = JSON.parse(stdout) as SuiteDocument
    expect(status).toBe(0)
    expect(document.arms.map(({ preset, seeds, verdict }) => [preset, seeds, verdict])).toEqual([
      ['softmax-linear', 2, 'not judged'],
    ])
    expect(document.arms[0]?.changed.join()).toMatch(/data\.limit 200 instead of .*epochs 1 instead of 15/)
    const seeds = ['softmax-linear-none-onnx-seed0', 'softmax-linear-none-onnx-seed1']
    expect(readdirSync(out).toSorted()).toEqual(['command.json', 'report.html', 'runs.json', ...seeds, 'suite.json'])
    const records = seeds.map((name) => parseRecord(readFileSync(join(out, name, 'record.json'), 'utf8')))
    const mean = records.reduce((sum, each) => sum + finalOf(each).value, 0) / 2
    expect(document.arms[0]).toMatchObject({ judgedBy: 'accuracy', metric: { label: 'accuracy', format: 'percent' } })
    expect(document.arms[0]?.final.mean).toBeCloseTo(mean, 12)
    const runs = JSON.parse(readFileSync(join(out, 'runs.json'), 'utf8')) as RunsDocument
    expect(runs.runs.map(({ seed }) => seed)).toEqual([0, 1])
    expect(readFileSync(join(out, 'suite.json'), 'utf8')).toBe(stdout)
  })

  it('leaves a preset the data that it draws, whatever others are trained on', async () => {
    const out = temporaryDirectory()
    const args = ['--preset', 'through-time-copy', '--backend', 'wasm', '--limit', '32', '--out', out, '--json']
    const { status } = await isograd(['suite', '--dataset', 'digits', '--epochs', '1', ...args])
    const { runs } = JSON.parse(readFileSync(join(out, 'runs.json'), 'utf8')) as RunsDocument
    expect(status).toBe(0)
    expect([...new Set(runs.map(({ dataset }) => dataset.name))]).toEqual(['copy'])
    expect(runs.every(({ dataset }) => dataset.rows['train'] === 32)).toBe(true)
  })

  it('says in 80 columns what was changed', async () => {
    const { stdout } = await isograd([...small, '--preset', 'glorot-2x256'])
    expect(stdout.replace(/\s+/g, ' ')).toContain(
      'not judged, for it was cut short or changed: data.dataset "digits" instead of "mnist"; data.limit 200 instead',
    )
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
  })

  it('judges a network that is not trained by what is published of its layers, whatever cuts trainings short', async () => {
    const { status, stdout } = await isograd([...small, '--preset', 'scalar-chain', '--data-dir', '.', '--json'])
    expect(status).toBe(0)
    const { arms } = JSON.parse(stdout) as SuiteDocument
    expect(arms.map(({ arm, verdict, changed }) => [arm, verdict, changed])).toEqual([
      ['sigmoid', 'reproduced', []],
      ['relu', 'nothing published', []],
    ])
    // Printed with three digits, some cut off instead of rounded.
    expect(arms[0]?.worstLayer?.difference).toBeLessThan(1e-3)
  })

  it.each<[string[], RegExp]>([
    [['--preset', 'torch-mlp6'], /unknown preset "torch-mlp6"; did you mean "torch-mlp5"\?/],
    [['--preset', ','], /--preset: expected names separated by commas/],
    [['--seeds', '0'], /--seeds: expected a whole number from 1 to 1000 or seeds in a list: 1,2,3, got "0"/],
    [['--preset', 'softmax-linear', '--backend', 'onxx'], /unknown backend "onxx"/],
  ])('refuses %j', async (args, message) => {
    const { status, stdout, stderr } = await isograd(['suite', ...args])
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(message)
  })
})

/** A record of a preset's arm as it would be at full scale, with a chosen accuracy. */
function record(preset: string, arm: string, seed: number, value: number): RunRecord {
  const experiment = parseExperiment(findPreset(preset), { overrides: { seed } }).arms[arm]
  const final = { loss: 0, metrics: { accuracy: { value, error: 0.003 } } }
  const metrics = { accuracy: { label: 'accuracy', format: 'percent', better: 'larger' } }
  const judged = { judgedBy: 'accuracy', judgedOn: 'test', metrics, finals: { test: final } }
  const base = { preset, arm, backend: 'b', seed, experiment, seconds: 1, layers: [] }
  return { ...base, ...judged, epochs: [], probes: [], losses: [], end: { reason: 'finished' } } as unknown as RunRecord
}

/** A record of an arm of `plain-residual` that ended with a train loss. */
function trained(arm: string, seed: number, trainLoss: number): RunRecord {
  return { ...record('plain-residual', arm, seed, 0.9), epochs: [{ trainLoss, evaluations: {}, seconds: 1 }] }
}

describe('judgeRecords', () => {
  it('judges the mean over seeds, arm by arm', () => {
    const judged = judgeRecords([
      record('keras-13x10', 'relu', 0, 0.78),
      record('keras-13x10', 'sigmoid', 0, 0.5),
      record('keras-13x10', 'relu', 1, 0.84),
      record('keras-13x10', 'sigmoid', 1, 0.11),
    ])
    expect(judged.map(({ arm, seeds, verdict }) => [arm, seeds, verdict])).toEqual([
      ['relu', 2, 'reproduced'],
      ['sigmoid', 2, 'reproduced'],
    ])
    expect(judgeRecords([record('keras-13x10', 'relu', 0, 0.5)])[0]?.verdict).toBe('not reproduced')
  })

  it('holds the cures to their goal', () => {
    const judged = judgeRecords([record('cures', 'relu', 0, 0.87), record('cures', 'sigmoid', 0, 0.21)])
    expect(judged.map(({ goal, verdict }) => [goal, verdict])).toEqual([
      [{ atLeast: 0.8 }, 'learns'],
      [{ atLeast: 0.8 }, 'does not learn'],
    ])
  })

  it('holds published directions beside the other arm of each seed, and says what was measured', () => {
    const records = [trained('plain-8', 0, 0.03), trained('plain-8', 1, 0.3)]
    const arms = judgeRecords([...records, trained('plain-20', 0, 0.1), trained('plain-20', 1, 0.2)])
    expect(arms[0]?.verdict).toBe('not reproduced')
    const report = presetReport(styleOf({}, {}, true), findPreset('plain-residual'), arms)
      .join(' ')
      .replace(/\s+/g, ' ')
    expect(report).toContain(
      'plain-8 on b: train loss 0.1650 (0.0300 to 0.3000), published: below plain-20, 0.1500 (0.1000 to 0.2000), which is missed',
    )
    const alone = judgeRecords(records)
    expect(alone.map(({ verdict }) => verdict)).toEqual(['nothing published'])
  })

  it('names what was not reproduced at the end', () => {
    const style = styleOf({}, {}, true)
    const arms = judgeRecords([record('keras-13x10', 'relu', 0, 0.5), record('cures', 'relu', 0, 0.9)])
    const document = { schema: 'isograd.suite/2', environment: {}, arms, failures: [] } as unknown
    const text = suiteSummary(style, document as SuiteDocument).join('\n')
    expect(text).toMatch(/1 not reproduced\n +1 learns\n\n {2}not reproduced:\n +keras-13x10 relu on b$/)
    const report = presetReport(style, findPreset('keras-13x10'), arms.slice(0, 1)).join('\n')
    expect(report).toMatch(/relu +b +88\.26 % +50\.00 % +1\.00 +not reproduced/)
  })
})
