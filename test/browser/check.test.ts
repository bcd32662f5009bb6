/** The page of a check: its verdicts, sentences and numbers, whoever wrote the document. */
import { afterAll, describe, expect, test } from 'vitest'
import { violations } from './accessibility.js'
import { noBrowser, Workshop } from './browser.js'

const workshop = new Workshop()
afterAll(() => workshop.close())

const script = '<script>document.title="pwned"</script>'
const sentence = 'tfjs-wasm: matmul of dense2 in step 1 is off by 0.3 where 1e-6 is allowed'
const curve = [1, 2, 4, 8].map((step) => ({
  step,
  distance: step * 1e-7,
  floor: step * 2e-7,
  lossDistance: 0,
  lossFloor: 0,
}))

const document = {
  schema: 'isograd.check/2',
  experiment: script,
  verdict: 'disagree',
  reason: sentence,
  backends: [{ name: 'onnx' }, { name: 'tfjs-wasm' }],
  modes: ['ops', 'run'],
  arms: [
    {
      arm: 'relu',
      precision: 'float32',
      judgements: {
        ops: { verdict: 'disagree', reason: sentence },
        run: { verdict: 'agree', reason: 'within the noise' },
      },
      operations: [
        { backend: 'onnx', operation: 'matmul', ratio: 0.25, nodes: 2, elements: 1200, node: 'forward/dense2/matmul' },
        {
          backend: 'tfjs-wasm',
          operation: 'matmul',
          ratio: Number.POSITIVE_INFINITY,
          nodes: 2,
          elements: 1200,
          node: script,
        },
      ],
      steps: [],
      runs: [{ backends: ['onnx', 'tfjs-wasm'], curve, judgement: { verdict: 'agree', reason: 'within the noise' } }],
    },
  ],
  findings: [
    { severity: 'fault', arm: 'relu', sentence },
    { severity: 'fault', arm: 'relu', sentence },
  ],
  failures: [{ backend: 'other', message: script }],
}

describe.skipIf(noBrowser)('the page of a check', () => {
  test.each([360, 1440])(
    'says the verdict and the first divergence at %d pixels, and axe finds no fault',
    async (width) => {
      const { page, said, requested } = await workshop.open(workshop.makePageOf('check', document), { width })
      expect(await violations(page)).toEqual([])
      expect(await page.textContent('#check1-title')).toContain(script)
      expect(await page.textContent('#check1-title .badge')).toBe('disagree')
      // Two modes found the same: it is said once.
      expect(await page.locator('.agreements p').allTextContents()).toEqual([
        `failure other ${script}`,
        `fault relu ${sentence}`,
      ])
      expect([said, requested]).toEqual([[], []])
      expect(await page.evaluate(() => window.document.documentElement.scrollWidth)).toBe(width)
    },
  )

  test('has the ratio of every operation, the worst first', async () => {
    const { page } = await workshop.open(workshop.makePageOf('check', document))
    const ratios = await page
      .locator('#check1 article td data')
      .evaluateAll((all) => all.map((each) => each.getAttribute('value')))
    expect(ratios).toEqual(['Infinity', '0.25'])
    expect(await page.locator('.share.over').count()).toBe(1)
  })

  test('reads the distance with its noise floor', async () => {
    const { page } = await workshop.open(workshop.makePageOf('check', document))
    await page.focus('#check1 .chart')
    await page.keyboard.press('End')
    await page.keyboard.press('ArrowRight')
    const lines = await page.locator('#tip bdi').allTextContents()
    expect(lines).toEqual(['relu on tfjs-wasm against onnx', 'step 2', '2e-7 (noise floor 4e-7)'])
    const band = await page.getAttribute('#check1 .band path', 'd')
    const base = await page.locator('#check1 .base line').getAttribute('y1')
    expect(band?.split(/[A-Z]/).some((point) => point.endsWith(`,${base}`))).toBe(true)
  })
})
