/** `isograd files`, and what every reader says of a file that is not as it was written. */
import { appendFileSync, cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { type FilesDocument, filesDocument } from '../src/documents/files-document.js'
import { ownState } from '../src/tasks/files.js'
import { fixture, isograd, outcomeOf, start, temporaryDirectory } from './command.js'
import { tiny } from './tiny-sweep.js'

const run = ['run', fixture('tiny.json'), '--backend', 'reference', '--epochs', '1', '--jobs', '1']
const [relu, sigmoid] = ['tiny-relu-reference-seed0', 'tiny-sigmoid-reference-seed0']
let made = ''

beforeAll(async () => {
  made = join(temporaryDirectory(), 'made')
  await isograd([...run, '--out', made])
})

/** A copy of the runs. */
function copied(): string {
  const directory = join(temporaryDirectory(), 'runs')
  cpSync(made, directory, { recursive: true })
  return directory
}

async function statesIn(directory: string): Promise<{ status: number | null; states: Record<string, string> }> {
  const { status, stdout } = await isograd(['files', directory, '--json'])
  const { files } = JSON.parse(stdout) as FilesDocument
  return { status, states: Object.fromEntries(files.map(({ path, state }) => [path, state])) }
}

/** Changes one byte of each file in turn. */
async function requireTold(directory: string, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const before = readFileSync(join(directory, path))
    writeFileSync(
      join(directory, path),
      before.map((byte, at) => (at === before.length - 9 ? byte ^ 1 : byte)),
    )
    // oxlint-disable-next-line no-await-in-loop -- one at a time is changed
    const { files } = await filesDocument(directory, ownState)
    expect(files.find((file) => file.path === path)).toEqual({ path, state: 'changed' })
    writeFileSync(join(directory, path), before)
  }
}

const whole = {
  'command.json': 'whole',
  'report.html': 'whole',
  'runs.json': 'whole',
  [`${relu}/record.json`]: 'whole',
  [`${relu}/weights.safetensors`]: 'whole',
  [`${sigmoid}/record.json`]: 'whole',
  [`${sigmoid}/weights.safetensors`]: 'whole',
}

