/** `isograd check` from outside: statuses, outputs, files, and backends that misbehave. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeSafetensors, encodeSafetensors } from '@isograd/core'
import type { ConformanceReport } from '@isograd/core/conformance'
import { describe, expect, it } from 'vitest'
import { fixture, isograd, temporaryDirectory } from './command.js'

const tiny = fixture('tiny.json')
const odd = (variant: string): string => `${fixture('odd-adapter')}#${variant}`

/** A check of one arm: two whole batches and a half one. */
function check(backends: string, ...options: readonly string[]) {
  return isograd(['check', tiny, '--arm', 'relu', '--limit', '40', '--steps', '2', '--backend', backends, ...options])
}

describe('agreement', () => {
  it('judges a backend that is named alone by its operations and steps', async () => {
    const { status, stdout } = await check('reference')
    expect([status, stdout]).toEqual([0, expect.stringMatching(/not looked into .*free training/s)])
    expect(stdout).not.toContain('inconclusive')
    const { status: all, stdout: asked } = await check('reference', '--mode', 'all')
    expect([all, asked]).toEqual([1, expect.stringContaining('free training needs two backends to compare')])
  })

  it('exits with 0 and shows each mode with its numbers', async () => {
    const { status, stdout, stderr } = await check(`reference,${odd('healthy')}`)
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/ops\s+agree/)
    expect(stdout).toMatch(/step\s+agree/)
    expect(stdout).toMatch(/run\s+agree/)
    expect(stdout).toMatch(/matmul\s+0\.\d+\s+0\.\d+/)
    expect(stdout).toMatch(/dense1\.weight\s+\d/)
    expect(stdout).toContain('worst of steps 0, 1, 2')
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('agree')
  })

  it('looks into scans as long as those of a run, of more samples than it takes itself', async () => {
    // 400 samples in batches of 16; two steps and a half batch take 40 of them.
    const { stderr } = await isograd([
      'check',
      tiny,
      '--arm',
      'relu',
      '--steps',
      '2',
      '--mode',
      'step',
      '--backend',
      'reference',
      '--set',
      'data.limit=400',
      '--verbose',
    ])
    expect(stderr).toContain('scans of up to 25 steps')
  })

  it('prints one document with --json, which holds everything that was measured', async () => {
    const { status, stdout } = await check('reference', '--mode', 'step', '--json')
    expect(status).toBe(0)
    const document = JSON.parse(stdout) as Record<string, unknown>
    expect(document).toMatchObject({ schema: 'isograd.check/2', verdict: 'agree', modes: ['step'], failures: [] })
    expect(document['environment']).toHaveProperty('versions')
    expect(JSON.stringify(document)).toContain('"kind":"gradient","name":"dense1.weight"')
  })
})

describe('disagreement', () => {
  it('exits with 1, names the place, and says what would have passed', async () => {
    const { status, stdout } = await check(`reference,${odd('wrong-loss')}`, '--mode', 'step')
    expect(status).toBe(1)
    expect(stdout.replace(/\s+/g, ' ')).toContain(
      'wrong-loss returns "loss" as something else than "loss/div" computed (step 0)',
    )
    expect(stdout).toMatch(/disagree: wrong-loss/)
  })

  it('names who writes to what it was lent', async () => {
    const { status, stdout } = await check(odd('writing'), '--mode', 'ops')
    expect(status).toBe(1)
    expect(stdout).toContain('writing writes to what it was lent: carry "dense1.weight"')
  })

  it('exits with 1 when nothing could be told: free training needs two backends', async () => {
    const { status, stdout } = await check('reference', '--mode', 'run')
    expect(status).toBe(1)
    expect(stdout).toMatch(/inconclusive: free training needs two backends/)
  })
})

