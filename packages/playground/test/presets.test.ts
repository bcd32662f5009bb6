/** The experiments of the page: each can be trained in it, and is small. */
import { expect, test } from 'vitest'
import { findPreset } from '@isograd/core'
import { pagePresets } from '../src/presets.js'
import { planAll } from '../src/work/plans.js'

const presets = pagePresets()

test.each(presets.map(({ name, text }) => [name, text] as const))(
  '%s is planned, and is seconds of work',
  async (_, text) => {
    const planned = await planAll(text)
    expect(planned.length).toBeGreaterThan(0)
    for (const { plan } of planned) {
      const weights = plan.model.parameters.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0)
      // Three products of matrices a step, two operations each.
      expect(6 * weights * plan.steps * plan.batches.batchSize).toBeLessThan(6e9)
    }
  },
)

const wide = (arms: number, batchSize: number, units: number) =>
  JSON.stringify({
    name: 'wide',
    data: { dataset: 'digits', limit: 20_000, testLimit: 10 },
    model: { layers: [{ type: 'flatten' }, { type: 'dense', units }, { type: 'dense', units: 10 }] },
    optimizer: { type: 'sgd' },
    batchSize,
    epochs: 1,
    arms: Object.fromEntries(Array.from({ length: arms }, (_, i) => [`a${i}`, {}])),
  })

test('what a tab does not bear is refused: arms, and numbers at once', async () => {
  await expect(planAll(wide(25, 10, 10))).rejects.toThrow('expected at most 24 arms in a page, got 25')
  await expect(planAll(wide(1, 20_000, 3000))).rejects.toThrow(
    /arm "a0": expected at most 50,000,000 numbers of a batch in one operation in a page, got 60,000,000/,
  )
})

test('the text of a preset is the document of core but for what was cut', () => {
  const { description, text } = presets.find(({ name }) => name === 'keras-13x10') ?? { text: '' }
  const cut = { data: { dataset: 'digits', limit: 1280, testLimit: 500 }, epochs: 4, probes: { every: 20 } }
  const document = findPreset('keras-13x10')
  expect(JSON.parse(text)).toEqual({ ...document, ...cut })
  expect(description).toBe(document.description)
})