describe.concurrent('isograd files', () => {
  test('finds what a command has written whole, also after a page was made anew and a check was put beside it', async () => {
    const directory = copied()
    expect(await statesIn(directory)).toEqual({ status: 0, states: whole })
    await isograd(['report', directory, '--out', join(directory, 'report.html')])
    const check = ['check', fixture('tiny.json'), '--backend', 'reference', '--arm', 'relu', '--mode', 'step']
    await isograd([...check, '--out', directory])
    expect(await statesIn(directory)).toEqual({ status: 0, states: { ...whole, 'check.json': 'whole' } })
  })

  test('names what is changed, missing and of no known digest', async () => {
    const directory = copied()
    appendFileSync(join(directory, relu, 'weights.safetensors'), 'x')
    const record = join(directory, sigmoid, 'record.json')
    writeFileSync(record, readFileSync(record, 'utf8').replace('"seed": 0', '"seed": 1'))
    rmSync(join(directory, 'runs.json'))
    writeFileSync(join(directory, 'notes.txt'), 'mine')
    expect(await statesIn(directory)).toEqual({
      status: 1,
      states: {
        ...whole,
        'notes.txt': 'unknown',
        'runs.json': 'missing',
        [`${relu}/weights.safetensors`]: 'changed',
        [`${sigmoid}/record.json`]: 'changed',
      },
    })
    const { status, stdout } = await isograd(['files', join(directory, relu)])
    expect(status).toBe(1)
    expect(stdout).toMatch(/whole +record\.json\n *changed +weights\.safetensors\n/)
    expect(stdout).toMatch(/2 files: 1 whole, 1 changed\n$/)
  })

  test('knows no digest of a file that is called like what every object has, and shows names in one line', async () => {
    const directory = join(copied(), relu)
    writeFileSync(join(directory, 'constructor'), '')
    writeFileSync(join(directory, 'x\nwhole    weights.safetensors'), '')
    const { stdout } = await isograd(['files', directory])
    expect(stdout).toMatch(/unknown +constructor\n/)
    expect(stdout).toMatch(/unknown +x\\nwhole /)
  })

  test('looks at all files of an unfinished run by digests, and finds a changed byte in any', async () => {
    const directory = temporaryDirectory()
    const slow = `${fixture('fake-adapter')}#slow`
    const limited = ['run', fixture('tiny.json'), '--backend', slow, '--arm', 'relu', '--epochs', '500', '--jobs', '1']
    const child = start([...limited, '--checkpoint-every', '5', '--tensorboard', directory, '--out', directory])
    const ended = outcomeOf(child)
    const hasBegun = (): boolean =>
      readdirSync(directory, { encoding: 'utf8', recursive: true }).some((path) => path.endsWith('checkpoint.json'))
    await vi.waitUntil(hasBegun, { timeout: 20_000 })
    child.kill('SIGTERM')
    expect(await ended).toMatchObject({ status: 143 })
    const { status, states } = await statesIn(directory)
    expect([status, [...new Set(Object.values(states))]]).toEqual([0, ['whole']])
    const names = Object.keys(states).filter((path) => path.startsWith('tiny-'))
    expect(names.map((path) => path.replace(/.*\/|-\d.*/g, ''))).toEqual([
      'checkpoint',
      'checkpoint',
      'checkpoint.json',
      'events.out.tfevents.isograd',
      'resume.json',
    ])
    await requireTold(directory, Object.keys(states))
    const one = join(directory, `${names[0]?.split('/')[0]}`)
    expect((await isograd(['resume', one, '--backend', 'reference'])).status).toBe(0)
    const { states: after } = await statesIn(one)
    expect(after).toEqual({
      'events.out.tfevents.isograd': 'whole',
      'record.json': 'whole',
      'weights.safetensors': 'whole',
    })
    await requireTold(one, Object.keys(after))
  })

  test('reads nothing outside of the directory, whatever a record says', async () => {
    const directory = copied()
    const path = join(directory, relu, 'record.json')
    const record = JSON.parse(readFileSync(path, 'utf8')) as object
    writeFileSync(path, JSON.stringify({ ...record, files: { '../runs.json': 'x', '/etc/hostname': 'x' } }))
    const { states } = await statesIn(join(directory, relu))
    expect(states).toEqual({ 'record.json': 'changed', 'weights.safetensors': 'unknown' })
  })

  test('tells of one changed byte in anything that a command has written there', async () => {
    const directory = copied()
    const formats = ['onnx', 'tfjs', 'safetensors'].map((format) => [
      'export',
      join(directory, relu),
      '--format',
      format,
    ])
    const trace = ['trace', fixture('tiny.json'), '--arm', 'relu', '--out', join(directory, 'trace.safetensors')]
    const page = ['report', directory, '--out', join(directory, 'page.html')]
    const checked = ['check', fixture('tiny.json'), '--backend', 'reference', '--arm', 'relu', '--mode', 'step']
    const reports = [
      '--junit',
      join(directory, 'check.xml'),
      '--markdown',
      join(directory, 'check.md'),
      '--out',
      directory,
    ]
    const conforms = ['conformance', 'reference', '--only', 'add*', '--junit', join(directory, 'conformance.xml')]
    for (const command of [...formats, trace, page, [...checked, ...reports], conforms]) {
      // oxlint-disable-next-line no-await-in-loop -- each adds to the same file
      expect(await isograd(command)).toMatchObject({ status: 0 })
    }
    const { status, states } = await statesIn(directory)
    expect([status, [...new Set(Object.values(states))]]).toEqual([0, ['whole']])
    expect(Object.keys(states)).toEqual(expect.arrayContaining([`${relu}/tfjs/model.json`, `${relu}/model.onnx`]))
    await requireTold(directory, Object.keys(states))
  })

  test('tells of one changed byte in what a check and a sweep have written', async () => {
    const directory = temporaryDirectory()
    const places = ['checked', 'swept'].map((name) => join(directory, name))
    const [checked = '', swept = ''] = places
    const check = ['check', fixture('tiny.json'), '--backend', 'reference', '--arm', 'relu', '--mode', 'step']
    writeFileSync(join(directory, 'sweep.json'), JSON.stringify(tiny))
    const sweep = ['sweep', join(directory, 'sweep.json'), '--out', swept, '--workers', '1']
    const commands = [[...check, '--out', checked], sweep]
    const ended = await Promise.all(commands.map((words) => isograd(words)))
    expect(ended.map(({ status }) => status)).toEqual([0, 0])
    const all = await Promise.all(places.map(statesIn))
    expect(all.map(({ status, states }) => [status, [...new Set(Object.values(states))]])).toEqual(
      all.map(() => [0, ['whole']]),
    )
    expect(all.flatMap(({ states }) => Object.keys(states))).toEqual(
      expect.arrayContaining(['check.json', 'report.html', 'digests.json', 'sweep.json']),
    )
    await Promise.all(places.map((path, i) => requireTold(path, Object.keys(all[i]?.states ?? {}))))
    const results = readdirSync(swept).filter((name) => name.startsWith('results-'))
    for (const name of [...results, 'sweep.json']) rmSync(join(swept, name))
    expect(await statesIn(swept)).toMatchObject({
      status: 1,
      states: { [`${results[0]}`]: 'missing', 'sweep.json': 'missing' },
    })
  })

  test('says of what is no directory what it is', async () => {
    const file = join(temporaryDirectory(), 'x')
    writeFileSync(file, '')
    const [missing, regular] = await Promise.all([isograd(['files', 'nowhere']), isograd(['files', file])])
    const expected = 'expected a directory that --out has made: it'
    expect([missing.status, missing.stderr]).toEqual([2, `error: [isograd] nowhere: ${expected} does not exist\n`])
    expect([regular.status, regular.stderr]).toEqual([2, `error: [isograd] ${file}: ${expected} is not a directory\n`])
  })
})

