/** The example of an extension: held by the laws of its tables, trained on three backends, checked, and resumed. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import {
  builtins,
  type Checkpoint,
  dataMarkOf,
  decodeCheckpoint,
  encodeCheckpoint,
  type Extension,
  Journal,
  parseExperiment,
  type Registry,
  stringifyDocument,
  train,
  TrainingPlan,
} from '@isograd/core'
import type { Backend } from '@isograd/core/backend'
import { checkExperiment, compareRuns, finalOf } from '@isograd/core/compare'
import { checkExtension } from '@isograd/core/conformance'
import type { Dataset } from '@isograd/core/data'
import { loadDataset } from '@isograd/core/node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { backendNamed, type BackendName } from '../backends.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const file = join(root, 'examples/extension/mine.js')
const { parse } = createRequire(join(root, 'packages/cli/package.json'))('yaml') as {
  readonly parse: (text: string) => unknown
}

async function load(path: string): Promise<Extension> {
  const module = (await import(/* @vite-ignore */ pathToFileURL(path).href)) as { readonly default: Extension }
  return module.default
}

let source: string
let mine: Extension
let registry: Registry
let dataset: Dataset
let plan: TrainingPlan

beforeAll(async () => {
  source = await readFile(file, 'utf8')
  mine = await load(file)
  registry = builtins.extend(mine, { name: 'mine.js', sha256: createHash('sha256').update(source).digest('hex') })
  const document = parse(await readFile(join(root, 'examples/extension/experiment.yaml'), 'utf8'))
  const { arms } = parseExperiment(document, { registry })
  const [[armName, arm] = []] = Object.entries(arms)
  if (armName === undefined || arm === undefined) throw new Error('an arm is needed')
  dataset = await loadDataset(arm.data.dataset)
  plan = new TrainingPlan({ armName, arm, dataset, registry })
})

/** Everything that happens in a run, and the last checkpoint before its end, taken every so many steps. */
async function run(backend: Backend, from?: Checkpoint) {
  const journal = new Journal(dataMarkOf(dataset), from)
  let kept: Checkpoint | undefined
  const state = from?.state
  for await (const event of train({ plan, backend, checkpointEvery: 70, ...(state && { from: state }) })) {
    journal.add(event)
    if (event.type === 'checkpoint') kept = journal.checkpoint(event.state)
  }
  return { record: journal.record(), carry: journal.end.carry, checkpoint: kept }
}

function timeless(record: unknown): string {
  return stringifyDocument(record).replace(/"seconds": [^,\n]+/g, '"seconds": 0')
}

/** Laws that the example breaks once a piece of its text is another, as `table.name law: detail`. */
async function breachesWith(before: string, after: string): Promise<string[]> {
  expect(source.split(before)).toHaveLength(2)
  const directory = await mkdtemp(join(root, 'test/extension-'))
  try {
    const planted = join(directory, 'planted.mjs')
    await writeFile(planted, source.replace(before, after))
    const results = await checkExtension(builtins, await load(planted))
    return results.filter(({ ok }) => !ok).map(({ table, name, law, detail }) => `${table}.${name} ${law}: ${detail}`)
  } finally {
    await rm(directory, { recursive: true })
  }
}

describe('examples/extension/mine.js', () => {
  test('is at most 60 lines, and imports core alone', () => {
    expect(source.trimEnd().split('\n').length).toBeLessThanOrEqual(60)
    expect([...source.matchAll(/from '(.*)'/g)].map(([, from]) => from)).toEqual(['@isograd/core'])
  })

  test('adds a loss, a layer, a metric and an optimizer, and each holds its laws', async () => {
    const results = await checkExtension(builtins, mine)
    expect(results.filter(({ ok }) => !ok)).toEqual([])
    expect([...new Set(results.map(({ table }) => table))].toSorted()).toEqual([
      'layers',
      'losses',
      'metrics',
      'optimizers',
    ])
  })

  test('with a wrong gradient in its loss it fails, and the tensor is named', async () => {
    const breaches = await breachesWith('settings.share - 1]', '-settings.share - 1]')
    expect(breaches.join('\n')).toMatch(/^losses\.quantile gradient: gradient of "output", element \d+: expected /m)
  })

  test('with a layer that cuts the gradient of its weight it fails, and the weight is named', async () => {
    const cut = 'b.cast(b.cast(parameter(weight.name), "int32"), x.type.dtype)'
    const breaches = await breachesWith('parameter(weight.name)', cut)
    expect(breaches.join('\n')).toContain('layers.rms parameters: "rms1.weight" does not enter')
  })

  test('with a state that its optimizer does not give back it fails, and the state is named', async () => {
    const breaches = await breachesWith('state: { u } }', 'state: {} }')
    expect(breaches.join('\n')).toContain('largestSoFar state: state "u" is declared by state()')
  })
})

