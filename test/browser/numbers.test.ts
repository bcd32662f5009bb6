/** The numbers of the page are those of the record: read out of its tables, its data elements and its files. */
import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { afterAll, describe, expect, test } from 'vitest'
import { noBrowser, Workshop } from './browser.js'
import { decadeNorm, recordOf } from './records.js'

const workshop = new Workshop()
afterAll(() => workshop.close())

const norm = (layer: number, step: number): number => decadeNorm(5)(layer, step) * Math.SQRT2
const record = recordOf({ arm: 'sigmoid', norm })
const [probed, layers] = [
  [0, 10, 20, 39],
  [0, 1, 2, 3, 4],
]

/** The numbers of a chart's table, row by row. */
function tableOf(page: Page, chart: string): Promise<number[][]> {
  return page.evaluate(async (id) => {
    const details = document.querySelector<HTMLDetailsElement>(`details[data-table="${id}"]`)
    if (details !== null) details.open = true
    await new Promise((resolve) => {
      setTimeout(resolve, 50)
    })
    return [...(details?.querySelectorAll('tbody tr') ?? [])].map((row) =>
      [...row.querySelectorAll('data')].map(({ value }) => Number(value)),
    )
  }, chart)
}

async function download(page: Page, format: string, chart: string): Promise<Buffer> {
  const waiting = page.waitForEvent('download')
  await page.click(`[data-save="${format}"][data-of="${chart}"]`)
  return readFileSync(await (await waiting).path())
}

