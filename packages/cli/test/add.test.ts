/** `isograd add` with programs that only write down how they were called: the real ones are tried by `.ci/run`. */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { additions } from '../src/backends/additions.js'
import { registry } from '../src/backends/registry.js'
import { isograd, type Outcome, temporaryDirectory } from './command.js'

/** Programs as scripts of a shell; `$LOG` is the file that they write to. */
const programs = {
  npm: `[ "$1" = --version ] || echo "npm $*" >> "$LOG"
    mkdir -p node_modules/@tensorflow/tfjs-node/binding; echo '{"version":"4.22.0"}' > node_modules/@tensorflow/tfjs-node/package.json`,
  python3: `case "$*" in
      *--version) exit 0 ;;
      *pip*) echo "pip $*" >> "$LOG"; cat "\${15}" >> "$LOG"; exit "\${PIP_STATUS:-0}" ;;
      *) echo "python3 unpacks $3 $4" >> "$LOG" ;;
    esac`,
  'g++': `[ "$1" = --version ] || echo "g++ $*" >> "$LOG"`,
} as const

type Program = keyof typeof programs

interface Trial extends Outcome {
  /** The notes of the programs. */
  readonly calls: readonly string[]
  readonly directory: string
}

/** Runs the command in an empty directory where only these programs are. */
async function addWith(present: readonly Program[], args: readonly string[], env = {}): Promise<Trial> {
  const directory = temporaryDirectory()
  const [log, tools, headers] = ['log', 'tools', 'node/include/node'].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ]
  for (const folder of [tools, headers]) mkdirSync(folder, { recursive: true })
  writeFileSync(join(headers, 'node_api.h'), '')
  for (const name of present) {
    writeFileSync(join(tools, name), `#!/bin/sh\nPATH=/usr/bin:/bin\n${programs[name]}\n`)
    chmodSync(join(tools, name), 0o755)
  }
  const surroundings = { PATH: tools, LOG: log, NODEDIR: join(directory, 'node'), ISOGRAD_TFJS_NODE: '', ...env }
  const outcome = await isograd(['add', ...args], { cwd: directory, env: surroundings })
  return { ...outcome, calls: existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n') : [], directory }
}

const all = Object.keys(programs) as Program[]

describe('the table', () => {
  it('has every backend', () => {
    expect(Object.keys(additions)).toEqual(Object.keys(registry))
  })

  it('installs packages without their scripts', () => {
    const [step, ...others] = additions['onnx']?.steps('/nowhere') ?? []
    const packages = ['@isograd/onnx-adapter', 'onnxruntime-node']
    expect([step?.program, step?.args[0], step?.args[1], step?.args.slice(-2)]).toEqual([
      'npm',
      'install',
      '--ignore-scripts',
      packages,
    ])
    expect(others).toEqual([])
  })

  it.each([
    ['pnpm-lock.yaml', 'pnpm add --ignore-scripts'],
    ['yarn.lock', 'yarn add --mode=skip-build'],
    ['bun.lock', 'bun add --ignore-scripts'],
    ['package-lock.json', 'npm install --ignore-scripts'],
  ])('installs by the package manager that has left %s in the project', (lock, words) => {
    const project = temporaryDirectory()
    const directory = join(project, 'packages', 'one')
    mkdirSync(directory, { recursive: true })
    writeFileSync(join(project, lock), '')
    const { steps, runs } = additions['onnx-web'] ?? {}
    const [{ program = '', args = [] } = {}] = steps?.(directory) ?? []
    const packages = '@isograd/onnx-adapter onnxruntime-web'
    expect([program, ...args.filter((arg) => !arg.startsWith('--no-'))].join(' ')).toBe(`${words} ${packages}`)
    expect(runs?.(directory)).toEqual([`${words} ${packages}`])
  })
})

