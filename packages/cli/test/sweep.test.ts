/** Sweeps by the built command: workers, joining, shards, signals, trials that end their worker. */
import { appendFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseExactly } from '@isograd/core/compare'
import { openSealedLine, sealedLine, sealedText } from '@isograd/core/node'
import { describe, expect, it } from 'vitest'
import type { DoneEntry, Line } from '../src/documents/sweep-lines.js'
import type { SweepDocument } from '../src/documents/sweep-document.js'
import type { FilesDocument } from '../src/documents/files-document.js'
import { fixture, isograd, outcomeOf, start, temporaryDirectory } from './command.js'
import { tiny } from './tiny-sweep.js'

/** A sweep in a file, in a directory of its own. */
function written(document: unknown): { readonly file: string; readonly out: string; readonly directory: string } {
  const directory = temporaryDirectory()
  const file = join(directory, 'sweep.json')
  writeFileSync(file, JSON.stringify(document))
  return { file, out: join(directory, 'out'), directory }
}

/** True unless an entry may repeat another: a worker that takes a trial over may tell of the same end once more, without its cause. */
function isTold(entry: Line): boolean {
  return entry.outcome !== 'died' || entry.how !== 'unknown'
}

function resultsIn(out: string): Line[] {
  const files = readdirSync(out).filter((name) => name.startsWith('results-'))
  const lines = files.flatMap((name) => readFileSync(join(out, name), 'utf8').split('\n'))
  return lines.filter((line) => line !== '').map((line) => openSealedLine(line) as Line)
}

function doneIn(out: string): DoneEntry[] {
  return resultsIn(out)
    .filter((line) => line.outcome === 'done')
    .toSorted((a, b) => a.trial - b.trial)
}

const jobs = ['--workers', '2', '--json']

function documentIn(stdout: string): SweepDocument {
  return JSON.parse(stdout) as SweepDocument
}