describe.skipIf(noBrowser)('numbers', () => {
  test('tables have those of every probed step, to the last digit', async () => {
    const { page } = await workshop.open(workshop.makePage('numbers', [record]))
    for (const step of probed) {
      // oxlint-disable-next-line no-await-in-loop -- one step after the other
      expect(await tableOf(page, 'experiment1-gradient-weight')).toEqual(layers.map((layer) => [norm(layer, step)]))
      // oxlint-disable-next-line no-await-in-loop
      await page.focus('[data-frame="experiment1-gradient-weight"]')
      // oxlint-disable-next-line no-await-in-loop
      await page.keyboard.press('ArrowRight')
    }
  })

  test('losses, epochs, units and maps', async () => {
    const { page } = await workshop.open(workshop.makePage('numbers', [record]))
    expect(await tableOf(page, 'experiment1-loss')).toEqual(record.losses.map((loss) => [loss]))
    expect(await tableOf(page, 'experiment1-test-loss')).toEqual([[0.7654321], [0.3217]])
    expect(await tableOf(page, 'experiment1-test-accuracy')).toEqual([[0.8012], [0.9123]])
    expect(await tableOf(page, 'experiment1-dead')).toEqual([[0], [0.01], [0.02], [0.03]])
    const byLayer = layers.map((layer) => probed.map((step) => norm(layer, step)))
    expect(await tableOf(page, 'experiment1-gradient-weight-map')).toEqual(byLayer)
  })

  test('the summary', async () => {
    const { page } = await workshop.open(workshop.makePage('numbers', [record]))
    const shown = await page
      .locator('.overview tbody data')
      .evaluateAll((all) => all.map((each) => each.getAttribute('value')))
    const { seconds, steps } = record
    expect(shown.map(Number)).toEqual([
      0.9123,
      0.3217,
      expect.closeTo(1, 12),
      expect.closeTo(1, 12),
      seconds,
      steps / seconds,
    ])
  })

  test('three seeds: the mean, and the spread beside it', async () => {
    const losses = [1, 2, 6]
    const runs = losses.map((loss, seed) => recordOf({ arm: 'relu', seed, loss: () => loss }))
    const { page } = await workshop.open(workshop.makePage('seeds', runs))
    expect((await tableOf(page, 'experiment1-loss'))[0]).toEqual([3, 1, 6])
    expect(await page.locator('[data-chart="experiment1-loss"] .band path').count()).toBe(1)
  })

  test('three seeds on two backends: one verdict an arm, that of the worst, with the differences of every seed', async () => {
    const off = 1.5
    const runs = [0, 1, 2].flatMap((seed) => [
      recordOf({ arm: 'relu', seed, norm: () => 1 }),
      recordOf({ arm: 'relu', seed, backend: 'tfjs', norm: (layer) => (seed === 1 && layer === 3 ? off : 1) }),
    ])
    const { page } = await workshop.open(workshop.makePage('seeds-compared', runs))
    const said = await page.locator('.card .agreements li p').allTextContents()
    expect(said).toHaveLength(1)
    expect(said[0]).toMatch(/^\s*disagree relu: tfjs\s+against onnx. Seed 1: .*gradient norm of dense4 bias /)
    const rows = await tableOf(page, 'experiment1-compared1')
    expect(rows).toHaveLength(1 + 2 * 5 + 1)
    const out = rows.filter((row) => row.some((number, i) => i < 3 && number > 0))
    const tolerance = rows[1]?.[3]
    expect(out).toEqual([
      [0, 0.333333, 0, tolerance],
      [0, 0.333333, 0, tolerance],
    ])
    expect(await page.locator('pre.scroll').count()).toBe(1)
    expect(await page.locator('summary:has-text("The experiment in full")').textContent()).toBe(
      'The experiment in full: relu on onnx, tfjs, seeds 0, 1, 2',
    )
  })

  test('settings that are not the preset’s are said once, and what is an arm’s own beside it', async () => {
    const runs = ['relu', 'sigmoid'].map((arm) => recordOf({ preset: 'torch-mlp5', arm }))
    const [first] = runs
    const changed = runs.map((run, i) => ({
      ...run,
      experiment: { ...run.experiment, batchSize: 17, epochs: i === 0 ? run.experiment.epochs : 3 },
    }))
    const { page } = await workshop.open(workshop.makePage('settings', changed))
    const note = await page.textContent('[aria-labelledby="overview-title"] .lede')
    expect(note).toContain(`batchSize 17 instead of ${first?.experiment.batchSize ?? ''}`)
    const verdicts = await page.locator('td.verdict').allTextContents()
    expect(verdicts[0]).toBe('own settings')
    expect(verdicts[1]).toMatch(/^own settings .*epochs 3 instead of/)
  })

  test('speeds of runs that shared the machine say so', async () => {
    const alone = [recordOf({ arm: 'relu' })]
    const { page } = await workshop.open(workshop.makePage('shared', alone, { jobs: 3 }))
    const said = 'measured while 3 runs shared the machine'
    expect(await page.textContent('#experiment1-speed-figure .about')).toContain(`It was ${said}.`)
    expect(await page.textContent('[aria-labelledby="overview-title"] .lede')).toBe(`Seconds were ${said}.`)
    const { page: other } = await workshop.open(workshop.makePage('unshared', alone, { jobs: 1 }))
    expect(await other.textContent('main')).not.toContain('shared the machine')
  })

  test('long runs are thinned into means over stretches, and the page says so', async () => {
    const run = recordOf({ arm: 'relu', steps: 1600, loss: (step) => step })
    const { page } = await workshop.open(workshop.makePage('thinned', [run]))
    const rows = await tableOf(page, 'experiment1-loss')
    expect(rows).toHaveLength(160)
    expect(rows[1]).toEqual([14.5])
    expect(await page.textContent('[data-chart="experiment1-loss"] .note')).toBe(
      'Thinned: each point stands for 10 steps.',
    )
  })

  test('two backends: the distance of their losses', async () => {
    const runs = ['onnx', 'tfjs'].map((backend, i) =>
      recordOf({ arm: 'relu', backend, loss: (step) => 2 + i * step * 0.5 }),
    )
    const { page } = await workshop.open(workshop.makePage('distance', runs))
    const rows = await tableOf(page, 'experiment1-loss-distance')
    expect(rows.slice(0, 3)).toEqual([[0], [0.2], [0.333333]])
  })

  test('CSV has every number, one a row', async () => {
    const { page } = await workshop.open(workshop.makePage('numbers', [record]))
    const [head, ...rows] = (await download(page, 'csv', 'experiment1-gradient-weight'))
      .toString('utf8')
      .trim()
      .split('\r\n')
    expect(head).toBe('arm,backend,seed,probed step,layer,name,gradient norm,least,greatest')
    const expected = probed.flatMap((step) =>
      layers.map((layer) => `sigmoid,onnx,0,${step + 1},${layer + 1},dense${layer + 1},${norm(layer, step)},,`),
    )
    expect(rows).toEqual(expected)
  })

  test('SVG and PNG are files of their kind, with a title and a key', async () => {
    const { page, said } = await workshop.open(workshop.makePage('numbers', [record]))
    const svg = (await download(page, 'svg', 'experiment1-gradient-weight')).toString('utf8')
    expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www.w3.org\/2000\/svg"/)
    expect(svg).toContain('made-up: Gradient norm, weight, step 1</text>')
    expect(svg).toContain('sigmoid on onnx</text>')
    expect(svg).not.toMatch(/var\(|class=/)
    const map = (await download(page, 'svg', 'experiment1-gradient-weight-map')).toString('utf8')
    expect(map).toContain('sigmoid on onnx</text>')
    expect(map).toMatch(/>10⁻⁴<\/text><svg [^>]*>(<rect [^>]*fill="rgb\([^>]*>){24}<\/svg><text [^>]*>10¹</)
    const png = await download(page, 'png', 'experiment1-gradient-weight-map')
    expect(png.subarray(0, 8).toString('latin1')).toBe('\u0089PNG\r\n\u001a\n')
    expect(png.length).toBeGreaterThan(5000)
    expect(said).toEqual([])
  })
})
