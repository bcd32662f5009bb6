/** `isograd predict`, and the sample that `isograd run` shows: the same numbers on every way to them. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { predict, referenceBackend } from '@isograd/core'
import { digits } from '@isograd/core/data'
import { readFinishedRun } from '@isograd/core/node'
import { encode } from 'fast-png'
import { beforeAll, describe, expect, it } from 'vitest'
import { fixture, isograd, temporaryDirectory } from './command.js'

const out = temporaryDirectory()
const run = join(out, 'tiny-relu-reference-seed0')

interface Document {
  readonly source: unknown
  readonly label: number | null
  readonly predicted: number
  readonly probabilities: readonly number[]
  readonly notes: readonly string[]
}

let shown = ''

beforeAll(async () => {
  const args = ['run', fixture('tiny.json'), '--backend', 'reference', '--arm', 'relu', '--epochs', '30', '--out', out]
  shown = (await isograd(args)).stdout
})

async function predicted(...args: string[]): Promise<Document> {
  const { status, stdout } = await isograd(['predict', run, '--json', ...args])
  expect(status).toBe(0)
  return JSON.parse(stdout) as Document
}

describe.concurrent('isograd predict', () => {
  it('shows the sample that the run showed', async () => {
    const { source, label, predicted: found, probabilities } = await predicted()
    const { test } = source as { test: number }
    const percent = (100 * (probabilities[found] ?? 0)).toFixed(2)
    expect(shown).toContain(`test sample ${test}: label ${label}, predicted ${found} with ${percent} %`)
  })

  it('agrees with the accuracy in the record, sample by sample', async () => {
    const { record, model, weights } = await readFinishedRun(run)
    const { test } = digits({ train: 64, test: 32 })
    const trained = { arm: record.experiment, model, weights }
    const predictions = await predict(referenceBackend(), trained, test.images)
    const correct = predictions.filter(({ label }, i) => label === test.labels.data[i]).length
    expect(correct / 32).toBe(record.testAccuracy)
    const document = await predicted('--index', '17')
    expect(document.probabilities).toEqual(predictions[17]?.probabilities)
    expect(document.probabilities.reduce((sum, each) => sum + each, 0)).toBeCloseTo(1, 6)
  })

  it('says the same of a picture of the sample, and on another backend', async () => {
    const { test } = digits({ train: 64, test: 32 })
    const picture = join(temporaryDirectory(), 'five.png')
    writeFileSync(
      picture,
      encode({ width: 28, height: 28, channels: 1, data: test.images.data.slice(5 * 784, 6 * 784) }),
    )
    const [direct, image, onnx] = await Promise.all([
      predicted('--index', '5'),
      predicted('--image', picture),
      predicted('--index', '5', '--backend', 'onnx'),
    ])
    expect(image.probabilities).toEqual(direct.probabilities)
    expect([direct.label, image.label, image.notes]).toEqual([test.labels.data[5], null, []])
    for (const [i, probability] of direct.probabilities.entries()) {
      expect(onnx.probabilities[i]).toBeCloseTo(probability, 5)
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
    [[run, '--image', 'absent.png'], /--image: absent\.png: there is no such file/],
    [[run, '--image', fixture('tiny.json')], /expected a PNG picture, got something else/],
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
    const { runs } = JSON.parse(stdout) as { runs: [{ losses: number[]; epochs: { testAccuracy: number }[] }] }
    const [{ losses, epochs }] = runs
    const lines = stderr.split('\n').filter((line) => line.startsWith('[relu on reference]'))
    // Four steps an epoch: the first and the fourth of both.
    const steps = [0, 3, 4, 7].map((step) => losses[step]?.toFixed(6))
    expect(lines.flatMap((line) => /: loss (\d\.\d+)$/.exec(line)?.[1] ?? [])).toEqual(steps)
    expect(lines[1]).toContain('epoch 1, step 1/4, 16/64 samples (25 %)')
    expect(lines.filter((line) => /epoch [12]\/2: mean loss/.test(line))).toHaveLength(2)
    expect(stderr).toContain(`(${32 * (epochs[1]?.testAccuracy ?? 0)}/32)`)
    expect(lines.at(-1)).toMatch(/trained in [\d.]+ s$/)
  })
})

describe('isograd run --test-every', () => {
  it('evaluates within epochs, and the log tells', async () => {
    const args = ['run', fixture('tiny.json'), '--backend', 'reference', '--arm', 'relu', '--json']
    const { stdout, stderr } = await isograd([...args, '--test-every', '3', '--log-every', '100'])
    const { runs } = JSON.parse(stdout) as { runs: [{ evaluations: { step: number; testAccuracy: number }[] }] }
    expect(runs[0].evaluations.map(({ step }) => step)).toEqual([3, 6])
    const percent = (100 * (runs[0].evaluations[1]?.testAccuracy ?? 0)).toFixed(2)
    expect(stderr).toMatch(new RegExp(`behind step 6 of 8: test loss [\\d.]+, test accuracy ${percent} %`))
  })
})

describe('isograd run --validation, --test-scale', () => {
  it('hold samples back, and test on raw pixels', async () => {
    const args = ['run', fixture('tiny.json'), '--backend', 'reference', '--arm', 'relu', '--json']
    const { stdout } = await isograd([...args, '--validation', '0.25', '--test-scale', 'raw'])
    const { runs } = JSON.parse(stdout) as {
      runs: [{ dataset: object; testAccuracyByScale: object; epochs: object[] }]
    }
    expect(runs[0].dataset).toMatchObject({ train: 48, validation: 16, test: 32 })
    expect(runs[0].testAccuracyByScale).toHaveProperty('raw')
    expect(runs[0].epochs[0]).toHaveProperty('validationAccuracy')
  })

  it.each([
    ['--validation', '1', /--validation: expected a fraction between 0 and 1, such as 0\.1, got "1"/],
    ['--validation', 'half', /--validation: expected a fraction/],
    ['--test-scale', 'row', /--test-scale: expected unit or raw, got "row"; did you mean "raw"\?/],
    ['--log-every', '0', /--log-every: expected a whole number from 1/],
    ['--checkpoint-every', 'x', /--checkpoint-every: expected a whole number from 1/],
  ])('%s %s is refused', async (option, value, message) => {
    const { status, stderr } = await isograd(['run', fixture('tiny.json'), option, value])
    expect(status).toBe(2)
    expect(stderr).toMatch(message)
  })
})