describe('a backend that fails', () => {
  it.each([
    ['throwing', '[throwing] scan failed: no <partial> "batches" & such'],
    ['step-short', 'ys "loss": expected float32[1], got float32[0]'],
    ['exits-at-last', '[exits-at-last] ended the process with status 0 (in dispose)'],
  ])('%s: exits with 3 and names it', async (variant, message) => {
    const { status, stdout } = await check(`reference,${odd(variant)}`, '--mode', 'step')
    expect(status).toBe(3)
    expect(stdout.replace(/\s+/g, ' ')).toContain(message)
    expect(stdout).not.toMatch(/\bagree\b/)
  })

  it('as it is disposed of does not conform', async () => {
    const { status, stdout } = await isograd(['conformance', odd('exits-at-last'), '--only', 'neg/*'])
    expect(status).toBe(1)
    expect(stdout.replace(/\s+/g, ' ')).toContain('ended the process with status 0 (in dispose)')
  })

  it('as it is disposed of agrees with nothing, neither after a run nor held against a record', async () => {
    const [directory, backend] = [temporaryDirectory(), odd('exits-at-last')]
    const pair = `reference,${backend}`
    const run = await isograd(['run', tiny, '--arm', 'relu', '--backend', pair, '--out', directory, '--json'])
    expect(run.status).toBe(3)
    expect(JSON.parse(run.stdout)).toMatchObject({
      agreement: [{ verdict: 'inconclusive', reason: '[exits-at-last] ended the process with status 0 (in dispose)' }],
      failures: [{ arm: 'relu', backend: 'exits-at-last' }],
    })
    const record = join(directory, 'tiny-relu-reference-seed0')
    const { status, stdout } = await isograd(['check', tiny, '--against', record, '--backend', backend])
    expect(status).toBe(3)
    expect(stdout).not.toMatch(/\bagrees?\b/)
  })

  it('that never answers is named after --timeout', async () => {
    const { status, stdout } = await check(odd('silent'), '--mode', 'ops', '--timeout', '0.5')
    expect(status).toBe(3)
    expect(stdout).toContain('did not answer within 0.5 s')
  })

  it('that never gives the thread back is ended and named', async () => {
    const { status, stdout } = await check(`reference,${odd('spinning')}`, '--mode', 'ops', '--timeout', '1')
    expect(status).toBe(3)
    expect(stdout).toMatch(/\[spinning\] scan of "tiny\/train" did not answer within 1 s/)
    expect(stdout).not.toMatch(/\bagree\b/)
  })
})

describe('wrong input', () => {
  it.each([
    [['--mode', 'all-of-it'], '--mode: expected ops or step or run or all, got "all-of-it"'],
    [['--steps', '0'], '--steps: expected a whole number from 1'],
    [['--seeds', 'x'], '--seeds: expected a whole number'],
    [['--timeout', '0'], '--timeout: expected seconds, more than 0, got "0"'],
    [['--tolerance', 'gradients=1'], 'tolerance "gradients" does not exist; did you mean "gradient"?'],
    [
      ['--seeds', '3'],
      '--seeds: expected the mode run, which alone trains with other seeds, got ops; leave it out, or say --mode run',
    ],
    [['--until-decided'], '--until-decided: expected the mode run'],
    [['--junit', '/nowhere/x.xml'], '--junit: /nowhere/x.xml: cannot be written'],
  ])('%j exits with 2', async (options, message) => {
    const { status, stderr } = await check('reference', '--mode', 'ops', ...options)
    expect(status).toBe(2)
    expect(stderr).toContain(message)
  })
})

describe('a path of --against that is no trace', () => {
  it.each([
    ['nowhere', 'there is no such file or directory'],
    [fixture('hostile.yaml'), 'safetensors: '],
  ])('%s exits with 2', async (path, problem) => {
    const { status, stderr } = await isograd(['check', tiny, '--against', path])
    expect([status, stderr]).toEqual([2, expect.stringContaining(`--against: ${path}: ${problem}`)])
  })
})

