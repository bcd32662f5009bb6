import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { RunRecord } from '@isograd/core'
import type { Adapter } from '@isograd/core/backend'
import type { Agreement } from '@isograd/core/compare'
import { conformanceCases, describeReport, runConformance } from '@isograd/core/conformance'
import { operationOf, opNames } from '@isograd/core/ir'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const run = promisify(execFile)

/** Runs Node; a failure carries what was printed. */
async function node(args: readonly string[], cwd: string): Promise<string> {
  const env = { PATH: process.env['PATH'] }
  const { stdout } = await run(process.execPath, args, { cwd, env, maxBuffer: 2 ** 26 }).catch(
    (error: Error & { readonly stdout: string; readonly stderr: string }) => {
      throw new Error(`${error.message}\n${error.stdout}\n${error.stderr}`, { cause: error })
    },
  )
  return stdout
}
const root = fileURLToPath(new URL('../..', import.meta.url))
const example = join(root, 'examples/plain-js-adapter')
const command = join(root, 'packages/cli/bin/isograd.js')

/** What the built command prints with `--json`. */
interface RunsDocument {
  readonly runs: readonly RunRecord[]
  readonly agreement: readonly Agreement[]
  readonly failures: readonly unknown[]
}

/** What `check --json` prints, as far as it is looked at here. */
interface CheckDocument {
  readonly verdict: string
  readonly arms: readonly {
    readonly operations: readonly { readonly backend: string; readonly operation: string; readonly ratio: number }[]
  }[]
}

/** Trains both arms of the thirteen-layer network for 20 steps; rejects on any exit status but 0. */
async function trainBy(backends: string, cwd: string): Promise<RunsDocument> {
  const preset = ['run', 'keras-13x10', '--dataset', 'digits', '--limit', '640', '--epochs', '1', '--json']
  return JSON.parse(await node([command, ...preset, '--backend', backends], cwd)) as RunsDocument
}

/** What a document says, and what was compared to say so. */
function summaryOf({ runs, agreement, failures }: RunsDocument) {
  return {
    failures,
    runs: runs.map(({ arm, backend, steps }) => [arm, backend, steps]),
    verdicts: agreement.map(({ arm, backends, verdict }) => [arm, backends, verdict]),
    gradientsCompared: agreement.map(({ gradients }) => gradients.filter(({ a, b }) => a > 0 && b > 0).length),
  }
}

/** The summary of two backends that trained both arms and agree on a weight and a bias of each of the 13 layers. */
function agreed(first: string, second: string): ReturnType<typeof summaryOf> {
  return {
    failures: [],
    runs: ['relu', 'sigmoid'].flatMap((arm) => [first, second].map((name) => [arm, name, 20])),
    verdicts: ['relu', 'sigmoid'].map((arm) => [arm, [first, second], 'agree']),
    gradientsCompared: [26, 26],
  }
}

/** A project of its own that has packages installed, by the names of `installed`. */
async function createProject(installed: Readonly<Record<string, string>>): Promise<string> {
  const project = await mkdtemp(join(tmpdir(), 'isograd-adapter-'))
  await mkdir(join(project, 'node_modules/@isograd'), { recursive: true })
  for (const [name, target] of Object.entries(installed)) {
    await symlink(join(root, target), join(project, 'node_modules', name), 'dir')
  }
  return project
}

async function loadAdapter(file: string): Promise<Adapter> {
  const { isogradAdapter } = (await import(file)) as { isogradAdapter: Adapter }
  return isogradAdapter
}

async function conformanceOf(adapter: Adapter) {
  const open = async () => {
    const made = await adapter.create(adapter.variants[0] ?? '', {})
    if (!made.ok) throw new Error(made.reason)
    return made.backend
  }
  return runConformance(await open(), { open, adapter })
}

/** The result of each case of one dtype. */
function casesOf(results: readonly { id: string; status: string; detail: string }[], dtype: string) {
  return results.filter(({ id }) => id.endsWith(`/${dtype}`))
}

