/** `isograd report`: what it reads, what it writes, and what it says of everything else. */
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { remarksPage } from '@isograd/core/compare'
import { fixture, isograd, temporaryDirectory } from './command.js'

const directory = temporaryDirectory()
const runs = join(directory, 'runs')
const one = join(runs, 'tiny-relu-reference-seed0')

function report(...args: readonly string[]) {
  return isograd(['report', ...args], { cwd: directory })
}

/** Names of the experiments' series: arms and backends. */
function seriesIn(page: string): { readonly arms: readonly string[]; readonly backends: readonly string[] } {
  const [, json = ''] = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(page) ?? []
  const { sections } = JSON.parse(json) as {
    readonly sections: readonly { readonly arms: readonly string[]; readonly backends: readonly string[] }[]
  }
  const [first] = sections
  return { arms: first?.arms ?? [], backends: first?.backends ?? [] }
}

beforeAll(async () => {
  const { status } = await isograd(
    ['run', fixture('tiny.json'), '--backend', 'reference', '--out', 'runs', '--quiet'],
    {
      cwd: directory,
    },
  )
  if (status !== 0) throw new Error('the run did not end well')
})

describe('isograd report', () => {
  test('makes report.html of a directory of runs; so does the run itself', async () => {
    const { status, stderr } = await report('runs')
    expect([status, stderr]).toEqual([0, 'written to report.html\n'])
    expect(readFileSync(join(directory, 'report.html'), 'utf8')).toBe(readFileSync(join(runs, 'report.html'), 'utf8'))
  })

  test.each(['runs/runs.json', 'runs', 'runs/tiny-relu-reference-seed0'])('reads %s', async (path) => {
    expect((await report(path, '--out', 'page.html')).status).toBe(0)
    const { arms, backends } = seriesIn(readFileSync(join(directory, 'page.html'), 'utf8'))
    expect(arms).toEqual(path.endsWith('seed0') ? ['relu'] : ['relu', 'sigmoid'])
    expect(backends).toEqual(['reference'])
  })

  test('keeps runs of one name from two places apart', async () => {
    expect((await report('runs', 'runs', '--out', 'page.html')).status).toBe(0)
    expect(seriesIn(readFileSync(join(directory, 'page.html'), 'utf8')).backends).toEqual([
      'reference (runs)',
      'reference (runs) (2)',
    ])
  })

  test('calls the runs of several people by what tells their paths apart', async () => {
    const paths = ['anna', 'ben'].map((name) => join('class', name, 'lesson'))
    for (const path of paths) cpSync(runs, join(directory, path), { recursive: true })
    expect((await report(...paths, '--out', 'page.html')).status).toBe(0)
    const page = readFileSync(join(directory, 'page.html'), 'utf8')
    expect(seriesIn(page).backends).toEqual(['reference (anna)', 'reference (ben)'])
    expect(page).toContain('<legend>Runs</legend>')
  })

  test('compares no runs of different experiments, and says what differs', async () => {
    const args = ['--backend', 'reference', '--out', 'BEN', '--quiet', '--set', 'batchSize=8']
    expect((await isograd(['run', fixture('tiny.json'), ...args], { cwd: directory })).status).toBe(0)
    expect((await report('runs', 'BEN', '--out', 'page.html')).status).toBe(0)
    const page = readFileSync(join(directory, 'page.html'), 'utf8')
    expect(seriesIn(page)).toMatchObject({ backends: ['reference (runs)', 'reference (BEN)'] })
    const said = page.replaceAll(/<script.*?<\/script>|<[^>]*>/gs, '').replaceAll(/\s+/g, ' ')
    expect(said).toContain('4 runs on 1 backend ')
    expect(said).toContain('Nothing was compared: no two runs here are of one experiment, arm and seed.')
    expect(said).toMatch(
      /reference \(runs\) and reference \(BEN\) are of different experiments, and not compared: .*batchSize: \d+ and 8/,
    )
    expect(said).not.toMatch(/Do the backends agree|Distance between backends|Next:/)
  })

  test('reads the records of a command that was stopped', async () => {
    const stopped = join(directory, 'stopped')
    mkdirSync(stopped)
    renameSync(one, join(stopped, 'one'))
    expect((await report('stopped', '--out', 'page.html')).status).toBe(0)
    renameSync(join(stopped, 'one'), one)
    rmSync(stopped, { recursive: true })
  })

  test('reads what later commands have left in the same directory, and nothing of a run that they replaced', async () => {
    const several = join(directory, 'several')
    const into = (...args: readonly string[]) =>
      isograd(['run', fixture('tiny.json'), '--backend', 'reference', '--out', 'several', '--quiet', ...args], {
        cwd: directory,
      })
    expect((await into()).status).toBe(0)
    const older = readFileSync(join(several, 'runs.json'), 'utf8')
    expect((await into('--arm', 'relu', '--epochs', '1')).status).toBe(0)
    expect((await report('several', '--out', 'page.html')).status).toBe(0)
    expect(seriesIn(readFileSync(join(directory, 'page.html'), 'utf8'))).toEqual({
      arms: ['relu', 'sigmoid'],
      backends: ['reference'],
    })
    // As if the first document had stayed: the run that was trained anew counts as it is now.
    writeFileSync(join(several, 'runs.json'), older)
    expect((await report('several', '--out', 'page.html')).status).toBe(0)
    const page = readFileSync(join(directory, 'page.html'), 'utf8')
    expect(seriesIn(page)).toEqual({ arms: ['sigmoid', 'relu'], backends: ['reference'] })
    expect([...page.matchAll(/"label":"epoch"[^}]*"domain":\[1,2\]/g)].length).toBeGreaterThan(0)
    expect(page).toContain('"xs":[[1,2],[1]]')
  })

  test('carries no address of anything', () => {
    const page = readFileSync(join(runs, 'report.html'), 'utf8')
    const addresses = [...page.matchAll(/\b(?:src|href|action)="([^"]*)"/g)].map(([, address]) => address)
    // A link to the documentation is followed by readers alone.
    expect(addresses.filter((address) => !address?.startsWith('#') && address !== remarksPage)).toEqual([])
    const named = page.match(/https?:\/\/[^"'\s<)`]*/g) ?? []
    expect(named.filter((address) => address !== 'http://www.w3.org/2000/svg' && address !== remarksPage)).toEqual([])
  })
})

describe('what is no run', () => {
  test.each([
    ['nowhere', 'nowhere: there is no such file or directory; expected a run, a directory of runs, or a runs.json'],
    ['empty', 'empty: expected runs.json or record.json in it; name a directory that --out has made'],
    ['text.json', 'text.json: expected JSON'],
    ['other.json', 'other.json: expected a record of the schema "isograd.run/2", got "other/1"'],
    ['damaged.json', 'damaged.json: runs[1]: losses: expected'],
  ])('%s', async (path, message) => {
    mkdirSync(join(directory, 'empty'), { recursive: true })
    writeFileSync(join(directory, 'text.json'), 'this is text')
    writeFileSync(join(directory, 'other.json'), '{ "schema": "other/1" }')
    const document = JSON.parse(readFileSync(join(runs, 'runs.json'), 'utf8')) as { runs: Record<string, unknown>[] }
    const [, second] = document.runs
    if (second !== undefined) second['losses'] = 'many'
    writeFileSync(join(directory, 'damaged.json'), JSON.stringify(document))
    const { status, stderr } = await report(path, '--out', 'never.html')
    expect(status).toBe(2)
    expect(stderr).toContain(message)
    expect(stderr).not.toMatch(/^ {4}at /m)
  })

  test('a page that cannot be written', async () => {
    const { status, stderr } = await report('runs', '--out', 'nowhere/page.html')
    expect(status).toBe(2)
    expect(stderr).toMatch(/--out: nowhere\/page\.html: cannot be written/)
  })
})