describe.concurrent('isograd sweep', () => {
  it('trains what isograd run trains, number for number', async () => {
    const { file, out, directory } = written(tiny)
    const swept = await isograd(['sweep', file, '--out', out, ...jobs])
    expect(swept).toMatchObject({ status: 0, stderr: '' })
    expect(documentIn(swept.stdout)).toMatchObject({ trials: 6, done: 6, running: 0, failed: 0, left: 0, repeated: 0 })
    const experiment = join(directory, 'experiment.json')
    writeFileSync(experiment, JSON.stringify(tiny.experiment))
    const words = ['--set', 'optimizer.learningRate=0.1', '--seeds', '3', '--backend', 'reference', '--json']
    const { stdout } = await isograd(['run', experiment, ...words])
    const { runs } = JSON.parse(stdout) as {
      runs: { finals: { train: { loss: number } }; epochs: { trainLoss: number }[] }[]
    }
    const own = doneIn(out).slice(3)
    expect(own.map(({ finals, losses }) => [finals['train']?.loss, losses])).toEqual(
      runs.map(({ finals, epochs }) => [finals.train.loss, epochs.map(({ trainLoss }) => trainLoss)]),
    )
    const [best] = documentIn(swept.stdout).settings
    const values = own.map(({ judged }) => judged.value)
    expect(best).toMatchObject({ settings: { 'optimizer.learningRate': 0.1 }, seeds: [0, 1, 2] })
    expect(best?.mean).toBeCloseTo(values.reduce((sum, value) => sum + value, 0) / 3, 12)
  })

  it('is joined by a second command, and a third has nothing to do', async () => {
    const { file, out } = written({ ...tiny, seeds: 20 })
    const both = await Promise.all([1, 2].map(() => isograd(['sweep', file, '--out', out, ...jobs])))
    expect(both.map(({ status }) => status)).toEqual([0, 0])
    expect(doneIn(out).map(({ trial }) => trial)).toEqual([...Array(40).keys()])
    const third = await isograd(['sweep', file, '--out', out])
    expect(third.stdout).toMatch(/sweep\.json: 40 of 40 trials done/)
    expect(readdirSync(join(out, 'claims'))).toEqual([])
  })

  it('sets trials aside that throw or end their worker twice, and does the others', async () => {
    const { experiment: line } = tiny
    const experiment = { ...line, data: { dataset: 'poison' } }
    const grid = { 'data.options.way': ['none', 'throw', 'abort', 'exit'] }
    const { file, out } = written({ experiment, grid, backends: ['reference'], seeds: [5] })
    const outcome = await isograd(['sweep', file, '--out', out, '--use', fixture('poison.js'), ...jobs])
    expect(outcome.status).toBe(3)
    expect(documentIn(outcome.stdout)).toMatchObject({ trials: 4, done: 1, failed: 3, left: 0 })
    const reasons = documentIn(outcome.stdout).failures.map(({ trial, reason }) => [trial, reason])
    expect(Object.fromEntries(reasons)).toEqual({
      1: expect.stringContaining('poisoned'),
      2: 'its process was ended: SIGABRT',
      3: 'its process was ended: status 7',
    })
    expect(outcome.stderr).toContain('was set aside: its process was ended: SIGABRT')
    const tries = resultsIn(out).flatMap((entry) => ('trial' in entry && isTold(entry) ? [entry.trial] : []))
    expect(tries.toSorted((a, b) => a - b)).toEqual([0, 1, 1, 2, 2, 3, 3])
    const words = ['sweep', file, '--out', out, '--use', fixture('poison.js'), ...jobs]
    expect(documentIn((await isograd(words)).stdout).failed).toBe(3)
    const mended = { ...process.env, POISON: 'none' } as Record<string, string>
    const retried = await isograd([...words, '--retry'], { env: mended })
    expect(documentIn(retried.stdout)).toMatchObject({ done: 4, failed: 0 })
    expect(retried.status).toBe(0)
  })

  it('stops at a signal, with nothing lost, and goes on', async () => {
    const { file, out } = written({ ...tiny, seeds: 200 })
    const child = start(['sweep', file, '--out', out, ...jobs])
    const outcome = outcomeOf(child)
    const isBegun = (): boolean => {
      try {
        return doneIn(out).length > 3
      } catch {
        return false
      }
    }
    // oxlint-disable-next-line no-await-in-loop -- looks until something is done
    while (!isBegun()) await sleep(20)
    child.kill('SIGINT')
    const { status, stderr } = await outcome
    expect(status).toBe(130)
    const { length: before } = doneIn(out)
    expect(stderr).toBe(`interrupted; ${before} of 400 trials are done; the same command goes on\n`)
    expect(readdirSync(join(out, 'claims'))).toEqual([])
    expect((await isograd(['sweep', file, '--out', out, ...jobs])).status).toBe(0)
    expect(doneIn(out).map(({ trial }) => trial)).toEqual([...Array(400).keys()])
  })

  it('is merged from shards; lines that were cut off or changed are trained again, others compared', async () => {
    const { file, directory } = written(tiny)
    const parts = [1, 2].map((part) => join(directory, `part${part}`))
    const sharded = await Promise.all(
      parts.map((out, i) => isograd(['sweep', file, '--out', out, '--shard', `${i + 1}/2`, ...jobs])),
    )
    expect(sharded.map(({ status, stdout }) => [status, documentIn(stdout).trials])).toEqual([
      [0, 3],
      [0, 3],
    ])
    const [first = '', second = ''] = parts
    const half = await isograd(['merge', first, '--out', join(directory, 'half'), '--json'])
    expect(half.status).toBe(3)
    const merged = join(directory, 'merged')
    expect((await isograd(['merge', ...parts, '--out', merged])).status).toBe(0)
    expect(doneIn(merged).map(({ trial }) => trial)).toEqual([0, 1, 2, 3, 4, 5])
    const [entry] = doneIn(first)
    const results = join(second, 'results-other.jsonl')
    appendFileSync(results, `${sealedLine({ ...entry, hash: 'f'.repeat(64) })}\n{"trial":1,"out`)
    appendFileSync(results, `\n${sealedLine({ ...entry, hash: 'e'.repeat(64) }).replace('"trial":0', '"trial":1')}\n`)
    const differing = await isograd(['merge', ...parts, '--out', join(directory, 'differing'), '--json'])
    expect(differing.status).toBe(1)
    expect(documentIn(differing.stdout)).toMatchObject({
      done: 6,
      repeated: 1,
      damaged: 2,
      differences: [{ trial: 0 }],
    })
    const { sha256: _, ...mark } = JSON.parse(readFileSync(join(first, 'sweep.json'), 'utf8'))
    writeFileSync(join(first, 'sweep.json'), sealedText({ ...mark, trials: 7 }))
    const refused = await isograd(['merge', first, '--out', join(directory, 'refused')])
    expect([refused.status, refused.stderr]).toEqual([2, expect.stringContaining(`${first}/sweep.json: it was not`)])
    expect(readdirSync(directory)).not.toContain('refused')
    const status = await isograd(['sweep', 'status', second, '--json'])
    expect(documentIn(status.stdout)).toMatchObject({ shard: { part: 2, of: 2 }, done: 3, damaged: 2 })
    const quiet = await isograd(['sweep', 'status', second, '--quiet'])
    expect(quiet.stdout).toMatch(/^[^\n]+: 3 of 3 trials done/)
  })

  it('with halving trains the best of a rung for longer, as if they had been trained at once', async () => {
    const rates = { grid: { 'optimizer.learningRate': [1e-4, 0.01, 0.05, 0.1, 0.2, 10] } }
    const { file, out } = written({ ...tiny, ...rates, stop: { rule: 'halving', factor: 2 } })
    const halved = await isograd(['sweep', file, '--out', out, ...jobs])
    // Rungs of 6, 3, 2 and 1 combinations with three seeds each, for 1, 2, 4 and 5 epochs.
    expect(documentIn(halved.stdout)).toMatchObject({ trials: 36, done: 36, left: 0 })
    const entries = doneIn(out)
    const rungs = [0, 1, 2, 3].map((rung) => entries.filter((entry) => entry.rung === rung))
    expect(rungs.map((rung) => [rung.length, rung[0]?.losses.length])).toEqual([
      [18, 1],
      [9, 2],
      [6, 4],
      [3, 5],
    ])
    const whole = written({ ...tiny, ...rates })
    await isograd(['sweep', whole.file, '--out', whole.out, ...jobs])
    const undivided = doneIn(whole.out)
    expect(entries.map(({ losses }) => losses)).toEqual(
      entries.map(({ trial, losses }) => undivided[trial]?.losses.slice(0, losses.length)),
    )
    expect(rungs[3]?.map(({ hash }) => hash)).toEqual(rungs[3]?.map(({ trial }) => undivided[trial]?.hash))
    expect(documentIn(halved.stdout).settings[0]).toMatchObject({ rung: 3, settings: rungs[3]?.[0]?.settings })
  })

  it('is refused in the directory of another, with what differs', async () => {
    const { file, out } = written(tiny)
    await isograd(['sweep', file, '--out', out, ...jobs])
    writeFileSync(file, JSON.stringify({ ...tiny, seeds: 4 }))
    const { status, stderr } = await isograd(['sweep', file, '--out', out, ...jobs])
    expect(status).toBe(2)
    expect(stderr).toContain('it holds another sweep:\n  sweep.seeds: 3 there, 4 here\n  trials: 6 there, 8 here\n')
    expect((await isograd(['sweep', file, '--out', out, '--shard', '1/2'])).stderr).toContain('another sweep')
  })

  it('leaves its page, which isograd report makes too; two are compared; resume says what goes on', async () => {
    const { file, out, directory } = written(tiny)
    const swept = await isograd(['sweep', file, '--out', out, '--workers', '2'])
    expect(swept.stdout).toMatch(/\n\nreport: .*report\.html\n$/)
    const page = join(directory, 'page.html')
    expect((await isograd(['report', out, '--out', page])).status).toBe(0)
    expect((await isograd(['report', out, '--out', join(out, 'sweep.json')])).status).toBe(2)
    expect(readFileSync(page, 'utf8')).toBe(readFileSync(join(out, 'report.html'), 'utf8'))
    expect(readFileSync(page, 'utf8')).toContain('6 of 6 trials done.')
    const { files } = JSON.parse((await isograd(['files', out, '--json'])).stdout) as FilesDocument
    expect(files.map(({ path, state }) => `${path} ${state}`)).toEqual([
      'digests.json whole',
      'report.html whole',
      expect.stringMatching(/^results-\w+\.jsonl whole$/),
      'sweep.json whole',
    ])
    const other = join(directory, 'other')
    writeFileSync(file, JSON.stringify({ ...tiny, seeds: [1, 2, 3] }))
    await isograd(['sweep', file, '--out', other, ...jobs])
    const compared = await isograd(['compare', out, other, '--json'])
    expect(compared.status).toBe(0)
    expect(JSON.parse(compared.stdout)).toMatchObject({ trainings: 4, equal: 4, alone: [2, 2], combinations: 2 })
    const mixed = await isograd(['compare', directory, out])
    expect([mixed.status, mixed.stderr]).toEqual([2, expect.stringMatching(/is the directory of a sweep, .* is none;/)])
    const resumed = await isograd(['resume', out])
    expect([resumed.status, resumed.stderr]).toEqual([2, expect.stringContaining('isograd sweep FILE --out')])
  })

  it('is told of a sweep of another version, and of a file in the place of claims', async () => {
    const { file, out } = written(tiny)
    await isograd(['sweep', file, '--out', out, ...jobs])
    const mark = parseExactly(readFileSync(join(out, 'sweep.json'), 'utf8')) as Record<string, unknown>
    const { sha256: _, ...own } = mark
    writeFileSync(join(out, 'sweep.json'), sealedText({ ...own, version: '0.0.9' }))
    const earlier = await isograd(['sweep', file, '--out', out, ...jobs])
    expect([earlier.status, earlier.stderr]).toEqual([2, expect.stringMatching(/it is of isograd 0\.0\.9, not of \d/)])
    writeFileSync(join(out, 'sweep.json'), sealedText(own))
    rmSync(join(out, 'claims'), { recursive: true })
    writeFileSync(join(out, 'claims'), '')
    const blocked = await isograd(['sweep', file, '--out', out, ...jobs])
    expect([blocked.status, blocked.stderr]).toEqual([
      2,
      expect.stringContaining('claims: expected a directory, got a'),
    ])
  })

  it('is refused where its data have changed since', async () => {
    const rows = ['a,b,y', '0,1,1', '1,0,3', '2,2,5'].join('\n')
    const { file, out, directory } = written({
      ...tiny,
      experiment: { ...tiny.experiment, data: { path: 'points.csv', target: 'y' } },
    })
    writeFileSync(join(directory, 'points.csv'), rows)
    expect((await isograd(['sweep', file, '--out', out, ...jobs])).status).toBe(0)
    writeFileSync(join(directory, 'points.csv'), rows.replace('5', '6'))
    const { status, stderr } = await isograd(['sweep', file, '--out', out, ...jobs])
    expect(status).toBe(2)
    expect(stderr).toMatch(/it holds another sweep:\n {2}data\.default: "\w+" there, "\w+" here/)
  })

  it.for([
    [
      { ...tiny, grid: { 'optimizer.learningRat': [1] } },
      /learningRat \(line 1 of .*sweep\.json\): .*did you mean "learningRate"\?/,
    ],
    [
      { ...tiny, grid: { 'optimzer.learningRate': [1] } },
      /optimzer \(line 1 of .*sweep\.json\): expected no such field/,
    ],
    [{ ...tiny, backends: ['wsam'] }, /unknown backend "wsam"; did you mean "wasm"\?/],
    [{ ...tiny, experiment: 'keras-13x1' }, /did you mean "keras-13x10"/],
    [{ ...tiny, experiment: 'none.yaml' }, /none\.yaml: there is no such file/],
    [{ ...tiny, set: { 'data.dataset': 'files', 'data.path': 'none.csv' } }, /none\.csv/],
  ] as const)('refuses %#', async ([sweep, message]) => {
    const { file, out } = written(sweep)
    const { status, stderr } = await isograd(['sweep', file, '--out', out])
    expect(stderr).toMatch(message)
    expect(status).toBe(2)
    expect(stderr).not.toMatch(/ {4}at |bug/)
  })
})
