/** The page in the words of its records: a regression, and a network that is only looked at. */
import {
  findPreset,
  parseExperiment,
  parseRecord,
  planFor,
  recordOf,
  referenceBackend,
  type RunEvent,
  type RunRecord,
  stringifyDocument,
  train,
} from '@isograd/core'
import { probedNumbers } from '@isograd/core/compare'
import { loadDataset } from '@isograd/core/node'
import type { Page } from 'playwright-core'
import { afterAll, describe, expect, test } from 'vitest'
import { violations } from './accessibility.js'
import { noBrowser, Workshop } from './browser.js'

const workshop = new Workshop()
afterAll(() => workshop.close())

const regression = {
  name: 'friedman',
  data: { dataset: 'friedman1' },
  task: 'regression',
  metrics: ['meanSquaredError', 'meanAbsoluteError', 'r2'],
  model: { layers: [{ type: 'dense', units: 8 }, { type: 'activation' }, { type: 'dense', units: 1 }] },
  arms: { tanh: { activation: 'tanh' } },
  optimizer: { type: 'sgd', learningRate: 0.005 },
  probes: { every: 4, trainMetric: true, testEvery: 5, histograms: true },
  batchSize: 32,
  epochs: 2,
}

/** Records of all arms, as they are read back from their text. */
async function recordsOf(document: unknown): Promise<RunRecord[]> {
  const { arms, registry } = parseExperiment(document)
  const records = Object.entries(arms).map(async ([armName, arm]) => {
    const { dataset: name, options: settings = {} } = arm.data
    const dataset = await loadDataset(name, { registry, settings, size: { train: 256, test: 100 } })
    const plan = planFor({ armName, arm, dataset, registry })
    const events: RunEvent[] = []
    for await (const event of train({ plan, backend: referenceBackend() })) events.push(event)
    return parseRecord(stringifyDocument(recordOf(events)))
  })
  return Promise.all(records)
}

function numbersIn(page: Page, selector: string): Promise<number[]> {
  return page.locator(`${selector} data`).evaluateAll((all) => all.map((each) => Number(each.getAttribute('value'))))
}

/** The numbers of a chart's table, once it is opened. */
async function tableOf(page: Page, chart: string): Promise<number[]> {
  const details = `details[data-table="${chart}"]`
  await page.evaluate((selector) => {
    for (const each of document.querySelectorAll<HTMLDetailsElement>(selector)) each.open = true
  }, details)
  await page.waitForSelector(`${details} table`, { state: 'attached' })
  return numbersIn(page, details)
}

describe.skipIf(noBrowser)('the page of a regression', () => {
  test('speaks of its metrics alone, and its numbers are those of the record', async () => {
    const [record] = await recordsOf(regression)
    if (record === undefined) throw new Error('nothing was trained')
    const { page, said } = await workshop.open(workshop.makePage('regression', [record]))
    await page.evaluate(() => {
      for (const details of document.querySelectorAll('details')) details.open = true
    })
    expect(await page.innerText('body')).not.toMatch(/accurac|class/i)
    expect(await page.locator('.overview thead th').allTextContents()).toContain('test mean squared error')
    expect(await page.textContent('#experiment1-metric-title')).toBe('Mean squared error')
    expect(await page.textContent('#experiment1-metric .about')).toMatch(/Smaller is better/)
    expect(await page.locator('#experiment1-finals thead th').allTextContents()).toEqual([
      'arm',
      'backend',
      'test mean squared error',
      'test mean absolute error',
      'test R2',
      'test loss',
    ])

    const { test: final } = record.finals
    const { meanSquaredError, meanAbsoluteError, r2 } = final?.metrics ?? {}
    const finals = [meanSquaredError?.value, meanAbsoluteError?.value, r2?.value, final?.loss]
    expect(await numbersIn(page, '#experiment1-finals')).toEqual(finals)
    expect((await numbersIn(page, '.overview')).slice(0, 2)).toEqual([finals[0], final?.loss])
    const epochs = record.epochs.map(({ evaluations }) => evaluations['test']?.metrics['meanSquaredError']?.value)
    expect(epochs).toHaveLength(2)
    expect(await tableOf(page, 'experiment1-test-meanSquaredError')).toEqual(epochs)
    const within = record.evaluations?.map(({ evaluation }) => evaluation.metrics['meanSquaredError']?.value)
    expect(await tableOf(page, 'experiment1-test-meanSquaredError-within')).toEqual(within)
    expect(record.stepMetric).toHaveLength(16)
    expect(await tableOf(page, 'experiment1-batch-meanSquaredError')).toEqual(record.stepMetric)
    expect(await tableOf(page, 'experiment1-loss')).toEqual(record.losses)
    const norms = probedNumbers(record, 'gradientNorm', 0).filter(({ parameter }) => parameter === 'bias')
    expect(await tableOf(page, 'experiment1-gradient-bias')).toEqual(norms.map(({ value }) => value))
    expect(await violations(page)).toEqual([])
    expect(said).toEqual([])
  })
})

describe.skipIf(noBrowser)('the page of a network that is not trained', () => {
  test('has local derivatives and gradients, says that nothing was held out, and has no empty figure', async () => {
    const records = await recordsOf(findPreset('scalar-chain'))
    const runs = ['first', 'second'].flatMap((backend) => records.map((record) => ({ ...record, backend })))
    const { page, said } = await workshop.open(workshop.makePage('untrained', runs))
    const shown = await numbersIn(page, '#experiment1-derivatives tr:nth-child(-n+3)')
    // By hand: s(0.1) = 0.525, s(0.2 s(0.1)) = 0.526, and so on; s' = s (1 - s).
    const outputs = [0.1, 0.2, 0.3].reduce<number[]>(
      (all, weight) => [...all, 1 / (1 + Math.exp(-weight * (all.at(-1) ?? 1)))],
      [],
    )
    const slopes = outputs.map((output) => output * (1 - output))
    const expected = outputs.flatMap((output, i) => [output, slopes[i], slopes.slice(i).reduce((a, b) => a * b)])
    expect(expected.every((value, i) => Math.abs(Number(value) - Number(shown[i])) < 1e-6)).toBe(true)
    expect(shown).toHaveLength(9)
    expect(await page.textContent('#experiment1 > .lede')).toContain('Nothing was held out')
    expect(await page.locator('.overview thead th').allTextContents()).toContain('loss on the training samples')
    const titles = await page.locator('#experiment1 h3').allTextContents()
    expect(titles).toEqual([
      'Gradient by depth',
      'Local derivatives',
      'Final figures',
      'Do the backends agree?',
      'Dead and saturated units',
      'What was run',
    ])
    expect(await page.locator('.agreements p').first().textContent()).toMatch(
      /No difference is larger than rounding explains: gradients differ by/,
    )
    expect(await violations(page)).toEqual([])
    expect(said).toEqual([])
  })
})