describe('reports for machines', () => {
  it('write JUnit and Markdown, escaped, and annotate', async () => {
    const directory = temporaryDirectory()
    const [junit, markdown, summary] = ['j.xml', 'm.md', 's.md'].map((name) => join(directory, name))
    const where = ['--arm', 'relu', '--limit', '40', '--mode', 'step', '--github']
    const files = ['--junit', junit ?? '', '--markdown', markdown ?? '']
    const backends = ['--backend', `${odd('throwing')},${odd('wrong-loss')}`]
    const env = { GITHUB_STEP_SUMMARY: summary ?? '' }
    const outcome = await isograd(['check', tiny, ...where, ...backends, ...files], { env })
    expect(outcome.status).toBe(3)
    const xml = readFileSync(junit ?? '', 'utf8')
    expect(xml).toMatch(/<testsuite name="tiny: relu" tests="2" failures="1" errors="1" time="\d+\.\d+" skipped="0"/)
    expect(xml).toContain('no &lt;partial&gt; &quot;batches&quot; &amp; such')
    const text = readFileSync(markdown ?? '', 'utf8')
    expect(text).toContain('## tiny: disagree')
    expect(text).toContain('no &lt;partial> "batches" & such')
    expect(readFileSync(summary ?? '', 'utf8')).toBe(text)
    const annotations = outcome.stdout.split('\n').filter((line) => line.startsWith('::'))
    expect(annotations[0]).toBe(
      '::error title=tiny relu step throwing::[throwing] scan failed: no <partial> "batches" & such',
    )
    expect(annotations[1]).toMatch(/^::error title=tiny relu step wrong-loss::wrong-loss returns "loss"/)
  })

  it('keep the document of --json whole: annotations go to standard error', async () => {
    const { stdout, stderr } = await check(odd('wrong-loss'), '--mode', 'step', '--json', '--github')
    expect(JSON.parse(stdout)).toMatchObject({ verdict: 'disagree' })
    expect(stderr).toContain('::error title=tiny relu step wrong-loss::')
  })
})

function trace(path: string) {
  return isograd(['trace', tiny, '--arm', 'relu', '--steps', '2', '--out', path, '--limit', '40'])
}

describe('traces', () => {
  it('are written, come back, and are judged', async () => {
    const path = join(temporaryDirectory(), 't.safetensors')
    const written = await trace(path)
    expect([written.status, written.stdout]).toEqual([0, ''])
    const judged = await isograd(['check', tiny, '--against', path])
    expect(judged.status).toBe(0)
    expect(judged.stdout).toMatch(/trace\s+agree/)
    expect(judged.stdout).not.toContain('backends')
    const { tensors, metadata } = decodeSafetensors(readFileSync(path))
    const gradient = tensors['step/1/gradient/dense1.weight']
    if (gradient === undefined) throw new Error('no gradient')
    gradient.data.set(gradient.data.map((x) => 1.1 * x))
    writeFileSync(path, encodeSafetensors(tensors, { ...metadata, producer: 'somebody' }))
    const { status, stdout } = await isograd(['check', tiny, '--against', path])
    expect(status).toBe(1)
    expect(stdout.replace(/\s+/g, ' ')).toContain('somebody: the gradient of "dense1.weight" is off by 0.1 of itself')
    expect(stdout).toMatch(/a\s+factor\s+of\s+1\.1/)
    expect(stdout).not.toContain('--tolerance')
  })

  it('of something else are refused', async () => {
    const directory = temporaryDirectory()
    const path = join(directory, 't.safetensors')
    await trace(path)
    const other = await isograd(['check', tiny, '--seed', '3', '--against', path])
    expect([other.status, other.stderr]).toEqual([2, expect.stringContaining('seed: 0 in the trace, 3 here')])
    const stranger = await isograd(['check', 'keras-13x10', '--dataset', 'digits', '--against', path])
    expect(stranger.stderr).toContain('the trace is of "tiny", expected one of "keras-13x10"')
    expect(stranger.status).toBe(2)
    writeFileSync(path, 'not a trace')
    const torn = await isograd(['check', tiny, '--against', path])
    expect([torn.status, torn.stderr]).toEqual([2, expect.stringContaining('safetensors')])
    await trace(path)
    const { tensors, metadata } = decodeSafetensors(readFileSync(path))
    const changed = async (changes: Record<string, string>): Promise<[number | null, string]> => {
      writeFileSync(path, encodeSafetensors(tensors, { ...metadata, ...changes }))
      const { status, stderr } = await isograd(['check', tiny, '--against', path])
      return [status, stderr]
    }
    const list = '"spec": expected an arm as JSON, got null; hand on'
    expect(await changed({ spec: 'null' })).toEqual([2, expect.stringContaining(list)])
    const many = 'the metadata say 1000000000 steps, and there are'
    expect(await changed({ steps: '1000000000' })).toEqual([2, expect.stringContaining(many)])
  })

  it('are of whole updates, and of all data where the length of the training counts', async () => {
    const path = join(temporaryDirectory(), 't.safetensors')
    const document = { ...JSON.parse(readFileSync(tiny, 'utf8')), arms: undefined, data: { dataset: 'blobs' } }
    const experiment = join(temporaryDirectory(), 'e.json')
    const inputOf = async (changes: Record<string, unknown>, name: string): Promise<number> => {
      const layers = [{ type: 'dense', units: 3 }]
      writeFileSync(experiment, JSON.stringify({ ...document, model: { layers }, ...changes }))
      await isograd(['trace', experiment, '--out', path])
      return Number(decodeSafetensors(readFileSync(path)).tensors[`step/2/input/${name}`]?.data[0])
    }
    expect(await inputOf({ accumulate: 2 }, 'accumulation.share')).toBe(0.5)
    // 2000 samples in batches of 16, twice: 250 updates. PyTorch's CosineAnnealingLR over 250 steps has this at the third.
    const rate = await inputOf({ schedule: 'cosine' }, 'optimizer.learningRate')
    expect(rate).toBeCloseTo((0.1 * (1 + Math.cos((Math.PI * 2) / 250))) / 2, 7)
  })

  it('are of one arm', async () => {
    const { status, stderr } = await isograd(['trace', tiny, '--out', join(temporaryDirectory(), 't')])
    expect([status, stderr]).toEqual([2, expect.stringContaining('name one of relu, sigmoid')])
  })
})

