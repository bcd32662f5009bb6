/** `--use`: modules with records of the user's own, in every verb that makes plans or reads what was made with them. */
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseExactly } from '@isograd/core/compare'
import { beforeAll, describe, expect, it } from 'vitest'
import type { RunsDocument } from '../src/documents/runs-document.js'
import { fixture, isograd, outcomeOf, start, temporaryDirectory } from './command.js'

const mine = fixture('absolute-loss.js')
const sha256 = createHash('sha256').update(readFileSync(mine)).digest('hex')
const directory = temporaryDirectory()
const experiment = join(directory, 'absolute.yaml')
const out = join(directory, 'runs')
const name = 'sine-fit-default-onnx-seed0'
const cure = 'it was made with the module "absolute-loss.js"; load it with --use absolute-loss.js'

/** A module beside which core is found, as in a project that has installed it. */
function moduleOf(text: string, file = 'module.mjs'): string {
  const place = temporaryDirectory()
  symlinkSync(fileURLToPath(new URL('../../../node_modules', import.meta.url)), join(place, 'node_modules'))
  writeFileSync(join(place, file), text)
  return join(place, file)
}

beforeAll(async () => {
  const text = readFileSync(fixture('sine.yaml'), 'utf8')
  writeFileSync(experiment, text.replace('task: regression', 'task: regression\nloss: absolute'))
  const { status, stderr } = await isograd(['run', experiment, '--use', mine, '--out', out, '--quiet'])
  if (status !== 0) throw new Error(stderr)
}, 60_000)

describe('a loss in a module', () => {
  it('trains on every backend, in threads too, and the record says which module', () => {
    const { runs, agreement } = parseExactly(readFileSync(join(out, 'runs.json'), 'utf8')) as RunsDocument
    expect(runs.map(({ backend, modules }) => [backend, modules])).toEqual([
      ['wasm', [{ name: 'absolute-loss.js', sha256 }]],
      ['onnx', [{ name: 'absolute-loss.js', sha256 }]],
      ['tfjs-wasm', [{ name: 'absolute-loss.js', sha256 }]],
    ])
    expect(agreement.map(({ verdict }) => verdict)).toEqual(['agree', 'agree'])
    // The loss is the metric of that name.
    const final = runs[0]?.finals['test']
    expect(final?.loss).toBeCloseTo(Number(final?.metrics['meanAbsoluteError']?.value), 5)
    expect(existsSync(join(out, 'report.html'))).toBe(true)
  })

  it.each([
    ['predict', [join(out, name), '--json']],
    ['export', [join(out, name), '--format', 'onnx', '--out', join(directory, 'm.onnx')]],
    ['report', [out, '--out', join(directory, 'page.html')]],
    ['compare', [join(out, name), join(out, 'sine-fit-default-tfjs-wasm-seed0')]],
    ['check', [experiment, '--mode', 'step', '--backend', 'onnx']],
    ['check', [experiment, '--mode', 'step', '--backend', 'onnx', '--timeout', '60']],
    ['trace', [experiment, '--out', join(directory, 't.safetensors')]],
  ])('%s takes it: %j', async (verb, args) => {
    const [without, used] = await Promise.all([isograd([verb, ...args]), isograd([verb, ...args, '--use', mine])])
    expect(used.status).toBe(0)
    expect([without.status, without.stdout]).toEqual([2, ''])
    expect(without.stderr).toMatch(/load it with --use absolute-loss\.js|loss \(line 4\): expected .*got "absolute"/)
  })

  it('is missed with the cure, and told from another of its name', async () => {
    const without = await isograd(['predict', join(out, name)])
    expect([without.status, without.stderr]).toEqual([2, expect.stringContaining(cure)])
    const changed = moduleOf(`${readFileSync(mine, 'utf8')}// changed\n`, 'absolute-loss.js')
    const other = await isograd(['predict', join(out, name), '--use', changed])
    expect(other.status).toBe(2)
    expect(other.stderr).toContain('the module "absolute-loss.js" has changed since: expected the SHA-256')
  })
})

describe('isograd resume', () => {
  it('goes on with the module that the run was begun with, and with no other', async () => {
    const stopped = join(temporaryDirectory(), 'runs')
    const begin = ['run', experiment, '--use', mine, '--backend', `${fixture('fake-adapter')}#slow`, '--epochs', '200']
    const child = start([...begin, '--plain', '--out', stopped, '--checkpoint-every', '1000'])
    const outcome = outcomeOf(child)
    await new Promise<void>((resolve) => {
      child.stderr.on('data', (text: string) => {
        if (/steps/.test(text)) resolve()
      })
    })
    child.kill('SIGINT')
    expect((await outcome).status).toBe(130)
    const run = join(stopped, 'sine-fit-default-fake-slow-seed0')
    const before = readdirSync(run).toSorted()
    const without = await isograd(['resume', run])
    expect([without.status, without.stderr]).toEqual([2, expect.stringContaining(cure)])
    const changed = moduleOf(`${readFileSync(mine, 'utf8')}// changed\n`, 'absolute-loss.js')
    const other = await isograd(['resume', run, '--use', changed])
    expect([other.status, other.stderr]).toEqual([2, expect.stringContaining('has changed since')])
    expect(readdirSync(run).toSorted()).toEqual(before)
    expect(await isograd(['resume', run, '--use', mine, '--backend', 'onnx'])).toMatchObject({ status: 0 })
    expect(readdirSync(run)).toEqual(expect.arrayContaining(['record.json', 'weights.safetensors']))
    expect(readdirSync(run)).not.toContain('checkpoint.json')
  })
})

