/** How large pages become: the whole suite can be sent by mail, and records of any size are thinned to fit. */
import { statSync } from 'node:fs'
import { parseExperiment, presets, type RunRecord } from '@isograd/core'
import { afterAll, describe, expect, test } from 'vitest'
import { noBrowser, Workshop } from './browser.js'
import { recordOf } from './records.js'

const workshop = new Workshop()
afterAll(() => workshop.close())

/** Numbers with as many digits as measured ones. */
function measured(seed: number): (...at: readonly number[]) => number {
  return (...at) => 0.5 + Math.abs(Math.sin(at.reduce((sum, each, i) => sum + each * 7.13 ** i, seed * 91.7))) / 3
}

/** Records of every arm of every preset with three seeds, as long as a full training. */
function suiteOn(backend: string): RunRecord[] {
  const whole = presets.map((preset) => parseExperiment(preset))
  return whole.flatMap(({ name, arms }, number) =>
    Object.entries(arms).flatMap(([arm, experiment], place) =>
      [0, 1, 2].map((seed) => {
        const value = measured(number * 100 + place * 10 + seed)
        const steps = experiment.epochs === 0 ? 0 : 4690
        const recipe = { preset: name, arm, seed, backend, layers: 13, steps, probes: [0, Math.max(0, steps - 1)] }
        const made = recordOf({ ...recipe, norm: value, loss: value })
        const epochs = Math.max(experiment.epochs, made.epochs.length)
        return { ...made, experiment: { ...experiment, seed, epochs } }
      }),
    ),
  )
}

describe('the size of a page', () => {
  test('the whole suite with three seeds on two backends stays below 3.3 megabytes', async () => {
    const path = await workshop.makePage('suite', [...suiteOn('onnx'), ...suiteOn('tfjs-wasm')])
    expect(statSync(path).size).toBeLessThan(3_300_000)
  })
})

describe.skipIf(noBrowser)('large records', () => {
  test('a hundred arms of fifty layers probed a thousand times stay below ten megabytes, thinned', async () => {
    const probes = Array.from({ length: 1000 }, (_, i) => i * 2)
    const many = Array.from({ length: 100 }, (_, i) => {
      const record = recordOf({ arm: `arm ${i}`, layers: 50, steps: 2000, probes })
      return { ...record, probes: record.probes.filter(({ quantity }) => quantity !== 'updateRatio') }
    })
    const path = await workshop.makePageOf('large', ...many)
    expect(statSync(path).size).toBeLessThan(10_000_000)
    const { page, said } = await workshop.open(path)
    expect(await page.textContent('[data-chart="experiment1-gradient-weight"] .note')).toMatch(
      /^Thinned: \d+ of 1,000 probed steps\.$/,
    )
    await page.click('[data-none="arm"]')
    expect(await page.locator('[data-chart="experiment1-gradient-weight"] .line:visible').count()).toBe(0)
    await page.check('input[data-arm="42"]')
    expect(await page.locator('[data-chart="experiment1-gradient-weight"] .line:visible').count()).toBe(1)
    expect(said).toEqual([])
  })

  test('60 layers, 12 arms, 5 seeds and 4 backends open as one page that stays readable', async () => {
    const records = ['wasm', 'onnx', 'tfjs-wasm', 'native'].flatMap((backend, b) =>
      Array.from({ length: 60 }, (_, i) => {
        const value = measured(100 * b + i)
        const [arm, seed] = [`arm ${i % 12}`, Math.floor(i / 12)]
        const probes = Array.from({ length: 20 }, (_each, at) => at * 25)
        return recordOf({ arm, seed, backend, layers: 60, steps: 500, probes, norm: value, loss: value })
      }),
    )
    const path = await workshop.makePage('wide', records)
    const { page, said } = await workshop.open(path)
    const facts = await page.evaluate(() => {
      const [timing] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[]
      const labels = [...document.querySelectorAll('[data-chart="experiment1-gradient-weight"] svg text')]
      const boxes = labels.map((label) => label.getBoundingClientRect()).filter(({ width }) => width > 0)
      const overlapping = boxes.filter((one, i) =>
        boxes.slice(i + 1).some((other) => {
          const across = Math.min(one.right, other.right) - Math.max(one.left, other.left)
          return across > 1 && Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > 1
        }),
      )
      return {
        milliseconds: Math.round(Number(timing?.domComplete)),
        nodes: document.querySelectorAll('*').length,
        labels: boxes.length,
        overlapping: overlapping.length,
        wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
      }
    })
    console.log(`a page of 240 records: ${statSync(path).size} bytes`, facts)
    expect(said).toEqual([])
    expect(statSync(path).size).toBeLessThan(7_500_000)
    expect(facts.nodes).toBeLessThan(7000)
    expect(facts).toMatchObject({ overlapping: 0, wide: 0 })
  })
})