describe.concurrent('weights that are not those of the record', () => {
  const readers: [string, (directory: string) => string[]][] = [
    ['predict', (directory) => ['predict', join(directory, relu)]],
    ['export', (directory) => ['export', join(directory, relu), '--format', 'tfjs']],
    ['compare', (directory) => ['compare', join(directory, relu), join(directory, sigmoid)]],
    ['report', (directory) => ['report', directory, '--out', join(directory, 'page.html')]],
    [
      'check',
      (directory) => ['check', fixture('tiny.json'), '--backend', 'reference', '--against', join(directory, relu)],
    ],
  ]

  test.each(readers)('are refused by %s, which names them', async (_, words) => {
    const directory = copied()
    const name = 'weights.safetensors'
    // Of another run, whole in itself.
    cpSync(join(directory, sigmoid, name), join(directory, relu, name))
    const { status, stderr } = await isograd(words(directory))
    expect(status).toBe(2)
    expect(stderr).toContain(`${join(directory, relu, name)}: damaged: its SHA-256 is not the one in record.json`)
  })

  test('of which a record is another one are refused by resume too, which has nothing to go on with', async () => {
    const directory = copied()
    const path = join(directory, relu, 'record.json')
    writeFileSync(path, readFileSync(path, 'utf8').replace('{', '{"schema":"x",'))
    const { status, stderr } = await isograd(['resume', directory])
    expect([status, stderr]).toEqual([2, expect.stringContaining(`${path}: damaged: its SHA-256 is not the one in`)])
  })

  test('are not asked for where a record of earlier has no digests', async () => {
    const directory = copied()
    const path = join(directory, relu, 'record.json')
    const { files: _, ...record } = JSON.parse(readFileSync(path, 'utf8')) as { files: object }
    writeFileSync(path, JSON.stringify(record))
    // Neither had the plan of an earlier command.
    const plan = join(directory, 'command.json')
    const { files: __, ...earlier } = JSON.parse(readFileSync(plan, 'utf8')) as { files: object }
    writeFileSync(plan, JSON.stringify(earlier))
    expect(await isograd(['predict', join(directory, relu)])).toMatchObject({ status: 0 })
  })
})