describe('isograd suite', () => {
  it('takes a module, which its records name', async () => {
    const args = ['suite', '--preset', 'scalar-chain', '--use', mine, '--out', join(directory, 'suite'), '--json']
    expect(await isograd(args)).toMatchObject({ status: 0 })
    const { runs } = parseExactly(readFileSync(join(directory, 'suite', 'runs.json'), 'utf8')) as RunsDocument
    expect(runs[0]?.modules).toEqual([{ name: 'absolute-loss.js', sha256 }])
  })
})

describe('a package', () => {
  it('is found from the current directory, and named as it is', async () => {
    const project = temporaryDirectory()
    const home = join(project, 'node_modules', 'my-losses')
    mkdirSync(home, { recursive: true })
    cpSync(mine, join(home, 'index.js'))
    writeFileSync(join(home, 'package.json'), '{ "name": "my-losses", "version": "1.0.0", "type": "module" }')
    mkdirSync(join(home, 'node_modules', '@isograd'), { recursive: true })
    symlinkSync(fileURLToPath(new URL('../../core', import.meta.url)), join(home, 'node_modules', '@isograd', 'core'))
    const args = ['run', experiment, '--use', 'my-losses', '--backend', 'reference', '--json']
    const { status, stdout } = await isograd(args, { cwd: project })
    expect(status).toBe(0)
    const { runs } = parseExactly(stdout) as RunsDocument
    expect(runs[0]?.modules).toEqual([{ name: 'my-losses', sha256 }])
  })
})

describe('a module that cannot be used', () => {
  it.each([
    ['throws', 'throw new TypeError("planted\\nand more")', 'it cannot be loaded: planted'],
    [
      'is no JavaScript',
      'const a = 1\nthis is text',
      "it cannot be loaded: Unexpected identifier 'is' (line 2 of module.mjs)",
    ],
    ['exports nothing', 'const a = 1', 'expected tables of records as the export "extension" or as the default export'],
    ['exports a function', 'export default () => 1', 'got a function'],
    ['exports an empty object', 'export default {}', 'got an empty object'],
    ['names no table', 'export default { lossez: {} }', '"lossez" is no table; did you mean "losses"?'],
    [
      'shadows a name',
      'export default { losses: { meanSquaredError: { suits: [], emit() {} } } }',
      'losses.meanSquaredError: there is a record of that name already; choose another name',
    ],
    ['lacks a function', 'export default { losses: { mine: {} } }', 'losses.mine: the record lacks "emit"'],
    [
      'has a loss that throws',
      'export default { losses: { absolute: { suits: ["numbers"], emit() { throw new TypeError("planted") } } } }',
      'absolute.yaml: with module.mjs: planted (line 1 of module.mjs)',
    ],
    [
      'has a loss that emits nothing',
      'export default { losses: { absolute: { suits: ["numbers"], emit: () => undefined } } }',
      'absolute.yaml: with module.mjs: ',
    ],
  ])('because it %s', async (_, text, message) => {
    const cwd = temporaryDirectory()
    const outcome = await isograd(['run', experiment, '--use', moduleOf(text), '--out', 'out'], { cwd })
    expect([outcome.status, outcome.stdout]).toEqual([2, ''])
    expect(outcome.stderr.match(/error/g)).toHaveLength(1)
    expect(outcome.stderr).toContain(message)
    expect(outcome.stderr).not.toMatch(/ {4}at |bug/)
    expect(readdirSync(cwd)).toEqual([])
  })

  it('because its metric throws at the end of an epoch: a fault of the module, not a bug', async () => {
    const cwd = temporaryDirectory()
    const text = readFileSync(fixture('sine.yaml'), 'utf8')
    const file = join(cwd, 'mine.yaml')
    writeFileSync(file, text.replace('task: regression', 'task: regression\nmetrics: [mine]'))
    const metric = `{ label: () => 'mine', suits: ['numbers'], format: 'number', better: 'smaller', reads: 'rows',
      accumulator() { return { add() { throw new TypeError('planted') }, result: () => ({ value: 1, error: 0 }) } } }`
    const module = moduleOf(`export default { metrics: { mine: ${metric} } }`)
    const outcome = await isograd(['run', file, '--use', module, '--backend', 'onnx', '--out', 'out'], { cwd })
    expect(outcome.status).toBe(2)
    expect(outcome.stderr).toContain(`--use ${module}: planted; where the module is right`)
    expect(outcome.stderr).not.toMatch(/ {4}at /)
  })

  it.each([
    [['./absent.js'], '--use ./absent.js: there is no such file or directory'],
    [['no-such-package'], '--use no-such-package: there is no such package; install it, or name a file by its path'],
    [[mine, '@isograd/onnx-adapter'], '--use @isograd/onnx-adapter: expected tables of records'],
    [
      [mine, moduleOf('export default { a: 1 }', 'absolute-loss.js')],
      'another module is called "absolute-loss.js" too',
    ],
  ])('%j', async (modules, message) => {
    const uses = modules.flatMap((each) => ['--use', each])
    const { status, stdout, stderr } = await isograd(['run', experiment, ...uses])
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toContain(message)
  })

  it('is loaded once, however often it is named', async () => {
    const { status, stdout } = await isograd(['list', '--use', mine, '--use', mine])
    expect(status).toBe(0)
    expect(stdout).toMatch(/^ {2}absolute +target: numbers$/m)
  })
})
