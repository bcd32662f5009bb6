/** `npm create isograd-adapter`, followed to the end: a new package, its first operation, and a backend that trains. */
import { execFile } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { opNames } from '@isograd/core/ir'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))
const creator = join(root, 'packages/create-isograd-adapter/bin/create-isograd-adapter.js')
const command = join(root, 'packages/cli/bin/isograd.js')
const fixtures = join(root, 'test/fixtures/tiny-runtime')
const typescript = dirname(createRequire(import.meta.url).resolve('typescript/package.json'))

interface Ended {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

async function node(args: readonly string[], cwd: string): Promise<Ended> {
  const env = { PATH: process.env['PATH'] }
  return run(process.execPath, args, { cwd, env, maxBuffer: 2 ** 26 }).then(
    ({ stdout, stderr }) => ({ status: 0, stdout, stderr }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({ status: code, stdout, stderr }),
  )
}

/** A directory in which packages of the workspace and the tiny runtime are installed. */
function projects(): string {
  const directory = mkdtempSync(join(tmpdir(), 'isograd-create-'))
  const modules = join(directory, 'node_modules')
  for (const scope of ['@isograd', '@types']) mkdirSync(join(modules, scope), { recursive: true })
  symlinkSync(join(root, 'packages/core'), join(modules, '@isograd/core'), 'dir')
  symlinkSync(
    dirname(createRequire(import.meta.url).resolve('@types/node/package.json')),
    join(modules, '@types/node'),
    'dir',
  )
  mkdirSync(join(modules, 'tiny-runtime'))
  cpSync(join(fixtures, 'index.js'), join(modules, 'tiny-runtime/index.js'))
  const manifest = { name: 'tiny-runtime', version: '7.8.9', type: 'module', exports: './index.js' }
  writeFileSync(join(modules, 'tiny-runtime/package.json'), JSON.stringify(manifest))
  return directory
}

describe('npm create isograd-adapter', () => {
  let directory: string
  let made: string
  let created: Ended
  const table = (): string => join(made, 'src/kernels/index.js')

  beforeAll(async () => {
    directory = projects()
    made = join(directory, 'isograd-adapter-tiny')
    created = await node([creator, 'isograd-adapter-tiny', '--runtime', 'tiny-runtime'], directory)
  })

  afterAll(() => rmSync(directory, { recursive: true }))

  it('makes a package whose test and type check pass, and which tells what is missing', async () => {
    const told = /^isograd-adapter-tiny: \d+ files\. Next:\n {2}cd isograd-adapter-tiny\n/
    expect(created).toEqual({ status: 0, stdout: expect.stringMatching(told), stderr: '' })
    const { status, stdout } = await node(['--test'], made)
    expect([status, stdout]).toEqual([0, expect.stringContaining(`2 of ${opNames.length} operations; missing: add, `)])
    expect(await node([join(typescript, 'bin/tsc'), '-p', made], made)).toEqual({ status: 0, stdout: '', stderr: '' })
  })

  it('has a line for every operation, and the type check misses one that is not there', async () => {
    const text = readFileSync(table(), 'utf8')
    expect(opNames.filter((op) => !new RegExp(`^  ${op}(?:: undefined,|\\()`, 'm').test(text))).toEqual([])
    writeFileSync(table(), text.replace('  add: undefined,\n', ''))
    const { status, stdout } = await node([join(typescript, 'bin/tsc'), '-p', made], made)
    writeFileSync(table(), text)
    expect([status, stdout]).toEqual([1, expect.stringMatching(/Property 'add' is missing/)])
  })

  it('passes with a first operation, and fails by its name where it is wrong', async () => {
    const text = readFileSync(table(), 'utf8')
    const withAdd = (sign: string): string =>
      text.replace(
        'add: undefined,',
        `add: (out, [x, y]) => {
    const [a, b] = [x, y].map(({ data, shape }) => runtime.repeat(data, shape, out.shape))
    out.data.set(runtime.map((p, q) => p ${sign} q, a, b))
  },`,
      )
    writeFileSync(table(), withAdd('+'))
    const right = await node(['--test'], made)
    writeFileSync(table(), withAdd('-'))
    const wrong = await node(['--test'], made)
    writeFileSync(table(), text)
    expect([right.status, right.stdout]).toEqual([0, expect.stringContaining(`3 of ${opNames.length} operations`)])
    expect([wrong.status, wrong.stdout]).toEqual([1, expect.stringMatching(/FAILED +add\/same\/float32/i)])
    // Nothing but the words of the report: no assertion, no place in a file of the test.
    expect(wrong.stdout).not.toMatch(/assert|^\s+at |stack:/im)
    expect(wrong.stdout).toContain('no case passed of add, sub, mul, ')
  })

  it('trains the suite with the operations that its README names for a first network, and agrees with the definition', async () => {
    const text = readFileSync(table(), 'utf8')
    cpSync(join(fixtures, 'kernels.js'), join(made, 'src/kernels/written.js'))
    const [, list = ''] =
      /^These operations train a first network: (.*?)\. Then$/ms.exec(readFileSync(join(made, 'README.md'), 'utf8')) ??
      []
    const lines = [...list.matchAll(/`(\w+)`/g)].map(([, op]) => `  ${op}: written.${op},\n`)
    writeFileSync(table(), `import { written } from './written.js'\n${text.replace(/\}\n$/, `${lines.join('')}}\n`)}`)
    const tested = await node(['--test'], made)
    expect([tested.status, tested.stdout]).toEqual([0, expect.stringMatching(/2\d of \d+ operations/)])
    const options = ['--dataset', 'digits', '--limit', '32', '--epochs', '1', '--backend', 'reference,.', '--json']
    const { status, stdout } = await node([command, 'run', 'keras-13x10', ...options], made)
    const { agreement, runs } = JSON.parse(stdout)
    expect([status, agreement.map(({ verdict }: { verdict: string }) => verdict)]).toEqual([0, ['agree', 'agree']])
    expect(runs[1].backendInfo.versions).toEqual({ 'isograd-adapter-tiny': '0.1.0', 'tiny-runtime': '7.8.9' })
  })

  it('says what to install where the runtime is not there', async () => {
    rmSync(join(directory, 'node_modules/tiny-runtime'), { recursive: true })
    const { status, stderr } = await node([command, 'conformance', '.'], made)
    expect([status, stderr]).toEqual([
      3,
      expect.stringMatching(/Cannot find package 'tiny-runtime'[^]*npm install tiny-runtime/),
    ])
  })
})

describe('what it cannot make', () => {
  it.each([
    [['there'], 'expected an empty directory, got one with files in it'],
    [['there/mine.txt/new'], 'there/mine.txt/new: cannot be written: ENOTDIR'],
    [
      ['new', '--name', 'Über'],
      'name: expected up to 40 small letters, digits and hyphens, as in my-runtime, got "Über"',
    ],
    [['isograd-adapter-onnx'], 'name: expected a new one, as in my-onnx, got "onnx", a backend of isograd itself'],
    [['new', '--runtime', '../x'], 'runtime: expected the name of a package on npm, got "../x"'],
    [['new', '--nam', 'x'], "Unknown option '--nam'"],
    [['new', 'newer'], 'expected one directory, got "newer" too'],
    [[], 'expected a directory or --name, got none, and no terminal to ask on'],
  ])('%j is refused, and nothing is written', async (args, message) => {
    const directory = mkdtempSync(join(tmpdir(), 'isograd-create-'))
    mkdirSync(join(directory, 'there'))
    writeFileSync(join(directory, 'there/mine.txt'), 'mine')
    const { status, stderr } = await node([creator, ...args], directory)
    expect([status, stderr]).toEqual([2, expect.stringContaining(message)])
    expect([readdirSync(directory), readdirSync(join(directory, 'there'))]).toEqual([['there'], ['mine.txt']])
    rmSync(directory, { recursive: true })
  })

  it('is any backend that the command has', async () => {
    const { stdout } = await node([command, 'list', '--json'], root)
    const { backends } = JSON.parse(stdout) as { backends: { name: string }[] }
    const names = backends.map(({ name }) => name).filter((name) => !name.includes(':'))
    const { backendName } = (await import(
      new URL('../../packages/create-isograd-adapter/dist/index.js', import.meta.url).href
    )) as {
      backendName: (name: string) => string
    }
    expect(names).toContain('wasm')
    for (const name of names) expect(() => backendName(name)).toThrow(`got "${name}", a backend of isograd itself`)
  })

  // /proc answers that a parent is missing although it is there; Node's recursive mkdir tries for ever.
  it('is a directory in /proc, which it says at once', async () => {
    const { status, stderr } = await node([creator, '/proc/isograd/rt'], root)
    expect([status, stderr]).toEqual([2, expect.stringContaining('/proc/isograd/rt: cannot be written')])
  })

  it('leaves no directory behind where a file cannot be written', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'isograd-create-'))
    const script = `ulimit -f 0; exec "$0" "$1" above/rt`
    const { status, stderr } = await run('bash', ['-c', script, process.execPath, creator], { cwd: directory }).then(
      () => ({ status: 0, stderr: '' }),
      ({ code, stderr: told }: { code: number; stderr: string }) => ({ status: code, stderr: told }),
    )
    expect([status, stderr]).toEqual([2, expect.stringContaining('above/rt: cannot be written: EFBIG')])
    expect(readdirSync(directory)).toEqual([])
    rmSync(directory, { recursive: true })
  })

  it('is no matter of a runtime whose name has a word of the template in it', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'isograd-create-'))
    expect((await node([creator, 'rt', '--runtime', '@x/plain-js-core'], directory)).status).toBe(0)
    expect(readFileSync(join(directory, 'rt/src/runtime.js'), 'utf8')).toContain("from '@x/plain-js-core'")
    rmSync(directory, { recursive: true })
  })

  it('is no matter of an empty directory, nor of plain JavaScript', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'isograd-create-'))
    expect((await node([creator, '.', '--name', '3d-things'], directory)).status).toBe(0)
    expect(existsSync(join(directory, 'src/runtime.js'))).toBe(false)
    expect(readFileSync(join(directory, 'src/index.js'), 'utf8')).toContain('{ n3dThingsBackend }')
    rmSync(directory, { recursive: true })
  })
})
