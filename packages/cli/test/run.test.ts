/** `isograd run` from outside: what it prints where, what its document holds, how it exits. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RunRecord } from '@isograd/core'
import { finalOf, parseExactly, probedNumbers, probeSeries } from '@isograd/core/compare'
import { describe, expect, it } from 'vitest'
import type { RunsDocument } from '../src/documents/runs-document.js'
import { fixture, isograd, outcomeOf, start, temporaryDirectory } from './command.js'

const tiny = fixture('tiny.json')
const fake = fixture('fake-adapter')

async function document(...args: readonly string[]): Promise<RunsDocument> {
  const { stdout } = await isograd(['run', tiny, '--json', ...args])
  return parseExactly(stdout) as RunsDocument
}

/** The first number behind a text. */
function numberBehind(text: string, before: string): number {
  return Number(text.split(before)[1]?.split(' ')[0])
}

function withoutMeasures(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== 'seconds' && key !== 'peakMemory'))
}

describe('what is looked at inside', () => {
  it('is told in a line for each quantity, with the numbers of the record', async () => {
    const probes = ['--arm', 'relu', '--set', 'probes.signal=true', '--set', 'probes.jacobian=true']
    const args = ['run', tiny, '--backend', 'reference', ...probes]
    const [{ stdout }, { runs }] = await Promise.all([isograd(args), document('--backend', 'reference', ...probes)])
    const [record] = runs
    if (record === undefined) throw new Error('a run is needed')
    const [scale] = probeSeries(record, 'signalScale')
    const [jacobian] = probeSeries(record, 'jacobian')
    expect(numberBehind(stdout, 'signal scale at step 1: ')).toBeCloseTo(Number(scale?.values[0]), 3)
    expect(numberBehind(stdout, 'singular values of the Jacobian at step 1: ')).toBeCloseTo(
      Number(jacobian?.values[0]),
      3,
    )
    expect(stdout).not.toContain('effective rank')
    expect(stdout).toContain('one backend alone: nothing to compare')
  })
})

describe.concurrent('the document of --json', () => {
  it('is the only thing on standard output, and holds what was asked for', async () => {
    const { status, stdout, stderr } = await isograd(['run', tiny, '--json', '--backend', 'reference'])
    expect(status).toBe(0)
    expect(stdout.endsWith('}\n')).toBe(true)
    const { schema, environment, runs, agreement, failures } = JSON.parse(stdout) as RunsDocument
    expect(schema).toBe('isograd.runs/2')
    expect(environment).toMatchObject({ node: process.versions.node, v8: process.versions.v8 })
    expect(environment).toMatchObject({ platform: process.platform, arch: process.arch })
    expect(environment.commandLine).toEqual(['isograd', 'run', tiny, '--json', '--backend', 'reference'])
    expect(Object.keys(environment.versions)).toEqual(['isograd', '@isograd/core'])
    expect(runs.map(({ preset, arm, backend, seed }) => [preset, arm, backend, seed])).toEqual([
      ['tiny', 'relu', 'reference', 0],
      ['tiny', 'sigmoid', 'reference', 0],
    ])
    expect([agreement, failures]).toEqual([[], []])
    expect(stderr).toBe('')
  })

  it('has a record with losses, epochs and gradients of every layer', async () => {
    const { runs } = await document('--backend', 'reference', '--arm', 'relu', '--probe-every', '3')
    const [record] = runs as readonly [RunRecord]
    // 64 samples in batches of 16, two epochs
    expect(record.steps).toBe(8)
    expect(record.losses).toHaveLength(8)
    expect(record.epochs).toHaveLength(2)
    const norms = probeSeries(record, 'gradientNorm')
    expect(norms.map(({ layer, parameter }) => `${layer}.${parameter}`)).toEqual([
      'dense1.weight',
      'dense1.bias',
      'dense2.weight',
      'dense2.bias',
    ])
    for (const { steps, values } of norms) expect([steps, values.length]).toEqual([[0, 3, 6, 7], 4])
    // 784 * 8 + 8 and 8 * 10 + 10
    expect(record.layers.map(({ parameters }) => parameters)).toEqual([0, 6280, 0, 90])
    const meanLoss = record.losses.slice(0, 4).reduce((sum, loss) => sum + loss, 0) / 4
    expect(record.epochs[0]?.trainLoss).toBeCloseTo(meanLoss, 12)
    expect(record).toMatchObject({ judgedBy: 'accuracy', judgedOn: 'test', modules: [] })
    expect(record.finals).toEqual(record.epochs.at(-1)?.evaluations)
    expect(finalOf(record)).toBe(record.finals['test']?.metrics['accuracy'])
  })

  it('is the same in two runs but for seconds and memory', async () => {
    const [first, second] = await Promise.all([document('--backend', 'reference'), document('--backend', 'reference')])
    expect(JSON.stringify(first, withoutMeasures)).toBe(JSON.stringify(second, withoutMeasures))
    expect(JSON.stringify(first)).toContain('"seconds"')
  })

  it('takes the options over the file', async () => {
    const options = ['--epochs', '1', '--limit', '40', '--batch-size', '20', '--seed', '7', '--precision', 'float64']
    const { runs } = await document('--backend', 'reference', '--arm', 'sigmoid', ...options)
    const [record] = runs as readonly [RunRecord]
    expect(record).toMatchObject({ arm: 'sigmoid', seed: 7, precision: 'float64', steps: 2 })
    expect(record.dataset).toMatchObject({ name: 'digits', rows: { train: 40, test: 32 } })
    expect(record.experiment).toMatchObject({ batchSize: 20, epochs: 1, data: { limit: 40, testLimit: 32 } })
  })

  it('says where training diverges, in JSON all the same', async () => {
    const { status, stdout } = await isograd(['run', fixture('diverging.yaml'), '--json', '--backend', 'reference'])
    expect(status).toBe(4)
    expect(JSON.parse(stdout)).toMatchObject({ runs: [{ finals: { test: { loss: { $number: 'NaN' } } } }] })
    const { runs } = parseExactly(stdout) as RunsDocument
    expect(runs[0]?.finals['test']?.loss).toBeNaN()
    expect(runs[0]?.end).toMatchObject({
      reason: 'nonFinite',
      nonFinite: { step: 1, origin: { stage: 'forward', layer: 'dense1' } },
    })
  })
})

