/**
 * Makes the pictures of the documentation from real runs: `npm run pictures`, or `npm run pictures -- DIR` to train on
 * MNIST in that directory instead of the built-in digits. Needs Linux (`script` makes the pseudo-terminal) and Chromium.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { chromium } from 'playwright-core'
import { Screen, windowHtml } from './terminal-screen.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const root = fileURLToPath(new URL('../..', import.meta.url))
const bin = join(root, 'packages/cli/bin/isograd.js')
const browserPath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
)
const work = mkdtempSync(join(tmpdir(), 'isograd-pictures-'))
const [dataDirectory] = process.argv.slice(2)
const data = dataDirectory === undefined ? ['--dataset', 'digits'] : ['--data-dir', resolve(dataDirectory)]

/** The experiment of the pictures: thirteen layers, looked at every hundred steps. */
function writeExperiment() {
  const preset = JSON.parse(readFileSync(join(root, 'packages/core/src/experiment/presets/keras-13x10.json'), 'utf8'))
  const probes = { every: 100, testEvery: 150, histograms: true }
  writeFileSync(join(work, 'experiment.json'), JSON.stringify({ ...preset, probes }))
  return 'experiment.json'
}

/** Runs the command in a terminal of 80 columns. @param {readonly string[]} args */
function inTerminal(args) {
  const quoted = [process.execPath, bin, ...args].map((word) => `'${word}'`).join(' ')
  const command = `stty cols 80 rows 40; LANG=C.UTF-8 TERM=xterm-256color ${quoted}`
  const options = { cwd: work, encoding: 'utf8', input: '', maxBuffer: 1 << 28 }
  return execFileSync('script', ['-qec', command, '/dev/null'], options)
}

const experiment = writeExperiment()
const runs = join(work, 'runs')
const length = dataDirectory === undefined ? ['--limit', '30000'] : ['--limit', '60000']
const typescript = inTerminal([
  'run',
  experiment,
  ...data,
  ...length,
  '--epochs',
  '2',
  '--backend',
  'onnx,tfjs-wasm',
  // One after the other: the speeds are those of a run that has the machine to itself.
  '--jobs',
  '1',
  '--out',
  'runs',
])

/** The run of the edge of chaos; its first step is enough. */
const edge = join(work, 'edge')
inTerminal(['run', 'depth-scale', '--backend', 'wasm', '--limit', '2000', '--epochs', '1', '--out', 'edge'])

/** A sweep over depth and width of the weights. */
const sweepFile = {
  experiment: 'depth-scale',
  arms: ['variance-1.76'],
  set: { epochs: 2, 'optimizer.learningRate': 0.02, 'data.testLimit': 500, 'probes.every': 1000 },
  grid: { 'model.layers[1].times': [5, 10, 20, 30, 40], 'initializers.weights.scale': [0.5, 1, 1.4, 1.76, 2.5, 4] },
}
const swept = join(work, 'swept')
writeFileSync(join(work, 'sweep.json'), JSON.stringify(sweepFile))
inTerminal(['sweep', 'sweep.json', '--out', 'swept'])

const screen = new Screen()
screen.write(typescript)
/** The last frame of a run well under way: only the lines of the live view, which are the last. @param {string} arm */
function liveFrame(arm) {
  const underWay = screen.frames.filter((frame) => frame.includes(`${arm} on tfjs`) && / 8\d%/.test(frame))
  return underWay.at(-1)?.split('\n').slice(-10).join('\n') ?? ''
}

const summary = screen.html().split('\n')
const closing = summary
  .slice(summary.findLastIndex((line) => line.includes('summary')))
  .join('\n')
  .trimEnd()

const browser = await chromium.launch({
  executablePath: browserPath ?? 'chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic'],
})

/** @param {string} name @param {string} html */
async function terminalPicture(name, html) {
  const page = await browser.newPage({ deviceScaleFactor: 1.5 })
  await page.setContent(windowHtml(html))
  await page.locator('pre').screenshot({ path: join(here, `${name}.png`), omitBackground: true })
  await page.close()
}

/** @param {{ width: number, scheme: 'light' | 'dark', directory?: string }} options */
async function openReport({ width, scheme, directory = runs }) {
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme: scheme, deviceScaleFactor: 1.25 })
  await page.goto(pathToFileURL(join(directory, 'report.html')).href)
  return page
}

/** From the answer of the experiment on. @param {'light' | 'dark'} scheme */
async function reportPicture(scheme) {
  const page = await openReport({ width: 1200, scheme })
  const box = await page.locator('.experiment h2').first().boundingBox()
  if (box === null) throw new Error('the report has no experiment')
  await page.screenshot({
    path: join(here, `report-${scheme}.png`),
    fullPage: true,
    clip: { x: 0, y: box.y - 16, width: 1200, height: 1300 },
  })
  await page.close()
}

async function phonePicture() {
  const page = await openReport({ width: 390, scheme: 'light' })
  const box = await page.locator('.experiment h2').first().boundingBox()
  if (box === null) throw new Error('the report has no experiment')
  await page.screenshot({
    path: join(here, 'report-phone.png'),
    fullPage: true,
    clip: { x: 0, y: box.y - 16, width: 390, height: 900 },
  })
  await page.close()
}

/** @param {string} name @param {string} selector @param {number} [frame] @param {string} [directory] */
async function cardPicture(name, selector, frame = 0, directory = runs) {
  const page = await openReport({ width: 1200, scheme: 'light', directory })
  const card = page.locator(selector).first()
  const slider = card.locator('input[type=range]').first()
  if ((await slider.count()) > 0) {
    for (let i = 0; i < frame; i++) await slider.press('ArrowRight')
  }
  await page.evaluate('document.activeElement.blur()')
  await card.screenshot({ path: join(here, `${name}.png`) })
  await page.close()
}

/** The row of cards with the maps of a sweep. */
async function sweepPicture() {
  const page = await openReport({ width: 1200, scheme: 'light', directory: swept })
  const [first, last] = await Promise.all(
    ['#sweep1-pairs', '#sweep1-losses-figure'].map((card) => page.locator(card).boundingBox()),
  )
  if (first === null || last === null) throw new Error('the page of the sweep has no maps')
  const [x, y] = [first.x - 8, first.y - 8]
  const clip = { x, y, width: last.x + last.width + 8 - x, height: last.y + last.height + 8 - y }
  await page.screenshot({ path: join(here, 'sweep.png'), fullPage: true, clip })
  await page.close()
}

try {
  await terminalPicture('live-relu', liveFrame('relu'))
  await terminalPicture('live-sigmoid', liveFrame('sigmoid'))
  await terminalPicture('summary', closing)
  await reportPicture('light')
  await reportPicture('dark')
  await phonePicture()
  await cardPicture('pre-activations', '#experiment1-pre-activations-figure', 8)
  await cardPicture('edge-of-chaos', '#experiment1-inside', 0, edge)
  await sweepPicture()
} finally {
  await browser.close()
  rmSync(work, { recursive: true, force: true })
}
