/** `docs/extending.md` is true: every record in it holds its laws, and every program runs as it stands. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import {
  builtins,
  type Extension,
  parseExperiment,
  recordOf,
  referenceBackend,
  train,
  TrainingPlan,
} from '@isograd/core'
import { checkExtension } from '@isograd/core/conformance'
import { loadDataset } from '@isograd/core/node'
import { afterAll, beforeAll, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

interface Code {
  /** As its first line names it. */
  readonly file: string | undefined
  readonly text: string
}

let directory: string
let codes: readonly Code[]

beforeAll(async () => {
  const markdown = await readFile(join(root, 'docs/extending.md'), 'utf8')
  codes = [...markdown.matchAll(/^```js\n(.*?)^```/gms)].map(([, text = '']) => ({
    file: /^\/\/ (\w+\.m?js)\n/.exec(text)?.[1],
    text,
  }))
  // Inside the workspace, so that the packages are found the way a user's project finds them.
  directory = await mkdtemp(join(root, 'test/extending-'))
  await Promise.all(codes.map(({ file, text }, i) => writeFile(join(directory, file ?? `program-${i}.js`), text)))
})

afterAll(async () => {
  await rm(directory, { recursive: true })
})

async function extensionOf(file: string): Promise<Extension> {
  const module = (await import(/* @vite-ignore */ pathToFileURL(join(directory, file)).href)) as {
    readonly default: Extension
  }
  return module.default
}

/** All records of the document in one extension. */
async function everything(): Promise<Extension> {
  const files = codes.flatMap(({ file }) => file ?? [])
  const extensions = await Promise.all(files.map(extensionOf))
  const tables = new Set(extensions.flatMap((extension) => Object.keys(extension) as (keyof Extension)[]))
  const merged = [...tables].map((table) => [table, Object.assign({}, ...extensions.map((each) => each[table]))])
  return Object.fromEntries(merged) as Extension
}

test('its records are of every table but that of tasks, and hold their laws', async () => {
  const mine = await everything()
  expect(Object.keys(mine).toSorted()).toEqual(
    Object.keys(builtins)
      .filter((name) => !/tasks|modules/.test(name))
      .toSorted(),
  )
  const results = await checkExtension(builtins, mine)
  expect(results.filter(({ ok }) => !ok)).toEqual([])
  const tried = new Set(results.map(({ table, name }) => `${table}.${name}`))
  const laws = Object.entries(mine).flatMap(([table, records]) =>
    Object.keys(records).map((name) => `${table}.${name}`),
  )
  expect([...tried].toSorted()).toEqual(laws.filter((name) => !/^(data|formats|encodings)\./.test(name)).toSorted())
})

test('its programs run as they stand', async () => {
  const programs = codes.flatMap(({ file }, i) => (file === undefined ? [`program-${i}.js`] : []))
  expect(programs.length).toBeGreaterThan(1)
  for (const program of programs) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other: a failure is easier to read
    const { stdout } = await promisify(execFile)(process.execPath, [program], { cwd: directory })
    expect(stdout).not.toBe('')
    expect(stdout).not.toContain('BROKEN')
  }
})

test('its calls of the builder are all that there are, with the names of their parameters', async () => {
  const page = await readFile(join(root, 'docs/extending.md'), 'utf8')
  const source = await readFile(join(root, 'packages/core/src/ir/builder.ts'), 'utf8')
  const told = /^### Calls of the builder\n([^]*?)^## /m.exec(page)?.[1]
  const calls = [...String(told).matchAll(/`(\w+\([\w, ]*\))`/g)].map(([, call = '']) => call)
  const methods = [...source.matchAll(/^ {2}(\w+)\((.*)\): Value \{$/gm)].map(([, name, parameters = '']) => {
    // A parameter begins the list, or follows a comma outside of brackets.
    const names = [...parameters.matchAll(/(?:^|, )(\w+)(?=[:?]| = )/g)].map(([, parameter]) => parameter)
    return `${name}(${names.join(', ')})`
  })
  expect(methods.length).toBeGreaterThan(40)
  expect(calls).toHaveLength(methods.length)
  expect(new Set(calls)).toEqual(new Set(methods))
})

test.each(['averaged', 'halving'])('its data set, layer and activation train by its optimizer %s', async (type) => {
  const registry = builtins.extend(await everything())
  const layers = [{ type: 'dense', units: 16 }, { type: 'scale' }, { type: 'activation' }, { type: 'dense', units: 2 }]
  const document = {
    name: 'rings',
    data: { dataset: 'rings' },
    model: { layers },
    activation: 'cappedRelu',
    initializers: { weights: { type: 'signs' }, biases: { type: 'zeros' } },
    optimizer: { type, learningRate: 0.5 },
    batchSize: 100,
    epochs: 30,
  }
  const { default: arm } = parseExperiment(document, { registry }).arms
  if (arm === undefined) throw new Error('an arm is needed')
  const dataset = await loadDataset('rings', { registry })
  const plan = new TrainingPlan({ armName: 'default', arm, dataset, registry })
  const events = []
  for await (const event of train({ plan, backend: referenceBackend() })) events.push(event)
  // One category of two for every sample tells half of them right.
  expect(recordOf(events).finals['test']?.metrics['accuracy']?.value).toBeGreaterThan(0.9)
})