describe('records', () => {
  it('are compared after the fact, and are one side of a check', async () => {
    const directory = temporaryDirectory()
    const backends = `reference,${odd('healthy')}`
    await isograd(['run', tiny, '--arm', 'relu', '--backend', backends, '--out', directory])
    const runs = ['reference', 'healthy'].map((name) => join(directory, `tiny-relu-${name}-seed0`))
    const compared = await isograd(['compare', ...runs])
    expect(compared.status).toBe(0)
    expect(compared.stdout).toMatch(/first gradient: dense2\.weight|first gradient: dense1\.weight/)
    const against = await isograd(['check', tiny, '--backend', 'reference', '--against', runs[1] ?? ''])
    expect(against.status).toBe(0)
    expect(against.stdout).toMatch(/record agree/)
    await isograd(['run', tiny, '--arm', 'sigmoid', '--seed', '1', '--backend', 'reference', '--out', directory])
    const other = await isograd(['compare', runs[0] ?? '', join(directory, 'tiny-sigmoid-reference-seed1')])
    expect(other.status).toBe(2)
    expect(other.stderr).toContain('experiment.seed: 0 and 1')
    expect(other.stderr).toContain('experiment.activation.type: "relu" and "sigmoid"')
  })

  it('are held against the experiment as it stands, and say what was compared', async () => {
    const directory = temporaryDirectory()
    const experiment = join(directory, 'tiny.json')
    writeFileSync(experiment, readFileSync(tiny, 'utf8'))
    const made = ['--arm', 'relu', '--limit', '64', '--set', 'optimizer.learningRate=0.2', '--seed', '3']
    await isograd(['run', experiment, ...made, '--backend', 'reference', '--out', directory])
    const against = [
      'check',
      experiment,
      '--backend',
      'reference',
      '--against',
      join(directory, 'tiny-relu-reference-seed3'),
    ]
    const same = await isograd(against)
    expect(same.status).toBe(0)
    expect(same.stdout).toMatch(
      /here +reference, final .* \(@isograd\/core \S+\)\n +record +reference \(record\), final/,
    )
    expect(same.stdout).toMatch(/first loss +0 +1\.00e-6/)
    expect(same.stdout).toContain('not looked into (relu): single operations')
    expect((await isograd([...against, ...made])).status).toBe(0)
    const json = await isograd([...against, '--json'])
    expect(JSON.parse(json.stdout)).toMatchObject({
      arms: [{ againstRecord: [{ comparison: { b: { backend: 'reference (record)' } } }] }],
    })
    for (const [options, problem] of [
      [['--set', 'optimizer.learningRate=0.5'], 'experiment.optimizer.learningRate: 0.2 and 0.5'],
      [['--seed', '7'], 'experiment.seed: 3 and 7'],
      [['--limit', '40'], 'experiment.data.limit: 64 and 40'],
      [['--precision', 'float64'], 'experiment.precision: "float32" and "float64"'],
      [['--arm', 'sigmoid'], '--arm: expected "relu", the arm of the record, got "sigmoid"'],
      [['--mode', 'ops', '--steps', '9'], '--mode, --steps: expected none beside --against'],
    ] as const) {
      // oxlint-disable-next-line no-await-in-loop -- two cores
      const { status, stderr } = await isograd([...against, ...options])
      expect([status, stderr]).toEqual([2, expect.stringContaining(problem)])
    }
    writeFileSync(experiment, readFileSync(tiny, 'utf8').replace('"batchSize": 16', '"batchSize": 8'))
    const edited = await isograd(against)
    expect([edited.status, edited.stderr]).toEqual([2, expect.stringContaining('experiment.batchSize: 16 and 8')])
  })

  it('of several seeds are compared in pairs, and over the seeds', async () => {
    const [a, b] = [temporaryDirectory(), temporaryDirectory()]
    const trained = ['run', tiny, '--arm', 'relu', '--seeds', '2', '--out']
    await isograd([...trained, a, '--backend', 'reference'])
    await isograd([...trained, b, '--backend', odd('healthy')])
    const { status, stdout } = await isograd(['compare', a, b])
    expect([status, stdout]).toEqual([0, expect.stringMatching(/reference and healthy +1 .*over seeds.* ± /s)])
  })

  it('that were changed since are refused by every command that reads them', async () => {
    const directory = temporaryDirectory()
    await isograd(['run', tiny, '--arm', 'relu', '--backend', 'reference', '--out', directory])
    const run = join(directory, 'tiny-relu-reference-seed0')
    const record = readFileSync(join(run, 'record.json'), 'utf8')
    writeFileSync(join(run, 'record.json'), record.replace(/"seconds": [\d.]+/, '"seconds": 7'))
    const lines = [
      ['compare', run, run],
      ['predict', run, '--index', '1'],
      ['export', run, '--format', 'onnx', '--out', join(directory, 'model.onnx')],
      ['report', directory],
      ['check', tiny, '--backend', 'reference', '--against', run],
    ]
    for (const line of lines) {
      // oxlint-disable-next-line no-await-in-loop -- the commands share a directory
      const { status, stderr } = await isograd(line)
      expect([line[0], status, stderr]).toEqual([
        line[0],
        2,
        expect.stringContaining('record.json: damaged: its SHA-256'),
      ])
    }
  })

  it('of another schema are refused', async () => {
    const directory = temporaryDirectory()
    await isograd(['run', tiny, '--arm', 'relu', '--backend', 'reference', '--out', directory])
    const run = join(directory, 'tiny-relu-reference-seed0')
    const record = readFileSync(join(run, 'record.json'), 'utf8')
    writeFileSync(join(run, 'record.json'), record.replace('isograd.run/2', 'isograd.run/9'))
    const { status, stderr } = await isograd(['compare', run, run])
    expect([status, stderr]).toEqual([2, expect.stringContaining('isograd.run/9')])
  })
})

