/**
 * The playground as it would be published: from a plain server of static files, below a path. It trains what the command
 * would train, bit for bit; it is kept for use without a connection; what comes from an address is text and nothing else.
 */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { deflateRawSync } from 'node:zlib'
import { parseExperiment, planFor, recordOf, train } from '@isograd/core'
import { loadDataset } from '@isograd/core/node'
import { wasmBackend } from '@isograd/compiler/wasm'
import { site } from '@isograd/playground'
import { readSource } from '@isograd/report'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { violations } from './accessibility.js'
import { noBrowser, type OpenPage, Workshop } from './browser.js'
import { serveStatic, type StaticServer } from './static-server.js'

const workshop = new Workshop()
let server: StaticServer

const command = fileURLToPath(new URL('../../packages/cli/bin/isograd.js', import.meta.url))

/** Less than a second of training. */
const small = {
  name: 'small',
  data: { dataset: 'blobs', limit: 200, testLimit: 100 },
  model: { layers: [{ type: 'dense', units: 16 }, { type: 'activation' }, { type: 'dense', units: 3 }] },
  arms: { relu: { activation: 'relu' }, sigmoid: { activation: 'sigmoid' } },
  optimizer: { type: 'sgd', learningRate: 0.1 },
  batchSize: 20,
  epochs: 2,
  probes: { every: 5 },
}

/** The losses of an arm as Node trains it. */
async function lossesInNode(arm: string): Promise<readonly number[]> {
  const { arms, registry } = parseExperiment(small)
  const spec = arms[arm]
  if (spec === undefined) throw new Error(`no arm ${arm}`)
  const dataset = await loadDataset('blobs', { registry, size: { train: 200, test: 100 } })
  const plan = planFor({ armName: arm, arm: spec, dataset, registry })
  const events = []
  for await (const event of train({ plan, backend: wasmBackend({ threads: 1 }) })) events.push(event)
  return recordOf(events).losses
}

function fragmentOf(...parts: readonly unknown[]): string {
  return `#1.${deflateRawSync(JSON.stringify(parts)).toString('base64url')}`
}

async function type(page: Page, document: unknown): Promise<void> {
  await page.locator('#editing').evaluate((details: HTMLDetailsElement) => {
    details.open = true
  })
  await page.fill('#text', JSON.stringify(document))
}

/** Trains what the form says; returns what is told then. */
async function trainOn(page: Page, first: string, second: string): Promise<string | null> {
  await page.selectOption('#first', first)
  await page.selectOption('#second', second)
  await page.click('#train')
  await page.waitForFunction(() => document.querySelector<HTMLButtonElement>('#stop')?.disabled === true)
  return page.textContent('#status')
}

async function saved(page: Page, button: string): Promise<string> {
  const [download] = await Promise.all([page.waitForEvent('download'), page.click(button)])
  return download.path()
}

function kept({ page }: OpenPage): Promise<unknown> {
  return page.waitForFunction(() => document.querySelector('#offline')?.textContent.includes('has kept'))
}

/** All that a page said, but for what the driver says of what it has switched off. */
function heard(said: readonly string[]): string[] {
  return said.filter((line) => line !== 'Service Worker registration blocked by Playwright')
}

const agreed = (names: string): string => `relu: ${names} agree; sigmoid: ${names} agree.`

