/** The figures behind metrics on the page: confusion matrix, predictions, reliability. Their numbers are those of the record. */
import {
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
import type { DetailKind, DetailOf } from '@isograd/core/compare'
import { loadDataset } from '@isograd/core/node'
import type { Page } from 'playwright-core'
import { afterAll, describe, expect, test } from 'vitest'
import { violations } from './accessibility.js'
import { noBrowser, Workshop } from './browser.js'

const workshop = new Workshop()
afterAll(() => workshop.close())

function documentOf(dataset: string, outputs: number, rest: Readonly<Record<string, unknown>>) {
  return {
    name: dataset,
    data: { dataset },
    model: { layers: [{ type: 'dense', units: 8 }, { type: 'activation' }, { type: 'dense', units: outputs }] },
    optimizer: { type: 'adam', learningRate: 0.02 },
    batchSize: 32,
    epochs: 2,
    ...rest,
  }
}

/** Records of all arms, as they are read back from their text. */
async function recordsOf(document: unknown, held: number): Promise<RunRecord[]> {
  const { arms, registry } = parseExperiment(document)
  const records = Object.entries(arms).map(async ([armName, arm]) => {
    const dataset = await loadDataset(arm.data.dataset, { registry, settings: {}, size: { train: 128, test: held } })
    const events: RunEvent[] = []
    const plan = planFor({ armName, arm, dataset, registry })
    for await (const event of train({ plan, backend: referenceBackend() })) events.push(event)
    return parseRecord(stringifyDocument(recordOf(events)))
  })
  return Promise.all(records)
}

function detailOf<K extends DetailKind>(record: RunRecord | undefined, key: string, kind: K): DetailOf<K> {
  const detail = record?.finals['test']?.metrics[key]?.detail
  if (detail?.kind !== kind) throw new Error(`no details of ${key}`)
  return detail as DetailOf<K>
}

async function openTables(page: Page): Promise<void> {
  await page.evaluate(() => {
    for (const each of document.querySelectorAll<HTMLDetailsElement>('details[data-table]')) each.open = true
  })
  await page.waitForSelector('details[data-table] table', { state: 'attached' })
}

/** Six digits, as the page has them. */
function digits(value: number | undefined): number {
  return Number(Number(value).toPrecision(6))
}

/** The numbers of a chart's first table, row by row. */
function rowsOf(page: Page, chart: string): Promise<number[][]> {
  const rows = page.locator(`details[data-table="${chart}"] table:first-of-type tbody tr`)
  return rows.evaluateAll((all) =>
    all.map((row) => [...row.querySelectorAll('data')].map((each) => Number(each.getAttribute('value')))),
  )
}

describe.skipIf(noBrowser)('the page of a classification', () => {
  const metrics = ['accuracy', 'confusionMatrix', 'expectedCalibrationError']
  const arms = { relu: {}, tanh: { activation: 'tanh' } }

  test('has the confusion matrix of each arm with the names of its categories, and its reliability', async () => {
    const records = await recordsOf(documentOf('moons', 2, { metrics, arms }), 60)
    const [first] = records
    const { page, said } = await workshop.open(workshop.makePage('matrix', records))
    await openTables(page)
    const id = 'experiment1-confusionMatrix-confusion'
    const { names, counts } = detailOf(first, 'confusionMatrix', 'confusion')
    expect(names).toEqual(['upper', 'lower'])
    const rows = await rowsOf(page, id)
    expect(rows.slice(0, 2).map((row) => row.slice(0, 2))).toEqual(counts)
    const recalls = counts.map((row, i) => Number(row[i]) / row.reduce((sum, count) => sum + count, 0))
    expect(rows.slice(0, 2).map(([, , recall]) => recall)).toEqual(recalls)
    const precisions = counts.map((row, i) => Number(row[i]) / counts.reduce((sum, other) => sum + Number(other[i]), 0))
    expect(rows[2]).toEqual(precisions)
    expect(await page.locator(`details[data-table="${id}"] table:first-of-type thead th`).allTextContents()).toEqual([
      'is',
      'told upper',
      'told lower',
      'recall',
    ])
    const texts = await page.locator(`[data-chart="${id}"] .panel:first-child .chart svg text`).allTextContents()
    expect(texts).toEqual(expect.arrayContaining(['upper', 'lower', ...counts.flat().filter(Boolean).map(String)]))

    const key = 'expectedCalibrationError(15)'
    const { confidence, share } = detailOf(first, key, 'reliability')
    const reliability = await rowsOf(page, 'experiment1-expectedCalibrationError_15_-reliability')
    const own = reliability.flatMap(([value]) => (Number.isNaN(value) ? [] : [value]))
    expect(own).toEqual(share)
    expect(confidence).toHaveLength(share.length)
    expect(await violations(page)).toEqual([])
    expect(said).toEqual([])
  })

  test('is without them where no metric has figures behind it', async () => {
    const records = await recordsOf(documentOf('moons', 2, {}), 60)
    const { page } = await workshop.open(workshop.makePage('plain', records))
    expect(await page.locator('[id*="confusion"], [id*="points"], [id*="reliability"]').count()).toBe(0)
  })
})

describe.skipIf(noBrowser)('the page of a regression', () => {
  test('has predictions against targets and residuals, and says how many points it shows', async () => {
    const document = documentOf('friedman1', 1, { task: 'regression', metrics: ['r2', 'residuals'] })
    const [record] = await recordsOf(document, 1200)
    if (record === undefined) throw new Error('nothing was trained')
    const { page, said } = await workshop.open(workshop.makePage('points', [record]))
    await openTables(page)
    const id = 'experiment1-residuals-points'
    const { samples, outputs } = detailOf(record, 'residuals', 'points')
    const [{ target, output } = { target: [], output: [] }] = outputs
    expect([samples, target.length]).toEqual([1200, 1000])
    const rows = await rowsOf(page, `${id}-against`)
    expect(rows).toEqual(target.map((y, i) => [digits(y), digits(output[i])]))
    const residuals = await rowsOf(page, `${id}-residuals`)
    expect(residuals).toEqual(rows.map(([y, z]) => [z, digits(Number(y) - Number(z))]))
    const notes = await page.locator(`[data-chart="${id}-against"] .note`).allTextContents()
    expect(notes).toEqual(['Thinned: 1,000 of 1,200 samples, evenly spaced.'])
    await page.selectOption(`[data-choose="${id}-figure"]`, `${id}-residuals`)
    expect(await page.locator(`[data-chart="${id}-residuals"]`).isVisible()).toBe(true)
    expect(await violations(page)).toEqual([])
    expect(said).toEqual([])
  })
})