describe.concurrent('a training that diverges', () => {
  const diverging = fixture('diverging.yaml')

  it('is told step, operation and verdict by, with a status of its own', async () => {
    const { status, stdout } = await isograd(['run', diverging, '--backend', `reference,${fake}#faithful`])
    expect(status).toBe(4)
    expect(stdout).toMatch(/stopped: the numbers are no longer finite from step 2 on: its loss is/)
    expect(stdout).toMatch(/reference +diverged at step 2 +-/)
    expect(stdout).toMatch(/reference and fake-faithful both diverged\n +both left the finite numbers at step 2, in /)
    expect(stdout).not.toMatch(/agree|dead units|accuracy \d|test sample \d/)
  })

  it('says that a training diverged whose last update alone was too large', async () => {
    const layers = [
      { type: 'dense', units: 1 },
      { type: 'dense', units: 1 },
    ]
    const file = join(temporaryDirectory(), 'last.json')
    const data = { dataset: 'friedman1', limit: 20, testLimit: 20 }
    const optimizer = { type: 'sgd', learningRate: 1e19 }
    const last = { name: 'last', data, task: { type: 'regression' }, model: { layers }, optimizer }
    writeFileSync(file, JSON.stringify({ ...last, batchSize: 20, epochs: 1 }))
    const { status, stdout } = await isograd(['run', file, '--backend', 'reference'])
    expect([status, stdout]).toEqual([4, expect.stringContaining('Infinity')])
  })

  it('is marked on the page, and cannot be gone on with', async () => {
    const directory = temporaryDirectory()
    const run = ['run', diverging, '--backend', `reference,${fake}#faithful`, '--out', directory, '--quiet']
    expect((await isograd(run)).status).toBe(4)
    const page = readFileSync(join(directory, 'report.html'), 'utf8')
    expect(page).toContain('the numbers are no longer finite from step 2 on')
    expect(page).toContain('diverged at step 2')
    expect(page).toContain('Both left the finite numbers at step 2')
    const resumed = await isograd(['resume', join(directory, 'diverging-default-reference-seed0')])
    expect(resumed.status).toBe(2)
    expect(resumed.stderr).toMatch(/its training ended at step 2, in .*, and cannot be resumed/)
    const compared = ['reference', 'fake-faithful'].map((name) => join(directory, `diverging-default-${name}-seed0`))
    const comparison = await isograd(['compare', ...compared])
    expect([comparison.status, comparison.stdout.includes('agree')]).toEqual([1, false])
  })

  it('is no agreement of a check', async () => {
    const { status, stdout } = await isograd([
      'check',
      diverging,
      '--backend',
      `reference,${fake}#faithful`,
      '--mode',
      'run',
    ])
    expect(status).toBe(1)
    expect(stdout).toContain('both left the finite numbers at step 1')
    expect(stdout).not.toMatch(/NaN|: agree/)
  })

  it('goes on where the experiment says so', async () => {
    const directory = temporaryDirectory()
    const file = join(directory, 'on.yaml')
    writeFileSync(file, `${readFileSync(diverging, 'utf8')}onNonFinite: continue\n`)
    const { status, stdout } = await isograd(['run', file, '--backend', `reference,${fake}#faithful`])
    expect(status).toBe(0)
    expect(stdout).toMatch(/reference and fake-faithful both diverged/)
    expect(stdout).not.toMatch(/100.00 %|agree/)
  })
})

