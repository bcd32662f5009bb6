/** Whole commands that are killed and gone on with: everything that they would have made is there in the end. */
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { RandomStream } from '@isograd/core/data'
import { beforeAll, describe, expect, it } from 'vitest'
import { fixture, isograd, outcomeOf, start, temporaryDirectory } from './command.js'

const tiny = fixture('tiny.json')
const train = ['run', tiny, '--backend', 'onnx,reference', '--seeds', '2,5', '--epochs', '6', '--jobs', '1']
const kept = [...train, '--checkpoint-every', '4']
const runs = ['relu', 'sigmoid'].flatMap((arm) =>
  ['onnx', 'reference'].flatMap((backend) => [2, 5].map((seed) => `tiny-${arm}-${backend}-seed${seed}`)),
)

function timeless(text: string): string {
  return text.replace(/"(seconds|peakMemory)": [^,\n]+/g, '"$1": 0').replace(/"commandLine": \[[^\]]*\]/, '')
}

/** Everything that a command leaves, but for what differs between any two: seconds, marks of the process, command lines. */
function left(out: string): Record<string, string> {
  const files = readdirSync(out, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.(json|safetensors)$/.test(name),
  )
  const own = files.filter((name) => !/command|stretches/.test(name)).toSorted()
  return Object.fromEntries(own.map((name) => [name, timeless(readFileSync(join(out, name), 'latin1'))]))
}

const calm = temporaryDirectory()

beforeAll(async () => {
  await isograd([...kept, '--out', calm])
})

/** Starts a command in a directory and kills it so long after its plan is there. */
async function killed(args: readonly string[], out: string, milliseconds: number): Promise<string | null> {
  const child = start(args)
  const outcome = outcomeOf(child)
  // oxlint-disable-next-line no-await-in-loop -- looks every few milliseconds
  while (child.exitCode === null && !existsSync(join(out, 'command.json'))) await pause(2)
  await pause(milliseconds)
  child.kill('SIGKILL')
  return (await outcome).signal
}

