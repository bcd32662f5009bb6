/** Paths and backends that files name are followed only where they lie in the run, or where this user gave them. */
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { isWithin } from '../src/disk/within.js'
import { fixture, isograd, type Outcome, temporaryDirectory } from './command.js'

const [home, project, elsewhere] = [temporaryDirectory(), temporaryDirectory(), temporaryDirectory()]
const env = { ISOGRAD_CACHE_DIR: join(home, 'cache') }

function experiment(path: string): string {
  return JSON.stringify({
    name: 'houses',
    data: { dataset: 'files', path, target: 'y' },
    task: { type: 'regression', target: 'y' },
    model: { layers: [{ type: 'dense', units: 1 }] },
    optimizer: { type: 'sgd', learningRate: 0.01 },
    batchSize: 4,
    epochs: 1,
  })
}

function run(args: readonly string[], cwd = project): Promise<Outcome> {
  return isograd(args, { cwd, env })
}

const made = join(project, 'out')

beforeAll(async () => {
  const rows = Array.from({ length: 12 }, (_, i) => `${i},${i % 3},${2 * i}`).join('\n')
  writeFileSync(join(elsewhere, 'data.csv'), `x,z,y\n${rows}\n`)
  writeFileSync(join(project, 'houses.json'), experiment(join(elsewhere, 'data.csv')))
  await run(['run', 'houses.json', '--backend', 'reference', '--out', 'out'])
})

/** A copy of the run as somebody else may have sent it: in another place, its plan changed. */
function received(change: (plan: Record<string, unknown>) => object): string {
  const directory = join(temporaryDirectory(), 'sent')
  cpSync(made, directory, { recursive: true })
  const path = join(directory, 'command.json')
  writeFileSync(path, JSON.stringify(change(JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>)))
  return directory
}

const unfinished = { finished: false, replaces: {} }

describe('the data of a run', () => {
  it('are found again where this user gave their place', async () => {
    expect(await run(['predict', 'out', '--index', '1'], project)).toMatchObject({ status: 0, stderr: '' })
    const same = received((plan) => plan)
    expect(await run(['predict', same, '--index', '1'], home)).toMatchObject({ status: 0 })
  })

  it.each([
    ['without seals', (plan: Record<string, unknown>) => ({ ...plan, seals: undefined })],
    ['with seals of another', (plan: Record<string, unknown>) => ({ ...plan, seals: ['0'.repeat(64)] })],
  ])('are not opened elsewhere because a file says so, %s', async (_, change) => {
    const directory = received(change)
    const { status, stderr } = await run(['predict', directory, '--index', '1'])
    expect([status, stderr]).toEqual([2, expect.stringContaining(`where you trust it, name it: --data ${elsewhere}`)])
    const resumed = await run(['resume', received((plan) => ({ ...change(plan), ...unfinished }))])
    expect([resumed.status, resumed.stderr]).toEqual([2, expect.stringContaining('name it: --data-dir')])
    const named = await run(['predict', directory, '--index', '1', '--data', join(elsewhere, 'data.csv')])
    expect(named).toMatchObject({ status: 0 })
  })
})

it('an experiment elsewhere is not looked at because a file says so', async () => {
  const foreign = join(elsewhere, 'other.json')
  writeFileSync(foreign, experiment('secret.csv'))
  const directory = received((plan) => {
    const [part] = plan['parts'] as { source: object }[]
    return { ...plan, ...unfinished, parts: [{ ...part, source: { word: foreign, overrides: {} } }] }
  })
  const { stderr } = await run(['resume', directory, '--data-dir', join(elsewhere, 'data.csv')])
  expect(stderr).toContain(`note: ${foreign} is not looked at`)
  expect(stderr).not.toContain('secret')
})

it('a package that lies in the run is not loaded, wherever the command is run', async () => {
  const directory = received((plan) => ({ ...plan, ...unfinished, backends: [{ asked: 'evil', name: 'reference' }] }))
  const marker = join(directory, 'marker')
  const inner = join(directory, 'node_modules/evil')
  mkdirSync(inner, { recursive: true })
  writeFileSync(join(inner, 'package.json'), '{ "name": "evil", "type": "module", "main": "index.js" }')
  writeFileSync(
    join(inner, 'index.js'),
    `import { writeFileSync } from 'node:fs'\nwriteFileSync(${JSON.stringify(marker)}, '')`,
  )
  const { status, stderr } = await run(['resume', '.'], directory)
  expect([status, stderr]).toEqual([
    2,
    expect.stringContaining('it names the backend "evil", a file, which is not loaded'),
  ])
  expect(existsSync(marker)).toBe(false)
})

it.each(['constructor', '__proto__', 'toString', '@x/..', 'valueOf'])('no backend is called %s', async (backend) => {
  const { status, stderr } = await run(['run', fixture('tiny.json'), '--backend', backend])
  expect([status, stderr]).toEqual([2, expect.stringContaining(`unknown backend "${backend}"`)])
})

it('links do not count as within', () => {
  symlinkSync(elsewhere, join(home, 'link'))
  expect(isWithin(join(home, 'link/data.csv'), home)).toBe(false)
  expect([isWithin(join(home, 'a/../b'), home), isWithin(join(home, '..'), home), isWithin(home, home)]).toEqual([
    true,
    false,
    true,
  ])
})
