/** The page of a sweep: true to its document, fitting and accessible, and of any number of results a page that can be read. */
import { statSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { afterAll, describe, expect, test } from 'vitest'
import { faultsOf, violations } from './accessibility.js'
import { noBrowser, Workshop } from './browser.js'

const workshop = new Workshop()
afterAll(() => workshop.close())

const script = '<script>document.title="pwned"</script>'

/** A combination of a learning rate and a width. */
function result(rate: number, units: number, mean: number, change: Readonly<Record<string, unknown>> = {}) {
  const settings = { 'optimizer.learningRate': rate, 'model.layers': [{ type: 'dense', units }, { type: 'relu' }] }
  const judged = { judgedBy: 'accuracy', judgedOn: 'validation', better: 'larger' }
  return { settings, arm: 'relu', backend: 'wasm', ...judged, seeds: [0, 1], mean, error: 0.01, diverged: 0, ...change }
}

const settings = [
  result(0.1, 8, 0.9, { losses: [2, 1], epochs: 3 }),
  result(0.1, 16, 0.5, { losses: [2.5, 1.5], epochs: 3 }),
  result(0.1, 16, 0.7, { arm: script }),
  result(0.001, 16, { $number: 'NaN' } as unknown as number, { diverged: 2 }),
]
const document_ = {
  schema: 'isograd.sweep-status/1',
  directory: 'swept here',
  source: 'sweep.yaml',
  experiment: 'made-up',
  sweep: { experiment: 'made-up', note: script },
  trials: 10,
  done: 8,
  running: 0,
  failed: 1,
  left: 1,
  repeated: 2,
  damaged: 1,
  settings,
  rungs: [
    { epochs: 1, combinations: 4, trained: 4, best: 0.8, median: 0.6, kept: 0.7 },
    { epochs: 3, combinations: 2, trained: 2, best: 0.9, median: 0.5 },
  ],
  backends: [
    {
      backends: ['wasm', 'onnx'],
      combinations: 3,
      tolerance: 3,
      apart: [{ settings: { 'optimizer.learningRate': 0.1 }, arm: script, means: [0.5, 0.75], measured: 12.5 }],
    },
  ],
  failures: [{ trial: 3, id: '3-ab', settings: { epochs: 2 }, arm: 'relu', seed: 4, backend: 'wasm', reason: script }],
  differences: [{ trial: 2, id: '2-cd', hashes: ['a'.repeat(64), 'b'.repeat(64)] }],
  environments: { abcd: { node: '20', versions: { isograd: '0.1.0' } } },
}

function small(): Promise<string> {
  return workshop.makePageOf('sweep', document_)
}

/** Cells of a chart's open table, row by row. */
async function tableOf(page: Page, chart: string): Promise<string[][]> {
  await page.locator(`details[data-table="${chart}"] summary`).click()
  await page.waitForSelector(`details[data-table="${chart}"] tbody tr`)
  return page
    .locator(`details[data-table="${chart}"] tbody tr`)
    .evaluateAll((rows) =>
      rows.map((row) => [...row.querySelectorAll('th, td')].map((cell) => cell.textContent.trim())),
    )
}

describe.skipIf(noBrowser)('the page of a sweep', () => {
  describe.each([360, 1440])('%d pixels wide', (width) => {
    test.each(['light', 'dark'] as const)('in %s: quiet, fitting, and axe finds no fault', async (scheme) => {
      const opened = await workshop.open(small(), { width, scheme })
      const { page } = opened
      expect(await faultsOf(opened)).toEqual([])
      expect(await page.evaluate(() => [document.title === 'pwned', document.scripts.length])).toEqual([false, 2])
      await page.context().close()
    })
  })

  test('tells the best with their standard errors, what is apart, set aside and otherwise', async () => {
    const { page } = await workshop.open(small())
    const text = async (id: string): Promise<string> =>
      (await page.locator(`#sweep1${id}`).innerText()).replaceAll(/\s+/g, ' ')
    expect(await text('-best')).toContain('1 0.1 8 relu 3 0.9000 ± 0.0100')
    expect(await text('-backends')).toMatch(/disagree onnx against wasm: finals of 2 of 3 combinations are within 3/)
    expect(await text('-backends')).toContain('0.5000 0.7500 12.5')
    expect(await text('-unfinished')).toContain('trial 2-cd was trained twice and came out otherwise: aaaaaaaaaaaa and')
    expect(await text('-unfinished')).toContain(`set aside trial 3-ab (epochs 2, relu, seed 4, wasm): ${script}`)
    expect(await page.textContent('#sweep1 > .lede')).toBe(
      '8 of 10 trials done, 1 left, 1 set aside, 2 trainings diverged. Judged by validation accuracy: larger is better.',
    )
    expect(await page.textContent('.command')).toBe("isograd sweep sweep.yaml --out 'swept here'")
  })

  test('maps a pair of settings, of objects their leaves: means of cells by arm, with their table', async () => {
    const { page } = await workshop.open(small())
    // Rate by units of the arm relu: 0.9, 0.5, and one that diverged.
    expect(await tableOf(page, 'sweep1-pair1')).toEqual([
      ['8', '0.1', '0.9000', '0.9000', '1', '0'],
      ['16', '0.001', 'NaN', 'NaN', '1', '1'],
      ['16', '0.1', '0.5000', '0.5000', '1', '0'],
      ['16', '0.1', '0.7000', '0.7000', '1', '0'],
    ])
    expect(await page.locator('[data-chart="sweep1-pair1"] .panel').first().locator('.cells .bad').count()).toBe(1)
    expect(await page.textContent('#sweep1-pairs-title')).toBe('Pairs of settings')
  })

  test('reads lines of parallel coordinates with the keyboard, the best first', async () => {
    const { page } = await workshop.open(small())
    await page.focus('[data-chart="sweep1-parallel"] .chart')
    await page.keyboard.press('ArrowRight')
    expect(await page.locator('#tip bdi').allTextContents()).toEqual([
      'place 1, relu on wasm',
      'optimizer.learningRate 0.1',
      'validation accuracy 0.9000',
    ])
    await page.keyboard.press('ArrowDown')
    expect(await page.locator('#tip bdi').first().textContent()).toBe('place 2, relu on wasm')
    expect((await tableOf(page, 'sweep1-parallel')).map((row) => row.at(-1))).toEqual(['0.900', '0.500', '0.700', '–'])
  })

  test('names no arm where there is one and settings tell the combinations apart', async () => {
    const kinds = ['sigmoid', 'tanh'].map((type, i) => ({ ...settings[i], settings: { 'activation.type': type, i } }))
    const lone = { ...document_, settings: kinds, backends: [], failures: document_.failures }
    const { page } = await workshop.open(workshop.makePageOf('lone', lone))
    expect(await page.locator('[data-chart="sweep1-pair1"] option').allTextContents()).toEqual(['wasm'])
    expect(await page.locator('#sweep1').innerText()).not.toMatch(/relu/)
    expect(await page.locator('#sweep1-unfinished').innerText()).toContain('(epochs 2, seed 4, wasm)')
  })

  test('has every control within reach of the tab key', async () => {
    const { page } = await workshop.open(small())
    const selector = 'button, select, input, .chart, summary'
    const wanted = await page.locator(selector).and(page.locator(':visible')).count()
    const reached = new Set<number>()
    for (let i = 0; i < wanted + 40; i++) {
      // oxlint-disable-next-line no-await-in-loop -- one press after the other
      await page.keyboard.press('Tab')
      // oxlint-disable-next-line no-await-in-loop
      reached.add(
        await page.evaluate(
          (controls) => [...document.querySelectorAll(controls)].findIndex((each) => each === document.activeElement),
          selector,
        ),
      )
    }
    reached.delete(-1)
    expect(reached.size).toBe(wanted)
  })

  test('shows losses of the best and rungs, with lines that can be switched off', async () => {
    const { page } = await workshop.open(small())
    expect(await tableOf(page, 'sweep1-losses')).toEqual([
      ['1', '2.0000', '2.5000'],
      ['2', '1.0000', '1.5000'],
    ])
    expect(await tableOf(page, 'sweep1-rungs')).toEqual([
      ['1', '0.8000', '0.7000', '0.6000'],
      ['3', '0.9000', '–', '0.5000'],
    ])
    await page.uncheck('#sweep1-losses-part input[data-arm="0"]')
    expect(await page.locator('[data-chart="sweep1-losses"] .line:visible').count()).toBe(1)
    expect(await page.locator('[data-chart="sweep1-rungs"] .dots').count()).toBe(3)
  })
})

describe.skipIf(noBrowser)('a sweep that has just begun', () => {
  test('has no charts, and says where it stands', async () => {
    const begun = {
      ...document_,
      done: 0,
      failed: 0,
      settings: [],
      rungs: [],
      backends: [],
      failures: [],
      differences: [],
    }
    const { page, said } = await workshop.open(workshop.makePageOf('begun', begun))
    expect(await page.textContent('#sweep1 > .lede')).toBe('0 of 10 trials done, 1 left.')
    expect(await page.locator('#sweep1 .chart').count()).toBe(0)
    expect(await violations(page)).toEqual([])
    expect(said).toEqual([])
  })
})

describe.skipIf(noBrowser)('a hostile sweep', () => {
  const long = 'n'.repeat(3000)
  const turned = '\u202Eevil\u202C \u05D0\u05D1'
  const breakout = "</script><!-- '\"`${document.title='pwned'} ]]>"
  const odd = [Number.NaN, Number.POSITIVE_INFINITY, 0, -1e300, 1e-300]
  const results = odd.map((mean, i) => ({
    ...result(0, i, 0),
    mean: { $number: String(mean) },
    error: i - 2,
    arm: [script, long, turned, breakout, ''][i],
    backend: [breakout, turned][i % 2],
    losses: [odd[i], odd[(i + 1) % 5]].map((value) => ({ $number: String(value) })),
    settings: { [long]: i, [script]: [turned, null, { [breakout]: i }, [], -1e300][i], '': i % 2 === 0 },
  }))
  const hostile = {
    ...document_,
    settings: results,
    experiment: script,
    source: long,
    directory: '$(reboot)',
    trials: 'many',
    environments: { [breakout]: { [long]: script, cpu: {} } },
  }

  test.each([360, 1440])('renders harmlessly and fits at %d pixels', async (width) => {
    const { page, said, requested } = await workshop.open(workshop.makePageOf('hostile', hostile), { width })
    await page.evaluate(() => {
      for (const details of document.querySelectorAll('details')) details.open = true
    })
    expect([said, requested]).toEqual([[], []])
    expect(
      await page.evaluate(() => [document.title === 'pwned', document.images.length, document.scripts.length]),
    ).toEqual([false, 0, 2])
    expect(await page.textContent('#sweep1-title')).toBe(`Sweep of ${script}`)
    expect(await page.textContent('.command')).toBe(`isograd sweep ${long} --out '$(reboot)'`)
    const [content, window] = await page.evaluate(() => [
      document.documentElement.scrollWidth,
      document.documentElement.clientWidth,
    ])
    expect(content).toBe(window)
    expect(await page.content()).not.toMatch(/\bd="[^"]*(NaN|Infinity)/)
  })
})