describe.concurrent('add', () => {
  it('says of a backend that works that it does', async () => {
    const { status, stdout } = await addWith([], ['reference'])
    expect([status, stdout]).toEqual([0, expect.stringMatching(/^reference works: @isograd\/core \d/)])
  })

  it('names what is near to an unknown backend', async () => {
    const { status, stderr } = await addWith([], ['tfjs-nod'])
    expect([status, stderr]).toEqual([
      2,
      expect.stringContaining('"tfjs-nod"; did you mean "tfjs-node"?\n  To add: wasm, '),
    ])
  })
})

describe.skipIf(process.platform !== 'linux' || process.arch !== 'x64').concurrent('add tfjs-node', () => {
  it.each([
    ['gpu', 'the backends that run on it: onnx-webgpu, onnx-web-webgpu, tfjs-webgpu, jaxjs-webgpu'],
    ['webgl', 'the backends that run on it: tfjs-webgl'],
    ['tensorflow', 'the backends that run on it: tfjs-wasm, '],
    ['pytorch', 'isograd trace --help'],
  ])('knows %s by the table of --backend', async (word, text) => {
    const [added, run] = await Promise.all([isograd(['add', word]), isograd(['run', 'torch-mlp5', '--backend', word])])
    expect([added.status, added.stderr.includes(text), run.stderr.includes(text)]).toEqual([2, true, true])
  })

  it('says what it will run, and runs nothing unless it may', async () => {
    const { status, stderr, calls } = await addWith(all, ['tfjs-node'])
    expect([status, calls]).toEqual([2, []])
    for (const said of [
      'npm install --ignore-scripts @tensorflow/tfjs-node@4.22.0',
      'tensorflow-cpu==2.15.1',
      '0.9 GB',
    ]) {
      expect(stderr).toContain(said)
    }
    expect(stderr).toMatch(/--yes: expected it where there is no terminal to ask on; nothing was done\n$/)
  })

  it('says in a sentence each what is missing', async () => {
    const { status, stderr, calls } = await addWith(['npm'], ['tfjs-node', '--yes'], { NODEDIR: '/nowhere' })
    expect([status, calls]).toEqual([2, []])
    const [first, ...sentences] = stderr.trimEnd().split('\n')
    expect(first).toBe('error: [isograd] tfjs-node cannot be added here:')
    const about = [/^ {2}python3 is missing, /, /^ {2}python3 has no pip, /, /^ {2}g\+\+ is missing, /]
    for (const [i, sentence] of about.entries()) expect(sentences[i]).toMatch(sentence)
  })

  it('takes the wheel by its digest, builds what the package brings, and leaves no wheel', async () => {
    const { status, stderr, calls, directory } = await addWith(all, ['tfjs-node', '--yes'])
    const place = join(directory, 'node_modules/@tensorflow/tfjs-node')
    const [install, download, requirement, unpack, build] = calls
    expect(install).toMatch(/^npm install --ignore-scripts .* @tensorflow\/tfjs-node@4\.22\.0$/)
    expect(download).toMatch(/^pip -m pip download .*--no-deps --require-hashes --only-binary=:all: /)
    expect(requirement).toMatch(/^tensorflow-cpu==2\.15\.1 --hash=sha256:[0-9a-f]{64}$/)
    expect(unpack).toBe(`python3 unpacks ${place}/wheel ${place}/deps`)
    expect(build).toContain(`${place}/binding/tfjs_backend.cc ${place}/binding/tfjs_binding.cc`)
    expect(build).toMatch(/-o .*\/lib\/napi-v8\/tfjs_binding\.node$/)
    expect(existsSync(join(place, 'wheel'))).toBe(false)
    // Nothing was built, and it says so.
    expect([status, stderr]).toEqual([
      3,
      expect.stringMatching(/add tfjs-node: all was run, and yet: .*native library/),
    ])
  })

  it('stops at the program that fails, and says how to begin again', async () => {
    const { status, stderr, calls } = await addWith(all, ['tfjs-node', '--yes'], { PIP_STATUS: '7' })
    expect([status, calls.length]).toEqual([3, 3])
    expect(stderr).toMatch(/add tfjs-node: python3 ended with status 7\n.*isograd add tfjs-node/)
  })
})