describe('conformance', () => {
  it('runs every case on a backend by name', async () => {
    const { status, stdout } = await isograd(['conformance', 'reference', '--json'])
    expect(status).toBe(0)
    const report = JSON.parse(stdout) as ConformanceReport
    expect(report).toMatchObject({ schema: 'isograd.conformance/1', ok: true, counts: { failed: 0 } })
    // Its adapter is at hand, so what it says of itself and of a variant that there is not is looked at.
    const ofAdapter = report.results.filter(({ id }) => /^contract\/(adapter|unknown-variant)\//.test(id))
    expect(ofAdapter.map((each) => each.status)).toEqual(Array.from({ length: 4 }, () => 'passed'))
  })

  it('runs some cases, and counts those that were known to fail', async () => {
    const only = ['--only', 'argMax/*,exp/vector/float32', '--only', 'neg/scalar/*']
    const all = await isograd(['conformance', 'reference', ...only])
    expect([all.status, all.stdout]).toEqual([0, expect.stringContaining('reference conforms: 24 passed')])
    const stale = await isograd(['conformance', 'reference', ...only, '--skip', 'exp/*,argMax/ties/*=why, or not'])
    expect(stale.status).toBe(1)
    expect(stale.stdout).toContain('stale skip exp/*')
    expect(stale.stdout).toContain('stale skip argMax/ties/*')
  })

  it('writes JUnit XML', async () => {
    const file = join(temporaryDirectory(), 'conformance.xml')
    const { status } = await isograd(['conformance', 'reference', '--only', 'argMax/ties/*', '--junit', file])
    expect(status).toBe(0)
    expect(readFileSync(file, 'utf8')).toMatch(
      /<testcase name="argMax\/ties\/float32" classname="argMax" time="\d+\.\d+"\/>/,
    )
  })

  it.each([
    ['a skip that matches nothing', ['--skip', 'no/such/case=because'], '--skip: expected the id of a case'],
    ['a skip without a reason', ['--skip', 'argMax/ties/float32'], '--skip: expected pattern=reason'],
    ['a pattern that matches nothing', ['--only', 'argMax/tie/float32'], 'nearest: "argMax/ties/float32"'],
  ])('refuses %s', async (_, options, message) => {
    const { status, stderr } = await isograd(['conformance', 'reference', ...options])
    expect([status, stderr]).toEqual([2, expect.stringContaining(message)])
  })

  it('refuses a package that is no adapter', async () => {
    const { status, stderr } = await isograd(['conformance', fixture('not-an-adapter')])
    expect(status).toBe(2)
    expect(stderr).toContain('expected the package to export isogradAdapter')
  })
})

/** Cells of a table; a page pads them. */
function cells(text: string): string[] {
  return text
    .trim()
    .split(/\s*\|\s*|\n/)
    .filter((cell) => !/^-*$/.test(cell))
}

describe('faults', () => {
  it('are seeded one by one', async () => {
    const { status, stdout } = await isograd(['faults', '--only', 'mask-reused'])
    expect(status).toBe(0)
    expect(stdout).toContain('1 of 1 faults found and named rightly')
    const unknown = await isograd(['faults', '--only', 'mask-reusd'])
    expect([unknown.status, unknown.stderr]).toEqual([2, expect.stringContaining('did you mean "mask-reused"?')])
  })

  it('make the table in docs/faults.md', async () => {
    const { status, stdout } = await isograd(['faults', '--list', '--markdown'])
    const page = readFileSync(new URL('../../../docs/faults.md', import.meta.url), 'utf8')
    const [, table = ''] = /<!-- faults -->([^]*)<!-- end of faults -->/.exec(page) ?? []
    expect(status).toBe(0)
    expect(cells(table)).toEqual(cells(stdout))
  })

  it('are drawn from seeds', async () => {
    const args = ['faults', '--count', '2', '--seed', '11', '--json']
    const [once, again] = [await isograd(args), await isograd(args)]
    expect(JSON.parse(once.stdout)).toMatchObject({ schema: 'isograd.faults/2', trials: [{ seed: 11 }, { seed: 12 }] })
    expect(again.stdout).toBe(once.stdout)
  })
})
