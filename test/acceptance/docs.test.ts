/** The documents hold: programs run, experiments train, names are those of traces. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { builtins, parseExperiment, planFor, recordOf, referenceBackend, train } from '@isograd/core'
import { makeTrace, TRACE_FORMAT } from '@isograd/core/compare'
import { digits } from '@isograd/core/data'
import { loadDataset } from '@isograd/core/node'
import { expect, test } from 'vitest'
import { presetArm } from '../training.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const yaml = createRequire(join(root, 'packages/cli/package.json'))('yaml') as {
  readonly parse: (text: string) => unknown
}

/** The blocks of a document in one language. */
async function blocks(path: string, language: string): Promise<string[]> {
  const markdown = await readFile(join(root, path), 'utf8')
  return [...markdown.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(([, code = '']) => code)
}

test.each([
  'docs/checking.md',
  'docs/checkpoints.md',
  'docs/data.md',
  'docs/faults.md',
  'docs/in-code.md',
  'examples/extension/README.md',
])('the program in %s runs as it stands', async (path) => {
  const [program, ...others] = await blocks(path, 'js')
  if (program === undefined) throw new Error('a program is needed')
  expect(others).toEqual([])
  // Inside the workspace, so that the packages are found the way a user's project finds them.
  const directory = await mkdtemp(join(root, 'test/docs-'))
  try {
    await writeFile(join(directory, 'mine.js'), await readFile(join(root, 'examples/extension/mine.js')))
    await writeFile(join(directory, 'program.js'), program)
    const run = () => promisify(execFile)(process.execPath, ['program.js'], { cwd: directory })
    const { stdout } = await run()
    expect(stdout).not.toBe('')
    expect(stdout).not.toMatch(/disagree|broken/)
    // A second time it finds what the first has left, such as a checkpoint.
    expect((await run()).stdout).toBe(stdout)
  } finally {
    await rm(directory, { recursive: true })
  }
})

test('what docs/findings.md finds is there', async () => {
  const programs = await blocks('docs/findings.md', 'js')
  const directory = await mkdtemp(join(root, 'test/docs-'))
  try {
    const printed = programs.map(async (program, i) => {
      await writeFile(join(directory, `${i}.mjs`), program)
      return (await promisify(execFile)(process.execPath, [`${i}.mjs`], { cwd: directory })).stdout
    })
    expect(await Promise.all(printed)).toEqual([
      expect.stringContaining('[ -0.0000134'),
      expect.stringMatching(/^-0\.00000408/),
      expect.stringMatching(/^Float32Array\(2\) \[ -0, 0\.0000999967/),
      expect.stringContaining('2.3333334922790527, 0.5 ] where the nearest is 2.3333332538604736'),
      expect.stringContaining('[ 1, 3, 20, 40 ] where NumPy has 1 20 3 40'),
      expect.stringMatching(/\[ 0, 5, 0 \].*\[ 5, 5, 5 \]/),
      expect.stringMatching(/\[ 0 \].*\[ 9\.9999\d+e-10 \]/),
      'undefined function\n',
    ])
  } finally {
    await rm(directory, { recursive: true })
  }
})

/** The row of an operation on a backend in the tables of an atlas, without what pads its cells. */
function atlasRow(markdown: string, operation: string, backend: string): string | undefined {
  const rows = markdown.split('\n').map((line) => line.replaceAll(/ +/g, ' '))
  return rows.find((row) => row.startsWith(`| ${operation} | ${backend} |`))
}

test('what docs/atlas.md has of the built-in backend is what its command writes', async () => {
  const directory = await mkdtemp(join(root, 'test/docs-'))
  try {
    const file = join(directory, 'atlas.md')
    const args = ['atlas', '--backend', 'wasm', '--only', 'log,tanh', '--markdown', file]
    await promisify(execFile)(process.execPath, ['packages/cli/bin/isograd.js', ...args], { cwd: root })
    const [told, made] = [await readFile(join(root, 'docs/atlas.md'), 'utf8'), await readFile(file, 'utf8')]
    for (const operation of ['log', 'tanh']) {
      expect(atlasRow(made, operation, 'wasm')).toMatch(/^\| \w+ \| wasm \| 0\.\d+ /)
      expect(atlasRow(told, operation, 'wasm')).toBe(atlasRow(made, operation, 'wasm'))
    }
  } finally {
    await rm(directory, { recursive: true })
  }
})

test('what docs/compiler.md shows of loops is what its commands print', async () => {
  const markdown = await readFile(join(root, 'docs/compiler.md'), 'utf8')
  const printed = (command: string): Promise<string> =>
    promisify(execFile)(process.execPath, ['packages/cli/bin/isograd.js', ...command.split(' ')], { cwd: root }).then(
      ({ stdout }) => stdout,
    )
  let [loops, shown] = ['', 0]
  for (const [, language = '', code = ''] of markdown.matchAll(/^```(\w*)\n(.*?)^```/gms)) {
    const command = /^isograd (compile .* --emit loops)$/m.exec(code)?.[1]
    // oxlint-disable-next-line no-await-in-loop -- one after the other: they share one core
    if (command !== undefined) loops = await printed(command)
    if (language !== '') continue
    expect(loops).toContain(code)
    shown++
  }
  expect(shown).toBe(6)
})

test('README.md names every example, and what they call is there without an installation for all', async () => {
  const entries = await readdir(join(root, 'examples'), { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  const readme = await readFile(join(root, 'README.md'), 'utf8')
  expect(names.filter((name) => !readme.includes(`(examples/${name})`))).toEqual([])
  const documents = names.map((name) => `examples/${name}/README.md`).filter((path) => existsSync(join(root, path)))
  const commands = await Promise.all(documents.map((path) => blocks(path, 'sh')))
  expect(commands.flat().filter((text) => /^isograd /m.test(text))).toEqual([])
})

test('the example of experiments in code runs, and leaves what does not learn', async () => {
  const directory = await mkdtemp(join(root, 'test/docs-'))
  try {
    await writeFile(join(directory, 'train.mjs'), await readFile(join(root, 'examples/in-code/train.js')))
    const { stdout } = await promisify(execFile)(process.execPath, ['train.mjs'], { cwd: directory })
    expect(stdout).toMatch(/^slow: accuracy 0\.\d{4}, standard deviation 0\.\d{4}, n = 3\nusual: accuracy 0\.[6-9]/)
    expect(stdout.match(/slow, seed \d: left after 1 epoch/g)).toHaveLength(3)
  } finally {
    await rm(directory, { recursive: true })
  }
})

const withExperiments = [
  'docs/experiments.md',
  'docs/data-sets.md',
  'docs/losses.md',
  'docs/metrics.md',
  'docs/models.md',
  'docs/training.md',
]

test.each(withExperiments)('every experiment in %s is one, and those on data at hand train', async (path) => {
  const documents = (await blocks(path, 'yaml')).map((text) => yaml.parse(text))
  const complete = documents.filter((document) => Object.hasOwn(document as object, 'name'))
  expect(complete.length).toBeGreaterThan(0)
  let trained = 0
  for (const document of complete) {
    const { arms, registry } = parseExperiment(document)
    for (const [armName, arm] of Object.entries(arms)) {
      if (['mnist', 'idx', 'files'].includes(arm.data.dataset)) continue
      // oxlint-disable-next-line no-await-in-loop -- one after the other: they share one core
      const dataset = await loadDataset(arm.data.dataset, { settings: { ...arm.data.options } })
      const events = []
      const plan = planFor({ armName, arm, dataset, registry })
      // oxlint-disable-next-line no-await-in-loop
      for await (const event of train({ plan, backend: referenceBackend() })) events.push(event)
      const { epochs } = recordOf(events)
      expect(epochs.at(-1)?.trainLoss).toBeLessThan(Number(epochs[0]?.trainLoss) / 2)
      trained++
    }
  }
  expect(trained).toBeGreaterThan(0)
})

test('docs/experiments.md names every record', async () => {
  const markdown = await readFile(join(root, 'docs/experiments.md'), 'utf8')
  const { modules: _, ...tables } = builtins
  const missing = Object.values(tables)
    .flatMap((table) => Object.keys(table))
    .filter((name) => !markdown.includes(`\`${name}\``))
  expect(missing).toEqual([])
})

test('docs/trace-format.md has the form, and its PyTorch program reads tensors that a trace has', async () => {
  const markdown = await readFile(join(root, 'docs/trace-format.md'), 'utf8')
  expect(markdown).toContain(`\`${TRACE_FORMAT}\``)
  const arm = presetArm('torch-mlp5', 'relu')
  const dataset = digits({ train: 128, test: 10, seed: 0 })
  const { tensors } = await makeTrace(
    planFor({ armName: 'relu', arm, dataset, registry: builtins }),
    referenceBackend(),
    1,
  )
  const [program = ''] = await blocks('docs/trace-format.md', 'python')
  const read = [...program.matchAll(/f"((?:initial|step)\/[^"]+)"/g)].map(([, name = '']) =>
    name
      .replace('{step}', '0')
      .replace(/\{len\(layers\) \+ 1\}/, '1')
      .replace(/\{name\}(?=\.)/, 'dense1')
      .replace('{name}', 'dense1.bias'),
  )
  expect(read.length).toBeGreaterThan(7)
  expect(read.filter((name) => !(name in tensors))).toEqual([])
})