describe('isograd resume of a whole command', () => {
  it.each([
    ['with checkpoints', kept],
    ['without', train],
  ])('%s ends with all that it would have made, killed at any moment', { timeout: 120_000 }, async (_, args) => {
    const random = new RandomStream(11, 'sample')
    const out = temporaryDirectory()
    let signal = await killed([...args, '--out', out], out, random.below(1200))
    for (let attempt = 0; attempt < 2 && signal === 'SIGKILL'; attempt++) {
      // oxlint-disable-next-line no-await-in-loop -- each goes on where the one before was killed
      signal = await killed(['resume', out], out, 400 + random.below(1200))
    }
    expect(await isograd(['resume', out])).toMatchObject({ status: 0 })
    expect(left(out)).toEqual(left(calm))
    expect(readdirSync(out)).toEqual(expect.arrayContaining(['report.html', ...runs]))
    expect((await isograd(['resume', out])).stderr).toContain('there is nothing to go on with')
  })

  it('trains what is missing and leaves alone what is finished, records of an earlier command excepted', async () => {
    const out = temporaryDirectory()
    const args = ['run', tiny, '--backend', 'reference', '--epochs', '1', '--out', out]
    await isograd(args)
    const [relu, sigmoid] = ['relu', 'sigmoid'].map((arm) => join(out, `tiny-${arm}-reference-seed0`, 'record.json'))
    const plan = join(out, 'command.json')
    const { finished: _, ...rest } = JSON.parse(readFileSync(plan, 'utf8')) as Record<string, unknown>
    const { createHash } = await import('node:crypto')
    const digest = createHash('sha256')
      .update(readFileSync(relu ?? ''))
      .digest('hex')
    writeFileSync(plan, JSON.stringify({ ...rest, replaces: { 'tiny-relu-reference-seed0': digest }, finished: false }))
    const before = readFileSync(sigmoid ?? '', 'utf8')
    const { status, stderr } = await isograd(['resume', out, '--plain'])
    expect(status).toBe(0)
    expect(stderr).toMatch(/relu on reference: \d+ steps/)
    expect(stderr).not.toContain('sigmoid on reference: ')
    expect(readFileSync(sigmoid ?? '', 'utf8')).toBe(before)
  })

  it('makes again what was removed out of a finished command, and says so', async () => {
    const out = temporaryDirectory()
    await isograd(['run', tiny, '--backend', 'reference', '--epochs', '1', '--out', out])
    const before = left(out)
    rmSync(join(out, 'tiny-relu-reference-seed0'), { recursive: true })
    rmSync(join(out, 'runs.json'))
    const { status, stderr } = await isograd(['resume', out])
    expect(status).toBe(0)
    expect(stderr).toContain('finished, but missing, and made again: tiny-relu-reference-seed0, runs.json')
    expect(stderr).not.toContain('sigmoid on reference: ')
    expect(left(out)).toEqual(before)
    expect((await isograd(['resume', out])).stderr).toContain('there is nothing to go on with')
  })

  it('says what to do next, as the command itself would have', async () => {
    const out = temporaryDirectory()
    const settings = ['--epochs', '1', '--set', 'optimizer.learningRate=0.02', '--arm', 'relu', '--seed', '7']
    const begun = await isograd(['run', tiny, '--backend', 'wasm,reference', ...settings, '--out', out])
    rmSync(join(out, 'tiny-relu-wasm-seed7'), { recursive: true })
    const { stdout } = await isograd(['resume', out])
    const next = /^ {2}next, to look into .*\n {4}(.*)$/m
    const words = String(next.exec(stdout)?.[1]).split(' ')
    expect(next.test(begun.stdout)).toBe(true)
    expect(words).toEqual(expect.arrayContaining(['optimizer.learningRate=0.02', 'seed=7', 'relu', 'wasm,reference']))
    const checked = await isograd([...words.slice(words.indexOf('check')), '--mode', 'ops'])
    expect(checked.status).toBe(0)
  })

  it('goes on with a suite', async () => {
    const [out, undisturbed] = [temporaryDirectory(), temporaryDirectory()]
    const args = ['suite', '--preset', 'softmax-linear,glorot-2x256', '--dataset', 'digits', '--limit', '400']
    const short = [...args, '--epochs', '1', '--seeds', '2', '--jobs', '1']
    await killed([...short, '--out', out], out, 300)
    expect(await isograd(['resume', out])).toMatchObject({ status: 0 })
    await isograd([...short, '--out', undisturbed])
    expect(left(out)['runs.json']).toBe(left(undisturbed)['runs.json'])
    expect(readdirSync(out)).toEqual(expect.arrayContaining(['report.html', 'suite.json']))
  })
})

/** A copy of what an unfinished command has left, with another plan. */
function changed(change: (plan: Record<string, unknown>) => unknown): string {
  const out = temporaryDirectory()
  cpSync(calm, out, { recursive: true })
  const path = join(out, 'command.json')
  const plan = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
  writeFileSync(path, JSON.stringify(change({ ...plan, finished: false })))
  return out
}

describe('a plan that is read', () => {
  it.each<[string, (plan: Record<string, unknown>) => unknown, string]>([
    ['with a field of the wrong form', (plan) => ({ ...plan, jobs: 'all' }), 'or has been changed: jobs'],
    ['of another program', () => [1], 'command.json: it was not written by isograd'],
    [
      'with modules',
      (plan) => ({ ...plan, modules: [{ name: 'mine.js', sha256: '0' }] }),
      'it was made with the module "mine.js"; load it with --use mine.js',
    ],
    [
      'with a backend in a file',
      (plan) => ({ ...plan, backends: [{ asked: './mine.mjs#x', name: 'x' }] }),
      'it names the backend "./mine.mjs#x", a file, which is not loaded; where you trust that file, name it',
    ],
    ['with a wrong arm', (plan) => ({ ...plan, parts: wrongArm(plan) }), 'epochs: expected at least 0, got -1'],
  ])('%s is refused', async (_, change, message) => {
    const { status, stdout, stderr } = await isograd(['resume', changed(change)])
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toContain(message)
    expect(stderr).not.toMatch(/ {4}at /)
  })
})

function wrongArm({ parts }: Record<string, unknown>): unknown {
  const [part] = parts as { arms: Record<string, object> }[]
  return [{ ...part, arms: { relu: { ...part?.arms['relu'], epochs: -1 } } }]
}