describe('its experiment', () => {
  const names: readonly BackendName[] = ['onnx', 'tfjs-wasm', 'reference']
  let backends: Backend[]

  beforeAll(async () => {
    backends = await Promise.all(names.map(backendNamed))
  })
  afterAll(async () => {
    await Promise.all(backends.map((backend) => backend.dispose()))
  })

  test('learns on every backend, and the runs agree', async () => {
    const records = []
    // oxlint-disable-next-line no-await-in-loop -- one run at a time: a test asserts no speed
    for (const backend of backends) records.push((await run(backend)).record)
    for (const record of records) {
      expect(record.modules).toEqual(registry.modules)
      expect(Object.keys(record.metrics)).toEqual(['r2', 'worstError'])
      expect(record.metrics['worstError']).toEqual({ label: 'worst error', format: 'number', better: 'smaller' })
      // The mean of the targets has an R2 of 0; Friedman's function with this noise, about 0.96.
      expect(finalOf(record).value).toBeGreaterThan(0.6)
    }
    const [first, ...others] = records
    if (first === undefined) throw new Error('a record is needed')
    expect(others.map((other) => compareRuns(first, other).verdict)).toEqual(['agree', 'agree'])
  })

  test('is checked in every mode: agree', async () => {
    const report = await checkExperiment({
      experiment: 'extended',
      plans: [plan],
      backends,
      modes: ['ops', 'step', 'run'],
      steps: 3,
    })
    expect(report.findings.filter(({ severity }) => severity === 'fault')).toEqual([])
    expect(report.verdict).toBe('agree')
  })

  test.each(names)('goes on from a checkpoint to the same end, bit for bit: %s', async (name) => {
    const backend = backends[names.indexOf(name)]
    if (backend === undefined) throw new Error(`${name} is needed`)
    const { record, carry, checkpoint } = await run(backend)
    if (checkpoint === undefined) throw new Error('a checkpoint is needed')
    const encoded = encodeCheckpoint(checkpoint)
    expect(() => decodeCheckpoint(encoded)).toThrow(/"mine\.js"; load it with --use mine\.js/)
    const changed = builtins.extend(mine, { name: 'mine.js', sha256: '0'.repeat(64) })
    expect(() => decodeCheckpoint(encoded, changed)).toThrow(/the module "mine\.js" has changed/)
    const resumed = await run(backend, decodeCheckpoint(encoded, registry))
    expect(checkpoint.state?.epoch).toBeGreaterThan(0)
    expect(timeless(resumed.record)).toBe(timeless(record))
    expect(resumed.carry).toEqual(carry)
  })
})

test('the command takes it by --use: it trains, checks, and its page has the metric of the example', async () => {
  const out = await mkdtemp(join(root, 'test/extension-'))
  const isograd = (verb: string, ...options: string[]) =>
    promisify(execFile)(
      process.execPath,
      [join(root, 'packages/cli/bin/isograd.js'), verb, 'experiment.yaml', '--use', './mine.js', ...options],
      { cwd: join(root, 'examples/extension') },
    )
  try {
    const { stdout } = await isograd('run', '--backend', 'onnx,tfjs-wasm', '--out', out, '--ascii')
    expect(stdout).toContain('default: onnx and tfjs-wasm agree')
    expect(stdout).toMatch(/worst error [12]\.\d+/)
    const page = await readFile(join(out, 'report.html'), 'utf8')
    expect(page).toContain('worst error')
    expect((await isograd('check', '--backend', 'onnx,tfjs-wasm', '--steps', '2')).stdout).toContain('agree')
  } finally {
    await rm(out, { recursive: true })
  }
})
