/** What the report page must be wherever it is opened: quiet, self-contained, fitting, accessible, and true. */
import { afterAll, describe, expect, test } from 'vitest'
import { faultsOf } from './accessibility.js'
import { noBrowser, Workshop } from './browser.js'
import { decadeNorm, recordOf } from './records.js'

const workshop = new Workshop()
afterAll(() => workshop.close())

const arms = ['relu', 'sigmoid']
const backends = ['onnx', 'tfjs-wasm']
const norms: Readonly<Record<string, (layer: number, step: number) => number>> = {
  relu: (layer, step) => 0.037 / (1 + layer) + step / 1000,
  sigmoid: decadeNorm(5),
}
const records = arms.flatMap((arm) =>
  backends.map((backend) => recordOf({ arm, backend, norm: norms[arm] ?? decadeNorm(5) })),
)
const environment = {
  node: '20.20.2',
  v8: '11',
  platform: 'linux',
  arch: 'x64',
  cpu: 'a processor',
  cores: 2,
  versions: { isograd: '0.1.0' },
  commandLine: ['isograd', 'run', "it's", '--out', 'a b'],
}

/** The page of four runs. */
function twoByTwo(): Promise<string> {
  return workshop.makePage('two-by-two', records, environment)
}

describe.skipIf(noBrowser)('the report page', () => {
  describe.each([360, 768, 1440])('%d pixels wide', (width) => {
    test.each(['light', 'dark'] as const)(
      'in %s: says nothing, asks for nothing, fits, and axe finds no fault',
      async (scheme) => {
        const opened = await workshop.open(twoByTwo(), { width, scheme })
        expect(await faultsOf(opened)).toEqual([])
        await opened.page.context().close()
      },
    )
  })

  test('paints light and dark', async () => {
    const grounds = []
    for (const scheme of ['light', 'dark'] as const) {
      // oxlint-disable-next-line no-await-in-loop -- one browser after the other
      const { page } = await workshop.open(twoByTwo(), { scheme })
      // oxlint-disable-next-line no-await-in-loop
      grounds.push(await page.evaluate(() => getComputedStyle(document.body).backgroundColor))
    }
    expect(grounds).toEqual(['rgb(246, 247, 249)', 'rgb(16, 19, 24)'])
  })

  test('its policy lets nothing run or be fetched but what it carries', async () => {
    const { page, said } = await workshop.open(twoByTwo())
    const policy = await page.getAttribute('meta[http-equiv="Content-Security-Policy"]', 'content')
    expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-[^']+'; script-src 'sha256-[^']+'; img-src blob:/)
    await page.evaluate(() => {
      const script = document.createElement('script')
      script.textContent = 'document.title = "ran"'
      document.body.append(script)
    })
    expect(await page.title()).not.toBe('ran')
    expect(said.join()).toMatch(/Content Security Policy/)
  })

  test('begins with the answer and what to do next, above the first figure', async () => {
    const { page } = await workshop.open(twoByTwo(), { width: 1440 })
    const said = await page.locator('.answer li').allTextContents()
    expect(said.map((text) => text.replaceAll(/\s+/g, ' ').trim())).toEqual([
      expect.stringMatching(/^agree in 2 of 2 comparisons of onnx and tfjs-wasm\. No difference is larger /),
      expect.stringMatching(
        /^sigmoid on onnx: the gradient vanishes: .* Reasons and cures: https:\S+\/docs\/guides\/not-training\.md$/,
      ),
      expect.stringMatching(/^After training, relu on onnx: /),
      expect.stringMatching(/^Next: isograd check 'it'\\''s' compares single operations, and 50 steps of training\.$/),
    ])
    const [answer, figure] = await Promise.all(
      ['.answer', '#experiment1-gradients .chart svg'].map(async (part) => page.locator(part).first().boundingBox()),
    )
    expect(Number(answer?.y)).toBeLessThan(Number(figure?.y))
    expect(figure?.y).toBeLessThan(720)
  })

  test('has the name of its only experiment once, and those of several at each', async () => {
    const headings = async (path: Promise<string>): Promise<string[]> => {
      const { page } = await workshop.open(path)
      return page.evaluate(() =>
        [...document.querySelectorAll('h1, h2')]
          .filter((each) => getComputedStyle(each).clipPath === 'none')
          .map((each) => each.textContent.trim()),
      )
    }
    expect(await headings(twoByTwo())).toEqual(['made-up', 'At a glance', 'Words', 'What ran where'])
    const two = ['one', 'other'].map((preset) => recordOf({ preset, arm: 'relu' }))
    expect((await headings(workshop.makePage('two', two, environment))).slice(0, 4)).toEqual([
      'one, other',
      'At a glance',
      'one',
      'other',
    ])
  })

  test('beside the gradient by depth speaks of each backend where they differ', async () => {
    const apart = [decadeNorm(5), () => 0.5].map((norm, i) =>
      recordOf({ arm: 'relu', backend: backends[i] ?? '', norm }),
    )
    const { page } = await workshop.open(workshop.makePage('apart', apart, environment))
    const said = await page.locator('[data-words] li').allTextContents()
    expect(said.map((text) => text.replaceAll(/\s+/g, ' ').trim())).toEqual([
      expect.stringMatching(/^relu on onnx ?1\.00 decades lost per layer/),
      expect.stringMatching(/^relu on tfjs-wasm ?kept within a factor of 2/),
    ])
  })

  test('of numbers that were learned says first what is left of the loss, and the metrics', async () => {
    const { judgedBy: _, ...record } = recordOf({ arm: 'default' })
    const metrics = { r2: { label: 'R2', format: 'number', better: 'larger' } } as const
    const finals = { test: { loss: 0.125, metrics: { r2: { value: 0.9375, error: 0.01 } } } }
    const { page } = await workshop.open(workshop.makePage('numbers', [{ ...record, metrics, finals }], environment))
    const said = (await page.locator('.answer').textContent())?.replaceAll(/\s+/g, ' ')
    expect(said).toContain('After training, default on onnx: test loss 0.1250, test R2 0.9375.')
  })

  test('a word that is explained shows its meaning to the pointer and to the keyboard, and has it at the end', async () => {
    const { page } = await workshop.open(twoByTwo())
    const meaning = String(await page.textContent('#term-decades-meaning'))
    const [word, tip] = [page.locator('a.term[href="#term-decades"]'), page.locator('#tip')]
    expect(await word.count()).toBe(1)
    await word.hover()
    expect(await tip.textContent()).toBe(meaning.trim())
    // It stays while the pointer is on it.
    await tip.hover()
    expect(await tip.isVisible()).toBe(true)
    await page.mouse.move(0, 0)
    expect(await tip.isVisible()).toBe(false)
    await word.focus()
    expect(await tip.isVisible()).toBe(true)
    await page.keyboard.press('Escape')
    expect(await tip.isVisible()).toBe(false)
    await page.keyboard.press('Enter')
    expect(page.url()).toMatch(/#term-decades$/)
    const links = await page.locator('a.term').evaluateAll((all) => all.map((link) => link.getAttribute('href')))
    const entries = await page.locator('.glossary dl > div').evaluateAll((all) => all.map(({ id }) => `#${id}`))
    expect(links.toSorted((a, b) => String(a).localeCompare(String(b)))).toEqual(
      entries.toSorted((a, b) => a.localeCompare(b)),
    )
  })

  test('the slider, by keyboard alone, moves lines, words, table and the marks of the maps', async () => {
    const { page } = await workshop.open(twoByTwo())
    const read = () =>
      page.evaluate(() => ({
        path: document
          .querySelector('[data-chart="experiment1-gradient-weight"] .line.s0 path')
          ?.getAttribute('d')
          ?.replaceAll('.0', ''),
        words: document.querySelector('[data-words]')?.textContent.replaceAll(/\s+/g, ''),
        mark: document.querySelector('[data-chart="experiment1-gradient-weight-map"] .now')?.getAttribute('x'),
        step: document.querySelector('[data-frame-text="experiment1-gradient-weight"]')?.textContent,
      }))
    const before = await read()
    await page.focus('[data-frame="experiment1-gradient-weight"]')
    await page.keyboard.press('ArrowRight')
    const after = await read()
    expect([before.step, after.step]).toEqual(['1', '11'])
    expect(after.path).not.toBe(before.path)
    expect(after.mark).not.toBe(before.mark)
    expect(after.words).not.toBe(before.words)
    await page.keyboard.press('End')
    expect((await read()).step).toBe('40')
    await page.keyboard.press('Home')
    expect(await read()).toEqual(before)
  })

  test('what the page draws anew is what it was made with', async () => {
    const { page } = await workshop.open(twoByTwo())
    const shapes = () =>
      page.evaluate(() =>
        [...document.querySelectorAll('.line path')].map((path) =>
          (path.getAttribute('d') ?? '').replace(/-?\d+(\.\d+)?/g, (number) => Number(number).toFixed(0)),
        ),
      )
    const before = await shapes()
    await page.focus('[data-frame="experiment1-gradient-weight"]')
    await page.keyboard.press('End')
    await page.keyboard.press('Home')
    expect(await shapes()).toEqual(before)
  })

  test('toggles, by keyboard alone, hide and show arms and backends in every chart', async () => {
    const { page } = await workshop.open(twoByTwo())
    const visible = () => page.locator('[data-chart="experiment1-gradient-weight"] .line:visible').count()
    expect(await visible()).toBe(4)
    await page.focus('input[data-arm="1"]')
    await page.keyboard.press('Space')
    expect(await visible()).toBe(2)
    expect(await page.textContent('[data-words]')).not.toContain('sigmoid')
    await page.focus('input[data-backend="0"]')
    await page.keyboard.press('Space')
    expect(await visible()).toBe(1)
    expect(await page.locator('[data-chart="experiment1-loss"] .line:visible').count()).toBe(1)
    await page.keyboard.press('Space')
    expect(await visible()).toBe(2)
  })

  test('every control can be reached with the tab key', async () => {
    const { page } = await workshop.open(twoByTwo())
    const wanted = await page
      .locator('button:visible, select:visible, input:visible, .chart:visible, summary:visible')
      .count()
    const reached = new Set<string>()
    for (let i = 0; i < wanted + 40; i++) {
      // oxlint-disable-next-line no-await-in-loop -- one press after the other
      await page.keyboard.press('Tab')
      // oxlint-disable-next-line no-await-in-loop
      const place = await page.evaluate(() => {
        const element = document.activeElement
        const controls = [...document.querySelectorAll('button, select, input, .chart, summary')]
        return element === null ? -1 : controls.indexOf(element)
      })
      if (place >= 0) reached.add(String(place))
    }
    expect(reached.size).toBe(wanted)
  })

  test('arrow keys read the exact values of a chart and say them', async () => {
    const { page } = await workshop.open(twoByTwo())
    await page.focus('[data-chart="experiment1-gradient-weight"] .chart')
    await page.keyboard.press('ArrowRight')
    expect(await page.locator('#tip bdi').allTextContents()).toEqual([
      'relu on onnx',
      'layer 1, dense1, step 1',
      String(norms['relu']?.(0, 0)),
    ])
    await page.keyboard.press('ArrowRight')
    const second = String(norms['relu']?.(1, 0))
    expect(await page.textContent('#announce')).toBe(`relu on onnx: layer 2, dense2, step 1: ${second}`)
    await page.keyboard.press('Escape')
    expect(await page.locator('#tip').isVisible()).toBe(false)
  })

  test('the pointer reads the value that is nearest', async () => {
    const { page } = await workshop.open(twoByTwo())
    await page.locator('[data-chart="experiment1-gradient-weight"] .chart').scrollIntoViewIfNeeded()
    const first = await page.evaluate(() => {
      const path = document.querySelector<SVGPathElement>('[data-chart="experiment1-gradient-weight"] .dots.s3 path')
      const at = path?.getPointAtLength(0).matrixTransform(path.getScreenCTM() ?? undefined)
      return { x: at?.x ?? 0, y: at?.y ?? 0 }
    })
    await page.mouse.move(first.x + 3, first.y - 2)
    expect((await page.locator('#tip bdi').allTextContents()).at(-1)).toBe(String(decadeNorm(5)(0, 0)))
  })

  test('a figure with several views shows the one that is chosen', async () => {
    const { page } = await workshop.open(twoByTwo())
    await page.selectOption('[data-choose="experiment1-losses"]', 'experiment1-test-loss')
    expect(await page.locator('[data-chart="experiment1-loss"]').isVisible()).toBe(false)
    expect(await page.locator('[data-chart="experiment1-test-loss"] svg').isVisible()).toBe(true)
  })

  test('quotes the command that does it again', async () => {
    const { page } = await workshop.open(twoByTwo())
    expect(await page.textContent('.command')).toBe(String.raw`isograd run 'it'\''s' --out 'a b'`)
  })

  test('in print, what can only be clicked is gone and the ground is white', async () => {
    const { page } = await workshop.open(twoByTwo(), { scheme: 'dark' })
    await page.emulateMedia({ media: 'print' })
    expect(await page.locator('.controls input').first().isVisible()).toBe(false)
    expect(await page.locator('.controls .swatch.backend').first().isVisible()).toBe(true)
    expect(await page.locator('.save').first().isVisible()).toBe(false)
    // Which run a map is of, and which quantity is drawn, must still be told.
    expect(await page.locator('.panel select').first().isVisible()).toBe(true)
    const colours = await page.evaluate(() => {
      const { color, backgroundColor } = getComputedStyle(document.body)
      return [color, backgroundColor]
    })
    expect(colours).toEqual(['rgb(22, 25, 29)', 'rgb(255, 255, 255)'])
  })
})