describe.concurrent('backends against each other', () => {
  it('agrees with itself under another name, exactly', async () => {
    const { agreement } = await document('--backend', `reference,${fake}#faithful`)
    expect(agreement.map(({ arm, backends, ok }) => [arm, backends, ok])).toEqual([
      ['relu', ['reference', 'fake-faithful'], true],
      ['sigmoid', ['reference', 'fake-faithful'], true],
    ])
    expect(agreement.flatMap(({ gradients }) => gradients.map(({ relative }) => relative))).toEqual(Array(8).fill(0))
  })

  it('exits with 1 and names the layer when a gradient is off', async () => {
    const { status, stdout } = await isograd(['run', tiny, '--backend', `reference,${fake}#wrong`, '--arm', 'relu'])
    expect(status).toBe(1)
    expect(stdout).toMatch(/fake-wrong against reference {2}disagree/)
    // One per mille on one layer, 1 - 1/1.001 relative to the larger
    expect(stdout).toMatch(/worst gradient: dense1 (weight|bias) +9\.99e-4 +within 1e-5 +✗/)
    expect(stdout).toMatch(/first loss +0 +within 1e-6 +✓/)
  })

  it('goes on when a backend fails, tells of it, and exits with 3', async () => {
    const backends = `${fake}#broken-scan,reference`
    const { status, stdout, stderr } = await isograd(['run', tiny, '--json', '--backend', backends])
    expect(status).toBe(3)
    expect(stderr).toContain('error: relu on fake-broken-scan: [fake-broken-scan] scan failed: out of ink')
    expect(stderr).not.toContain('    at ')
    const { runs, failures } = JSON.parse(stdout) as RunsDocument
    expect(runs.map(({ backend }) => backend)).toEqual(['reference', 'reference'])
    expect(failures.map(({ arm, backend }) => [arm, backend])).toEqual([
      ['relu', 'fake-broken-scan'],
      ['sigmoid', 'fake-broken-scan'],
    ])
  })
})