describe('many results', () => {
  const many = Array.from({ length: 10_000 }, (_, i) => {
    const rate = 10 ** (-4 + (i % 997) / 300)
    return {
      ...result(rate, 8 + (i % 61), 1 - i / 10_000),
      settings: { rate, units: 8 + (i % 61), depth: i % 7, name: `n${i % 40}`, share: (i % 89) / 89, layers: i % 5 },
    }
  })
  const made = (): Promise<string> =>
    workshop.makePageOf('many', { ...document_, trials: 100_000, done: 10_000, settings: many, failures: many })

  test('make a page below a megabyte', async () => {
    expect(statSync(await made()).size).toBeLessThan(1_000_000)
  })

  test.skipIf(noBrowser)('are shown in part, and the page says so', async () => {
    const { page, said } = await workshop.open(made())
    expect(await page.locator('#sweep1-best tbody tr').count()).toBe(50)
    expect(await page.locator('#sweep1-best .note').innerText()).toMatch(/^9,950 more rows not shown/)
    expect(await page.locator('#sweep1-unfinished li').count()).toBe(21)
    expect(await page.textContent('[data-chart="sweep1-parallel"] .note')).toMatch(/^Thinned: 240 lines of 10,000/)
    expect(await page.locator('[data-choose="sweep1-pairs"] option').count()).toBe(10)
    expect(await page.textContent('[data-chart="sweep1-pair1"] .note')).toMatch(/^In no map, for want of room: \w+\.$/)
    expect(said).toEqual([])
  })

  test.skipIf(noBrowser)('fit a phone, and axe finds no fault', async () => {
    const { page } = await workshop.open(made(), { width: 360 })
    expect(await violations(page)).toEqual([])
    const [content, window] = await page.evaluate(() => [
      document.documentElement.scrollWidth,
      document.documentElement.clientWidth,
    ])
    expect(content).toBe(window)
  })
})
