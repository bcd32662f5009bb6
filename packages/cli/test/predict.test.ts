/** `isograd predict`, and the sample that `isograd run` shows: the same numbers on every way to them. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { predict, referenceBackend, type RunRecord } from '@isograd/core'
import { parseExactly } from '@isograd/core/compare'
import { digits } from '@isograd/core/data'
import { loadRun } from '@isograd/core/node'
import { encode } from 'fast-png'
import { beforeAll, describe, expect, it } from 'vitest'
import type { PredictDocument } from '../src/documents/predict-document.js'
import type { RunsDocument } from '../src/documents/runs-document.js'
import { fixture, isograd, temporaryDirectory } from './command.js'

const out = temporaryDirectory()
const run = join(out, 'tiny-relu-reference-seed0')

/** The test samples of `tiny.json`. */
const { image, label } = digits({ train: 64, test: 32 }).splits.test?.columns ?? {}
if (image === undefined || label === undefined) throw new Error('the digits have no test samples')

let shown = ''

beforeAll(async () => {
  const args = ['run', fixture('tiny.json'), '--backend', 'reference', '--arm', 'relu', '--epochs', '30', '--out', out]
  shown = (await isograd(args)).stdout
})

async function predicted(...args: string[]): Promise<PredictDocument> {
  const { status, stdout } = await isograd(['predict', run, '--json', ...args])
  expect(status).toBe(0)
  return parseExactly(stdout) as PredictDocument
}

describe.concurrent('isograd predict', () => {
  it('shows the sample that the run showed', async () => {
    const { source, target, predicted: found = -1, values } = await predicted()
    const { table, row } = source as { table: string; row: number }
    const percent = (100 * Number(values[found])).toFixed(2)
    expect(table).toBe('test')
    expect(shown).toContain(`test sample ${row}: label ${target?.[0]}, predicted ${found} with ${percent} %`)
  })

  it('agrees with the accuracy in the record, sample by sample', async () => {
    const { record, network, weights } = await loadRun(run)
    const predictions = await predict(referenceBackend(), { ...network, weights }, { image })
    const correct = predictions.filter(({ category }, i) => category === label.data[i]).length
    expect(correct / 32).toBe(record.finals['test']?.metrics['accuracy']?.value)
    const document = await predicted('--index', '17')
    expect(document).toMatchObject({ task: 'classification', run: { judgedBy: 'accuracy', finals: record.finals } })
    expect(document.categories).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'])
    expect([document.output, document.values]).toEqual([predictions[17]?.output, predictions[17]?.values])
    expect(document.values.reduce((sum, each) => sum + each, 0)).toBeCloseTo(1, 6)
  })

  it('says the same of a picture of the sample, and on another backend', async () => {
    const picture = join(temporaryDirectory(), 'five.png')
    writeFileSync(
      picture,
      encode({ width: 28, height: 28, channels: 1, data: Uint8Array.from(image.data.slice(5 * 784, 6 * 784)) }),
    )
    const [direct, pictured, onnx] = await Promise.all([
      predicted('--index', '5'),
      predicted('--image', picture),
      predicted('--index', '5', '--backend', 'onnx'),
    ])
    expect(pictured.values).toEqual(direct.values)
    expect([direct.target, pictured.target, pictured.notes]).toEqual([[label.data[5]], null, []])
    for (const [i, probability] of direct.values.entries()) {
      expect(onnx.values[i]).toBeCloseTo(probability, 5)
    }
  })

  it('draws the digit and a bar for each class, in 80 columns', async () => {
    const { status, stdout } = await isograd(['predict', out, '--index', '3'])
    const lines = stdout.split('\n')
    expect(status).toBe(0)
    expect(lines[0]).toMatch(/^test sample 3 of digits: label \d, predicted \d with \d+\.\d\d %$/)
    expect(lines.filter((line) => / \d [█▏▎▍▌▋▊▉ ]+ +\d+\.\d\d %$/.test(line))).toHaveLength(10)
    expect(lines.some((line) => /[▀▄█]{2}/.test(line.slice(0, 30)))).toBe(true)
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80)
    const ascii = await isograd(['predict', out, '--index', '3', '--ascii'])
    // oxlint-disable-next-line no-control-regex -- that all characters are ASCII is what is looked for
    expect(ascii.stdout).toMatch(/^[\u0000-\u007f]+$/)
  })

  it('notes what was done to a picture', async () => {
    const picture = join(temporaryDirectory(), 'big.png')
    const data = new Uint8Array(3 * 60 * 40).fill(255)
    data[0] = 10
    writeFileSync(picture, encode({ width: 60, height: 40, channels: 3, data }))
    const { status, stderr } = await isograd(['predict', run, '--image', picture])
    expect(status).toBe(0)
    expect(stderr).toContain('note: it has colours, and was turned into grey')
    expect(stderr).toContain('note: it is 60 x 40, scaled to 28 x 28, which changes its proportions')
    expect(stderr).toContain('should it be inverted (--invert)?')
  })

  it.each<[string[], RegExp]>([
    [[run, '--index', '32'], /--index: expected a whole number from 0 to 31, got "32"/],
    [[run, '--index', '-1'], /--index: expected a whole number from 0 to 31/],
    [[run, '--index', '1', '--image', 'x.png'], /expected one of them, got both/],
    [[run, '--invert'], /--invert: it is for pictures/],
    [[run, '--image', 'absent.png'], /absent\.png: does not exist/],
    [[run, '--image', fixture('tiny.json')], /expected a picture \(PNG, JPEG, WebP, BMP\), got something else/],
    [[join(out, 'absent')], /there is no such directory/],
    [[temporaryDirectory()], /expected the directory of a finished run, with record\.json/],
  ])('refuses %j', async (args, message) => {
    const { status, stdout, stderr } = await isograd(['predict', ...args])
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(message)
  })
})