describe('examples/plain-js-adapter', () => {
  test('passes every float32 case with its own kernels, and has no float64', async () => {
    const report = await conformanceOf(await loadAdapter(join(example, 'src/index.js')))
    expect(report.ok ? '' : describeReport(report)).toBe('')
    const [float32, float64] = [casesOf(report.results, 'float32'), casesOf(report.results, 'float64')]
    expect(float32.length + float64.length).toBe(report.results.length)
    expect(float32.filter(({ status }) => status !== 'passed')).toEqual([])
    expect(float64.filter(({ status }) => status !== 'unsupported')).toEqual([])
    expect(opNames.filter((op) => report.coverage[op].passed === 0)).toEqual([])
  })

  test('computes nothing by the definitions of core', async () => {
    const files = await readdir(join(example, 'src'), { recursive: true })
    const sources = await Promise.all(
      files.filter((file) => file.endsWith('.js')).map((file) => readFile(join(example, 'src', file), 'utf8')),
    )
    expect(sources.length).toBeGreaterThan(5)
    expect(sources.join('\n')).not.toMatch(/evaluate|operationOf|referenceBackend/)
  })

  test('passes its own tests and its own type check', async () => {
    const tests = await node(['--test'], example)
    expect(tests).toMatch(/# pass [1-9]\d*\n# fail 0\n/)
    const typescript = createRequire(import.meta.url).resolve('typescript/package.json')
    expect(await node([join(typescript, '../bin/tsc'), '-p', example], example)).toBe('')
  })

  test('conforms by the command, which refuses a skip that it does not need', async () => {
    expect(await node([command, 'conformance', './examples/plain-js-adapter'], root)).toMatch(
      /plain-js conforms: [1-9]\d+ passed, 0 failed/,
    )
    const skip = ['--skip', 'exp/overflow/float32=saturates at 3e38']
    await expect(node([command, 'conformance', './examples/plain-js-adapter', ...skip], root)).rejects.toThrow(
      /stale skip exp\/overflow\/float32/,
    )
  })

  test('every operation of its training steps keeps to its rounding bound', async () => {
    const check = ['check', 'keras-13x10', '--mode', 'ops', '--dataset', 'digits', '--limit', '320', '--json']
    const { verdict, arms } = JSON.parse(
      await node([command, ...check, '--backend', 'onnx,./examples/plain-js-adapter'], root),
    ) as CheckDocument
    const own = arms.flatMap(({ operations }) => operations).filter(({ backend }) => backend === 'plain-js')
    expect(verdict).toBe('agree')
    expect(new Set(own.map(({ operation }) => operation))).toContain('matmul')
    expect(own.filter(({ ratio }) => !(ratio <= 1))).toEqual([])
  })

  test('trains by path, and agrees with the reference', async () => {
    const document = await trainBy('reference,./examples/plain-js-adapter', root)
    expect(summaryOf(document)).toEqual(agreed('reference', 'plain-js'))
  })

  test('trains by package name from a project that has it installed, and agrees with onnx', async () => {
    const project = await createProject({ 'isograd-adapter-plain-js': 'examples/plain-js-adapter' })
    try {
      const document = await trainBy('onnx,isograd-adapter-plain-js', project)
      expect(summaryOf(document)).toEqual(agreed('onnx', 'plain-js'))
      expect(document.runs[1]?.backendInfo.versions).toEqual({ 'isograd-adapter-plain-js': '0.1.0' })
    } finally {
      await rm(project, { recursive: true })
    }
  })
})

describe('docs/writing-an-adapter.md', () => {
  const fallback = ' ?? operationOf(op).evaluate'
  let markdown: string
  let adapter: string
  let ownTest: string
  let directory: string

  beforeAll(async () => {
    markdown = await readFile(join(root, 'docs/writing-an-adapter.md'), 'utf8')
    const codes = [...markdown.matchAll(/^```js\n(.*?)^```/gms)].map(([, code]) => code ?? '')
    adapter = codes.find((code) => code.includes('export const isogradAdapter')) ?? ''
    ownTest = codes.find((code) => code.includes("from 'node:test'")) ?? ''
    directory = await createProject({ '@isograd/core': 'packages/core' })
    await writeFile(join(directory, 'tiny.mjs'), adapter)
  })

  afterAll(async () => {
    await rm(directory, { recursive: true })
  })

  test('its first adapter is short and passes every float32 case', async () => {
    expect(adapter.split('\n').filter((line) => line.trim() !== '').length).toBeLessThanOrEqual(40)
    const report = await conformanceOf(await loadAdapter(join(directory, 'tiny.mjs')))
    expect(report.ok ? '' : describeReport(report)).toBe('')
    const missing = casesOf(report.results, 'float32').filter(({ status }) => status !== 'passed')
    expect(missing.filter(({ id }) => !id.startsWith('contract/memory-of-'))).toEqual([])
  })

  test('it lists every attribute of every operation', () => {
    const seen = new Map<string, Set<string>>()
    for (const one of conformanceCases().filter(({ id }) => !id.includes('/patterns/'))) {
      if (one.kind !== 'values') continue
      for (const { op, attributes } of one.build().program.nodes) {
        const own = seen.get(op) ?? new Set()
        for (const name of Object.keys(attributes)) own.add(name)
        seen.set(op, own)
      }
    }
    const table = markdown.slice(markdown.search(/\| operation +\| attributes/))
    const listed = new Map<string, string[]>()
    for (const [, op = '', text = ''] of table.matchAll(/^\| `(\w+)` +\| (.*?) +\|$/gm)) {
      const names = text.split(/; /).flatMap((part) => {
        const others = /^those of `(\w+)`/.exec(part)?.[1]
        const own = [...(part.split(':', 1)[0] ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name ?? '')
        return others === undefined ? own : (listed.get(others) ?? [])
      })
      listed.set(op, names.toSorted())
    }
    const used = [...seen].filter(([, names]) => names.size > 0).map(([op, names]) => [op, [...names].toSorted()])
    expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(used))
  })

  test('its first adapter trains by path, and agrees with the reference', async () => {
    expect(summaryOf(await trainBy('reference,./tiny.mjs', directory))).toEqual(agreed('reference', 'tiny'))
  })

  test('without the definitions of core, what is missing is unsupported by name and nothing fails', async () => {
    const file = join(directory, 'incomplete.mjs')
    expect(adapter).toContain(fallback)
    await writeFile(file, adapter.replace(fallback, ''))
    const report = await conformanceOf(await loadAdapter(file))
    expect(report.ok ? '' : describeReport(report)).toBe('')
    const detailOf = (id: string): string => report.results.find((result) => result.id === id)?.detail ?? ''
    expect(report.counts.failed).toBe(0)
    expect(report.coverage.relu.passed).toBeGreaterThan(0)
    expect(report.coverage.matmul.passed).toBe(0)
    expect(detailOf('add/same/float32')).toMatch(/operation "add" is not supported$/)
  })

  test('its conformance test runs under node:test as it stands', async () => {
    await writeFile(join(directory, 'conformance.test.mjs'), ownTest)
    expect(await node(['--test'], directory)).toMatch(/# pass 1\n# fail 0\n/)
  })

  test('it lists every operation with its definition', () => {
    const rows = new Set(markdown.split('\n').map((line) => line.replaceAll(/ +\|/g, ' |')))
    const missing = opNames.filter((op) => {
      const { arity, formula } = operationOf(op)
      return !rows.has(`| \`${op}\` | ${arity} | ${formula.replaceAll('|', '\\|')} |`)
    })
    expect(missing).toEqual([])
  })

  test('every name of core that it mentions in its tables and its code is exported', async () => {
    const entries = await Promise.all([
      import('@isograd/core'),
      import('@isograd/core/backend'),
      import('@isograd/core/ir'),
    ])
    const exported = new Set(entries.flatMap((entry) => Object.keys(entry)))
    const section = markdown.slice(markdown.indexOf('## What core gives you'), markdown.indexOf('## The operations'))
    const types = new Set(['OpName', 'OpAttributes'])
    const names = [...section.matchAll(/^\| (.*?) +\|/gm)].flatMap(([, cell]) =>
      [...(cell ?? '').matchAll(/`(\w+)/g)].map(([, name]) => name ?? ''),
    )
    expect(names.length).toBeGreaterThan(15)
    expect(names.filter((name) => !types.has(name) && !exported.has(name))).toEqual([])
  })

  test('every page and folder that it links to exists', async () => {
    const links = [...markdown.matchAll(/\]\((\.\.\/[^)#]+)\)/g)].map(([, link]) => link ?? '')
    expect(links.length).toBeGreaterThan(3)
    expect(links.filter((link) => !existsSync(join(root, 'docs', link)))).toEqual([])
  })
})