describe.concurrent('the report', () => {
  it('fits 80 columns and shows model, epochs, gradients, agreement and summary', async () => {
    const backends = `reference,${fake}#faithful`
    const { status, stdout, stderr } = await isograd(['run', tiny, '--backend', backends])
    expect(status).toBe(0)
    // The command to go on with is one line, so that it can be copied.
    const lines = stdout.split('\n').filter((line) => !line.startsWith('    isograd check '))
    expect(lines.filter((line) => line.length > 80)).toEqual([])
    expect(stdout.match(/^ {2}dense1 +\[8\] +6,280$/gm)).toHaveLength(1)
    expect(stdout).toMatch(/^ {2}total +6,370$/m)
    expect(
      stdout.match(/from \w+ down to \w+: \d\.\d decades (lost|gained) at step 1, \d\.\d\d a layer$/gm),
    ).toHaveLength(4)
    expect(stdout).toMatch(/sigmoid: reference and fake-faithful agree/)
    expect(stdout).not.toContain('\u001b')
    expect(stderr).not.toContain('\u001b')
  })

  it('says the numbers of the document', async () => {
    const args = ['run', tiny, '--backend', 'reference', '--arm', 'sigmoid']
    const [text, json] = await Promise.all([isograd(args), isograd([...args, '--json'])])
    const [record] = (parseExactly(json.stdout) as RunsDocument).runs as readonly [RunRecord]
    for (const { layer, parameter, value } of probedNumbers(record, 'gradientNorm', 0)) {
      if (parameter !== 'weight') continue
      expect(text.stdout).toMatch(new RegExp(`^ +${layer} .* ${value.toExponential(2).replace('+', '\\+')} `, 'm'))
    }
    expect(text.stdout).toContain(`${(100 * finalOf(record).value).toFixed(2)} %`)
    expect(text.stdout).toContain(record.finals['test']?.loss.toFixed(4))
  })

  it('draws with ASCII where the locale or --ascii says so', async () => {
    const args = ['run', tiny, '--backend', `reference,${fake}#faithful`, '--epochs', '1']
    const [asked, located] = await Promise.all([isograd([...args, '--ascii']), isograd(args, { env: { LANG: 'C' } })])
    for (const { stdout } of [asked, located]) {
      expect(stdout).toMatch(/dense1 +#+ +\d\.\d\de[-+]\d/)
      // oxlint-disable-next-line no-control-regex -- this is what ASCII is
      expect(stdout).toMatch(/^[\u0000-\u007f]*$/)
    }
  })

  it('colours where told to, and never against NO_COLOR', async () => {
    const args = ['run', tiny, '--backend', 'reference', '--epochs', '1', '--arm', 'relu']
    const [forced, refused] = await Promise.all([
      isograd(args, { env: { FORCE_COLOR: '1' } }),
      isograd(args, { env: { FORCE_COLOR: '1', NO_COLOR: '1' } }),
    ])
    expect(forced.stdout).toContain('\u001b[1mtiny\u001b[22m')
    expect(refused.stdout + refused.stderr).not.toContain('\u001b')
  })

  it('shows an escape sequence in a description as text', async () => {
    const { stdout } = await isograd(['run', fixture('hostile.yaml'), '--backend', 'reference'])
    expect(stdout).toContain('gone:\\u001b[2J here')
    expect(stdout).not.toContain('\u001b')
  })

  it('ends quietly when its reader leaves', async () => {
    const child = start(['run', tiny, '--backend', 'reference'])
    child.stdout.destroy()
    const { status, stderr } = await outcomeOf(child)
    expect(status).toBe(141)
    expect(stderr).not.toMatch(/EPIPE|error/i)
  })
})

describe.concurrent('help and version', () => {
  const manifest = JSON.parse(readFileSync(fixture('../../package.json'), 'utf8')) as { readonly version: string }

  it('prints the version of the package', async () => {
    expect(await isograd(['--version'])).toMatchObject({ status: 0, stdout: `${manifest.version}\n`, stderr: '' })
  })

  it.each([
    [['--help'], ['run ', 'list ', 'doctor ', 'Exit status:']],
    [
      ['run', '--help'],
      ['--probe-every <n>', '--data-dir <dir>', 'isograd run torch-mlp5'],
    ],
    [['help', 'run'], ['--probe-every <n>']],
    [['list', '--help'], ['--json']],
    [
      ['doctor', '--help'],
      ['--backend <names>', 'exit'],
    ],
  ])('%j', async (args, parts) => {
    const { status, stdout, stderr } = await isograd(args)
    expect([status, stderr]).toEqual([0, ''])
    expect(parts.filter((part) => !stdout.includes(part))).toEqual([])
    expect(stdout).toContain('Examples:')
    expect(stdout.split('\n').filter((line) => line.length > 90)).toEqual([])
  })
})

it('tells of arms that a setting for all of them makes the same', async () => {
  const settings = ['--set', 'activation=tanh', '--set', 'epochs=0']
  const { stderr } = await isograd(['run', fixture('tiny.json'), '--backend', 'reference', ...settings])
  expect(stderr).toContain('note: with these settings the arms "relu" and "sigmoid" are the same, and train alike')
})
