/** Records that nobody would make on purpose: names are data, and odd numbers are told. */
import type { RunRecord } from '@isograd/core'
import { afterAll, describe, expect, test } from 'vitest'
import { noBrowser, Workshop } from './browser.js'
import { recordOf } from './records.js'

const workshop = new Workshop()
afterAll(() => workshop.close())

const script = '<script>document.title="pwned"</script>'
const image = '"><img src=x onerror="document.title=\'pwned\'">'
const breakout = "</script><!-- '\"`${document.title='pwned'} ]]>"
const long = 'n'.repeat(3000)
const turned = '\u202Eevil\u202C \u05D0\u05D1\u05D2 \u0627\u0644'

const made = recordOf({
  preset: script,
  description: image,
  arm: `${image}\u0000\uD800`,
  backend: breakout,
  layerName: (layer) => [script, long, turned, '=HYPERLINK("x")', ''][layer] ?? 'x',
  norm: (layer, step) => [Number.NaN, Number.POSITIVE_INFINITY, 0, -1, 1e-300][(layer + step) % 5] ?? 1,
  loss: (step) => [Number.NaN, Number.POSITIVE_INFINITY, 0, -3][step] ?? 1e300,
})

const hostile: RunRecord = {
  ...made,
  metrics: { ...made.metrics, [breakout]: { label: image, format: 'number', better: 'smaller' } },
  judgedBy: breakout,
  backendInfo: {
    versions: { [script]: image },
    device: turned,
    threads: 1,
    dtypes: [],
    options: { [breakout]: long },
  },
  finals: {
    [script]: { loss: Number.NaN, metrics: {} },
    test: { loss: 1, metrics: { [breakout]: { value: 2, error: Number.NaN } } },
  },
  seconds: 0,
}

const empty: RunRecord = {
  ...recordOf({ arm: long, backend: turned }),
  layers: [],
  probes: [],
  losses: [],
  epochs: [],
  chosenEpoch: -1,
  steps: 0,
}

const single = recordOf({ preset: turned, arm: 'one', layers: 1, steps: 1, probes: [0] })

describe.skipIf(noBrowser)('hostile records', () => {
  test.each([360, 1440])('render harmlessly and fit at %d pixels', async (width) => {
    const path = workshop.makePage('hostile', [hostile, empty, single], {
      commandLine: ['isograd', script, '$(reboot)'],
      versions: { [image]: script },
      cpu: breakout,
    })
    const { page, said, requested } = await workshop.open(path, { width })
    await page.evaluate(() => {
      for (const details of document.querySelectorAll('details')) details.open = true
    })
    for (const slider of await page.locator('input[type=range]:visible').all()) {
      // oxlint-disable-next-line no-await-in-loop -- one slider after the other
      await slider.press('End')
    }
    expect([said, requested]).toEqual([[], []])
    expect(
      await page.evaluate(() => [document.title === 'pwned', document.images.length, document.scripts.length]),
    ).toEqual([false, 0, 2])
    expect(await page.textContent('#experiment1-title')).toBe(script)
    const [content, window] = await page.evaluate(() => [
      document.documentElement.scrollWidth,
      document.documentElement.clientWidth,
    ])
    expect(content).toBe(window)
    await page.context().close()
  })

  test('odd numbers are told: zeros at the edge, what is not finite as such', async () => {
    const { page } = await workshop.open(workshop.makePage('odd', [hostile]))
    const notes = (await page.locator('[data-chart="experiment1-gradient-weight"] .note').allTextContents()).join(' ')
    expect(notes).toMatch(/exactly zero/)
    expect(notes).toMatch(/not finite/)
    expect(await page.locator('[data-chart="experiment1-gradient-weight"] .edges path').count()).toBe(2)
    expect(await page.locator('[data-chart="experiment1-gradient-weight-map"] .bad').count()).toBeGreaterThan(0)
  })

  test('a single layer and a single step are a point', async () => {
    const { page } = await workshop.open(workshop.makePage('single', [single]))
    const dots = await page.getAttribute('[data-chart="experiment1-gradient-weight"] .dots path', 'd')
    expect(dots?.match(/M/g)).toHaveLength(1)
    // There is no layer 0 and none 2.
    const ticks = await page.locator('[data-chart="experiment1-gradient-weight"] .axis text').allTextContents()
    expect(ticks).toContain('1')
    expect(ticks.filter((tick) => /^[02]/.test(tick) && !tick.includes('.'))).toEqual([])
    expect(await page.textContent('[data-words]')).toContain('too few layers')
  })
})