describe('isograd run --log-every', () => {
  it('prints losses of the record and a line for each epoch', async () => {
    const args = ['run', fixture('tiny.json'), '--backend', 'reference', '--arm', 'relu', '--log-every', '3', '--json']
    const { stdout, stderr } = await isograd(args)
    const [record] = (parseExactly(stdout) as RunsDocument).runs
    const { losses, epochs } = record as RunRecord
    const lines = stderr.split('\n').filter((line) => line.startsWith('[relu on reference]'))
    // Four steps an epoch: the first and the fourth of both.
    const steps = [0, 3, 4, 7].map((step) => losses[step]?.toFixed(6))
    expect(lines.flatMap((line) => /: loss (\d\.\d+)$/.exec(line)?.[1] ?? [])).toEqual(steps)
    expect(lines[1]).toContain('epoch 1, step 1/4, 16/64 samples (25 %)')
    expect(lines.filter((line) => /epoch [12]\/2: mean loss/.test(line))).toHaveLength(2)
    expect(stderr).toContain(
      `test accuracy ${(100 * Number(epochs[1]?.evaluations['test']?.metrics['accuracy']?.value)).toFixed(2)} %`,
    )
    expect(lines.at(-1)).toMatch(/trained in [\d.]+ s$/)
  })
})

describe('isograd run --test-every', () => {
  it('evaluates within epochs, and the log tells', async () => {
    const args = ['run', fixture('tiny.json'), '--backend', 'reference', '--arm', 'relu', '--json']
    const { stdout, stderr } = await isograd([...args, '--test-every', '3', '--log-every', '100'])
    const [record] = (parseExactly(stdout) as RunsDocument).runs
    const { evaluations = [] } = record as RunRecord
    expect(evaluations.map(({ step }) => step)).toEqual([3, 6])
    const percent = (100 * Number(evaluations[1]?.evaluation.metrics['accuracy']?.value)).toFixed(2)
    expect(stderr).toMatch(new RegExp(`behind step 6 of 8: test loss [\\d.]+, test accuracy ${percent} %`))
  })
})

describe('tables of a run', () => {
  it('hold samples back with --validation', async () => {
    const args = ['run', fixture('tiny.json'), '--backend', 'reference', '--arm', 'relu', '--json']
    const { stdout } = await isograd([...args, '--validation', '0.25'])
    const [record] = (parseExactly(stdout) as RunsDocument).runs
    expect(record?.dataset.rows).toEqual({ train: 48, validation: 16, test: 32 })
    expect(Object.keys(record?.epochs[0]?.evaluations ?? {})).toEqual(['test', 'validation'])
  })

  it('are two of the test samples in a file of the first version that tests on raw bytes', async () => {
    const document = JSON.parse(readFileSync(fixture('tiny.json'), 'utf8')) as { data: object }
    const path = join(temporaryDirectory(), 'raw.json')
    writeFileSync(path, JSON.stringify({ ...document, data: { ...document.data, testScale: 'raw' } }))
    const args = ['--backend', 'reference', '--arm', 'relu', '--json']
    const [raw, plain] = await Promise.all([path, fixture('tiny.json')].map((file) => isograd(['run', file, ...args])))
    const [finals, plainFinals] = [raw, plain].map(
      (each) => (parseExactly(each?.stdout ?? '') as RunsDocument).runs[0]?.finals,
    )
    expect(Object.keys(finals ?? {})).toEqual(['test', 'unit'])
    expect(finals?.['unit']).toEqual(plainFinals?.['test'])
    expect(finals?.['test']).not.toEqual(plainFinals?.['test'])
  })

  it.each([
    ['--validation', '1', /--validation: expected a fraction between 0 and 1, such as 0\.1, got "1"/],
    ['--validation', 'half', /--validation: expected a fraction/],
    ['--test-scale', 'raw', /unknown option '--test-scale'/],
    ['--log-every', '0', /--log-every: expected a whole number from 1/],
    ['--checkpoint-every', 'x', /--checkpoint-every: expected a whole number from 1/],
  ])('%s %s is refused', async (option, value, message) => {
    const { status, stderr } = await isograd(['run', fixture('tiny.json'), option, value])
    expect(status).toBe(2)
    expect(stderr).toMatch(message)
  })
})

it.each([
  ['predict', (directory: string) => ['predict', directory]],
  [
    'trace',
    (directory: string) => ['trace', fixture('tiny.json'), '--arm', 'relu', '--out', join(directory, 'x.safetensors')],
  ],
])('a backend that never answers ends %s after --timeout', async (_, words) => {
  const place = join(temporaryDirectory(), 'runs')
  await isograd([
    'run',
    fixture('tiny.json'),
    '--backend',
    'reference',
    '--arm',
    'relu',
    '--epochs',
    '1',
    '--out',
    place,
  ])
  const given = words(join(place, 'tiny-relu-reference-seed0'))
  const outcome = await isograd([...given, '--backend', `${fixture('odd-adapter')}#spinning`, '--timeout', '2'])
  expect(outcome).toMatchObject({ status: 3, stdout: '' })
  expect(outcome.stderr).toMatch(/\[spinning\] scan of "[^"]+" did not answer within 2 s\n$/)
})