describe.skipIf(noBrowser)('the playground', () => {
  beforeAll(async () => {
    server = await serveStatic(fileURLToPath(site), '/some/where/')
  })
  afterAll(async () => {
    await server.close()
    await workshop.close()
  })

  test('trains on two backends, side by side, what Node trains, and the command reads the record', async () => {
    const { page, said, requested } = await workshop.visit(server.address)
    await type(page, small)
    await page.waitForFunction(() => document.querySelector('#found')?.textContent !== '')
    expect(await page.textContent('#found')).toBe('2 arms: relu, 20 steps; sigmoid, 20 steps')
    expect(await trainOn(page, 'wasm', 'tfjs-cpu')).toBe(agreed('wasm and tfjs-cpu'))
    // Gradients by layer, loss and metric of both backends, each with a line an arm.
    expect(await page.locator('article figure svg').count()).toBe(6)
    expect(await page.locator('article figure svg .line path').count()).toBe(12)
    expect(await page.locator('#verdicts li').allTextContents()).toEqual([
      expect.stringMatching(/^agree relu: No difference is larger than rounding explains: first losses differ by/),
      expect.stringMatching(/^agree sigmoid: No difference is larger than rounding explains: first losses differ by/),
    ])
    expect(await violations(page)).toEqual([])

    const path = await saved(page, '#record')
    const { runs, environment } = readSource(await readFile(path, 'utf8'), path)
    expect(runs.map(({ arm, backend }) => `${arm} on ${backend}`)).toEqual([
      'relu on wasm',
      'sigmoid on wasm',
      'relu on tfjs-cpu',
      'sigmoid on tfjs-cpu',
    ])
    expect(environment?.jobs).toBe(2)
    expect(runs[0]?.losses).toEqual(await lossesInNode('relu'))
    expect(runs[1]?.losses).toEqual(await lossesInNode('sigmoid'))
    const made = join(workshop.directory, 'made.html')
    await promisify(execFile)(process.execPath, [command, 'report', path, '--out', made])
    const report = await readFile(made, 'utf8')
    // The answer above all, and an item for each of the two arms.
    expect(report.match(/No difference is larger/g)).toHaveLength(3)
    expect(await readFile(await saved(page, '#report'), 'utf8')).toContain('No difference is larger')
    expect(requested.filter((address) => !address.startsWith(server.address) && !address.startsWith('blob:'))).toEqual(
      [],
    )
    expect(heard(said)).toEqual([])
  })

  test('an address restores experiment and backends', async () => {
    const { page } = await workshop.visit(server.address)
    await type(page, small)
    await page.selectOption('#first', 'reference')
    await page.selectOption('#second', 'tfjs-wasm')
    await page.click('#share')
    await page.waitForFunction(() => location.hash !== '')
    const other = await workshop.visit(page.url())
    await other.page.waitForFunction(() => document.querySelector('#found')?.textContent !== '')
    expect(JSON.parse(await other.page.inputValue('#text'))).toEqual(small)
    expect([await other.page.inputValue('#first'), await other.page.inputValue('#second')]).toEqual([
      'reference',
      'tfjs-wasm',
    ])
  })

  test('an address that holds no experiment is told, and the form stays', async () => {
    const { page, said } = await workshop.visit(server.address)
    const bad = [
      ['#nothing', 'expected an address that this page has made'],
      ['#1.%%%', 'not correctly encoded'],
      ['#1.AAAA', 'Compressed input was truncated'],
      [fragmentOf('{}', 'wasm', 'pytorch'), 'expected two backends of this page'],
      [fragmentOf(' '.repeat(10_000_000), 'wasm', 'tfjs-cpu'), 'it is longer than 400,000 bytes'],
      [fragmentOf('{}', 'wasm', 'tfjs-cpu', 'more'), 'expected one experiment'],
    ] as const
    for (const [fragment, problem] of bad) {
      // oxlint-disable no-await-in-loop -- one address after the other
      await page.selectOption('#preset', 'keras-13x10')
      await page.goto(server.address + fragment)
      await page.waitForFunction(() => document.querySelector('#found')?.textContent !== '')
      const found = await page.textContent('#found')
      expect(found).toMatch(/^The address holds no experiment: .* The form is as it was\.$/)
      expect(found).toContain(problem)
      expect(await page.inputValue('#text')).toContain('keras-13x10')
      // oxlint-enable no-await-in-loop
    }
    expect(heard(said)).toEqual([])
  })

  test('names from an address are text, in charts too', async () => {
    const name = '<img src="x" onerror="document.title=1"><script>document.title=2</script>'
    const bad = { ...small, arms: { [name]: { activation: 'relu' } } }
    const odd = { ...small, description: name }
    const { page, said } = await workshop.visit(server.address)
    for (const experiment of [bad, odd]) {
      // oxlint-disable no-await-in-loop -- one experiment after the other
      await page.goto(server.address + fragmentOf(JSON.stringify(experiment), 'wasm', 'reference'))
      await page.waitForFunction(
        (text) => document.querySelector<HTMLTextAreaElement>('#text')?.value === text,
        JSON.stringify(experiment),
      )
      expect(await trainOn(page, 'wasm', 'reference')).toContain(experiment === bad ? name : 'relu: wasm and reference')
      expect(await page.locator('img, main script, svg script, main b').count()).toBe(0)
      // oxlint-enable no-await-in-loop
    }
    expect([await page.title(), heard(said)]).toEqual(['isograd playground', []])
  })

  test('what cannot be trained here is refused in words, and the page stays usable', async () => {
    const { page, said } = await workshop.visit(server.address)
    await page.click('#editing summary')
    const bad: readonly (readonly [unknown, RegExp])[] = [
      ['{', /^the experiment: expected JSON: /],
      [{ ...small, epochs: 'many' }, /epochs: expected a (whole )?number, got "many"/],
      [{ ...small, data: { dataset: 'mnist' } }, /data\.dataset: expected a set that is drawn .*got "mnist"/],
      [
        {
          ...small,
          model: {
            layers: [
              { type: 'dense', units: 1_000_000 },
              { type: 'dense', units: 3 },
            ],
          },
        },
        /arm "relu": expected at most 5,000,000 weights in a page, got 6,000,003; make layers smaller/,
      ],
      [{ ...small, epochs: 1_000_000 }, /expected at most 100,000 steps in a page, got 10,000,000; lower epochs/],
      [
        { ...small, data: { dataset: 'blobs', limit: 1e9 } },
        /expected at most 20,000 samples in a page, got 1,000,000,000/,
      ],
    ]
    for (const [document, problem] of bad) {
      // oxlint-disable no-await-in-loop -- one experiment after the other
      await page.fill('#text', typeof document === 'string' ? document : JSON.stringify(document))
      await page.getByText(problem).waitFor()
      expect(await page.textContent('#found.wrong')).toMatch(problem)
      // oxlint-enable no-await-in-loop
    }
    expect(await trainOn(page, 'wasm', 'reference')).toMatch(
      /^Nothing was compared: arm "relu": expected at most 20,000/,
    )
    await page.fill('#text', JSON.stringify(small))
    expect(await trainOn(page, 'wasm', 'reference')).toBe(agreed('wasm and reference'))
    expect(heard(said)).toEqual([])
  })

  test('a backend that does not load is told, and the other trains', async () => {
    const { page } = await workshop.visit(server.address)
    await page.context().route(/\.wasm$/, (route) => route.abort())
    await type(page, small)
    expect(await trainOn(page, 'wasm', 'tfjs-wasm')).toMatch(/^Nothing was compared: tfjs-wasm cannot be used: /)
    expect(await page.textContent('article:first-child')).toContain('Trained: 40 of 40 steps')
    // What was trained is not lost.
    expect(await page.isEnabled('#record')).toBe(true)
    expect(await trainOn(page, 'wasm', 'reference')).toBe(agreed('wasm and reference'))
  })

  test('is stopped by keyboard, and trains again', async () => {
    const { page } = await workshop.visit(server.address)
    await page.selectOption('#second', 'reference')
    await page.focus('#train')
    await page.keyboard.press('Enter')
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('stop')
    await page.keyboard.press('Enter')
    await page.waitForFunction(() => document.activeElement?.id === 'train')
    expect(await page.textContent('#status')).toBe('Nothing was compared: it was stopped')
  })

  test.each(['light', 'dark'] as const)('on a phone, in %s: fits, axe finds no fault', async (scheme) => {
    const { page } = await workshop.visit(server.address, { width: 360, scheme })
    await type(page, { ...small, epochs: 'many' })
    await page.waitForFunction(() => document.querySelector('#found')?.textContent.includes('many'))
    expect(await violations(page)).toEqual([])
    await type(page, small)
    expect(await trainOn(page, 'wasm', 'reference')).toBe(agreed('wasm and reference'))
    expect(await violations(page)).toEqual([])
    const beyond = await page.evaluate(() =>
      [...document.querySelectorAll('body *')]
        .filter((element) => element.getBoundingClientRect().right > innerWidth + 0.5)
        .map(({ tagName, id }) => `${tagName} #${id}`),
    )
    expect(beyond).toEqual([])
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360)
  })

  test('works without its server once it was loaded, isolated then, with a runtime that was not used before', async () => {
    const own = await serveStatic(fileURLToPath(site), '/else/where/')
    const opened = await workshop.visit(own.address, { isKept: true })
    const { page } = opened
    expect(await page.textContent('#threads')).toMatch(/^Each backend has one thread: /)
    await kept(opened)
    await own.close()
    await page.reload()
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true)
    await type(page, small)
    expect(await trainOn(page, 'wasm', 'tfjs-wasm')).toBe(agreed('wasm and tfjs-wasm'))
    expect(heard(opened.said)).toEqual([])
  })
})
