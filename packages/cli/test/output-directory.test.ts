/** `--out`: what is written, how, and what happens when it cannot be. */
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { decodeSafetensors, type RunRecord } from '@isograd/core'
import { writeAtomically } from '@isograd/core/node'
import { describe, expect, it } from 'vitest'
import type { RunsDocument } from '../src/documents/runs-document.js'
import { fixture, isograd, outcomeOf, start, temporaryDirectory } from './command.js'
import { tiny as tinySweep } from './tiny-sweep.js'

const tiny = fixture('tiny.json')
const fake = fixture('fake-adapter')
const run = ['run', tiny, '--backend', 'reference', '--arm', 'relu', '--epochs', '1']

function files(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(directory.length + 1))
    .toSorted()
}

describe.concurrent('--out', () => {
  it('of a quiet command is told as well, and nothing else that is on the way', async () => {
    const cwd = temporaryDirectory()
    const quiet = await isograd(['run', tiny, '--backend', 'reference', '--quiet', '--out', 'a'], { cwd })
    expect([quiet.status, quiet.stderr]).toEqual([0, 'written to a\nreport: a/report.html\n'])
    const again = await isograd(['resume', 'a', '--quiet'], { cwd })
    expect(again).toMatchObject({
      status: 0,
      stdout: '',
      stderr: 'a: the run is finished; there is nothing to go on with\n',
    })
  })

  it('writes a record and weights for every run, and the document', async () => {
    const directory = temporaryDirectory()
    const { status, stdout, stderr } = await isograd(
      ['run', tiny, '--backend', 'reference', '--json', '--out', 'a/b'],
      {
        cwd: directory,
      },
    )
    expect(status).toBe(0)
    expect(stderr).toContain('written to a/b\nreport: a/b/report.html\n')
    expect(files(directory)).toEqual([
      'a/b/command.json',
      'a/b/report.html',
      'a/b/runs.json',
      'a/b/tiny-relu-reference-seed0/record.json',
      'a/b/tiny-relu-reference-seed0/weights.safetensors',
      'a/b/tiny-sigmoid-reference-seed0/record.json',
      'a/b/tiny-sigmoid-reference-seed0/weights.safetensors',
    ])
    expect(readFileSync(join(directory, 'a/b/runs.json'), 'utf8')).toBe(stdout)
    const { runs } = JSON.parse(stdout) as RunsDocument
    const record = readFileSync(join(directory, 'a/b/tiny-sigmoid-reference-seed0/record.json'), 'utf8')
    expect(JSON.parse(record)).toEqual(runs[1])
  })

  it('writes the trained weights under the names of the layers', async () => {
    const directory = temporaryDirectory()
    await isograd([...run, '--out', '.'], { cwd: directory })
    const bytes = readFileSync(join(directory, 'tiny-relu-reference-seed0/weights.safetensors'))
    const { tensors, metadata } = decodeSafetensors(bytes)
    expect(Object.entries(tensors).map(([name, { dtype, shape }]) => [name, dtype, shape])).toEqual([
      ['dense1.bias', 'float32', [8]],
      ['dense1.weight', 'float32', [784, 8]],
      ['dense2.bias', 'float32', [10]],
      ['dense2.weight', 'float32', [8, 10]],
    ])
    expect(metadata).toMatchObject({ preset: 'tiny', arm: 'relu', backend: 'reference', seed: '0' })
  })

  it('replaces the files of an earlier run and leaves others alone', async () => {
    const directory = temporaryDirectory()
    const name = join(directory, 'tiny-relu-reference-seed0')
    mkdirSync(name)
    writeFileSync(join(name, 'record.json'), 'old')
    writeFileSync(join(name, 'notes.txt'), 'mine')
    expect(await isograd([...run, '--out', directory])).toMatchObject({ status: 0 })
    const record = JSON.parse(readFileSync(join(name, 'record.json'), 'utf8')) as RunRecord
    expect(record.preset).toBe('tiny')
    expect(files(name)).toEqual(['notes.txt', 'record.json', 'weights.safetensors'])
    expect(readFileSync(join(name, 'notes.txt'), 'utf8')).toBe('mine')
    const quiet = [...run, '--quiet', '--out', '.']
    const again = await isograd(quiet, { cwd: directory })
    expect(again.stderr).not.toContain('warning')
    const other = await isograd([...quiet, '--batch-size', '8', '--json'], { cwd: directory })
    expect(other.stderr).toContain(
      'warning: tiny-relu-reference-seed0: the run of another experiment that is there will be replaced\n' +
        '  batchSize: 16 there, 8 here\n',
    )
  })

  it('warns of a run of other data under the same names that it will replace', async () => {
    const cwd = temporaryDirectory()
    const experiment = JSON.parse(readFileSync(tiny, 'utf8')) as object
    const model = { layers: [{ type: 'dense', units: 1 }] }
    const own = { ...experiment, data: { path: 'rows.csv', target: 'y' }, task: 'regression', model, arms: undefined }
    for (const place of ['one', 'two']) {
      mkdirSync(join(cwd, place))
      writeFileSync(
        join(cwd, place, 'rows.csv'),
        `a,b,y\n${'1,3,2\n2,5,4\n'.repeat(20)}9,9,${place === 'one' ? 1 : 2}\n`,
      )
      writeFileSync(join(cwd, place, 'e.json'), JSON.stringify(own))
    }
    const args = ['--backend', 'reference', '--quiet', '--out', 'runs']
    for (const _ of [1, 2]) {
      // oxlint-disable-next-line no-await-in-loop -- the second replaces the first
      const first = await isograd(['run', 'one/e.json', ...args], { cwd })
      expect([first.status, first.stderr]).toEqual([0, expect.not.stringContaining('warning')])
    }
    const { status, stderr } = await isograd(['run', 'two/e.json', ...args], { cwd })
    expect([status, stderr]).toEqual([
      0,
      expect.stringMatching(/^warning: runs\/tiny.*\n {2}data: SHA-256 of the values \w+ there, \w+ here\n/),
    ])
  })

  it('refuses a file in its place before anything is trained', async () => {
    const directory = temporaryDirectory()
    writeFileSync(join(directory, 'taken'), 'x')
    for (const out of ['taken', 'taken/deeper', '']) {
      // oxlint-disable-next-line no-await-in-loop -- each looks at what the one before left
      const { status, stdout, stderr } = await isograd([...run, '--out', out], { cwd: directory })
      expect([status, stdout]).toEqual([2, ''])
      expect(stderr).toMatch(/^error: \[isograd\] --out: .*expected a directory, got/)
      expect(stderr).not.toMatch(/steps|    at /)
      expect(files(directory)).toEqual(['taken'])
    }
  })

  it.skipIf(process.platform === 'win32')(
    'refuses what is not the place of what is to be written at once',
    async () => {
      const directory = temporaryDirectory()
      writeFileSync(join(directory, 'taken'), '')
      const check = ['check', fixture('tiny.json'), '--backend', 'reference']
      const cases: [args: string[], message: string][] = [
        [
          [...run, '--tensorboard', '/dev/zero'],
          '--tensorboard: /dev/zero: cannot be written: expected a directory, got a device',
        ],
        [[...run, '--out', '/dev/null'], '--out: /dev/null: cannot be written: expected a directory, got a device'],
        [[...check, '--junit', '/dev/zero'], '--junit: /dev/zero: cannot be written: expected a file, got a device'],
        [
          [...check, '--markdown', directory],
          `--markdown: ${directory}: cannot be written: expected a file, got a directory`,
        ],
        [
          [...check, '--junit', join(directory, 'taken', 'x')],
          `expected a directory, got a file at ${join(directory, 'taken')}; name a file that can be written`,
        ],
        [['trace', fixture('tiny.json'), '--out', join(directory, 'none', 'x')], 'none does not exist; name a file'],
        [
          ['selftest', '--results', '/dev/full'],
          '--results: /dev/full: cannot be written: expected a file, got a device',
        ],
        [
          ['bench', '--markdown', '/dev/full'],
          '--markdown: /dev/full: cannot be written: expected a file, got a device',
        ],
        [['report', directory, '--out', ''], '--out: expected a file, got ""'],
      ]
      for (const [args, message] of cases) {
        // oxlint-disable-next-line no-await-in-loop -- each has the processor for itself
        const { status, stdout, stderr } = await isograd(args, { cwd: directory })
        expect([status, stdout, stderr]).toEqual([2, '', expect.stringContaining(message)])
        expect(stderr.trim().split('\n')).toHaveLength(1)
      }
      expect(files(directory)).toEqual(['taken'])
    },
  )

  it.skipIf(process.platform === 'win32')(
    'refuses a file that is read, and one that another option writes',
    async () => {
      const directory = temporaryDirectory()
      const experiment = JSON.parse(readFileSync(tiny, 'utf8')) as object
      writeFileSync(join(directory, 'e.json'), JSON.stringify(experiment))
      writeFileSync(join(directory, 'rows.csv'), `a,y\n${'1,2\n2,3\n'.repeat(20)}`)
      const own = { name: 'own', data: { path: 'rows.csv', target: 'y' }, task: 'regression' }
      writeFileSync(join(directory, 'own.json'), JSON.stringify({ ...experiment, ...own }))
      symlinkSync('e.json', join(directory, 'link.json'))
      linkSync(join(directory, 'e.json'), join(directory, 'hard.json'))
      const before = files(directory)
      const check = ['check', 'e.json', '--backend', 'reference']
      const cases: [args: string[], message: string][] = [
        [
          ['trace', 'e.json', '--out', './e.json'],
          '--out: ./e.json: expected a file of its own, got what is read from e.json;',
        ],
        [
          [...check, '--junit', 'link.json'],
          '--junit: link.json: expected a file of its own, got what is read from e.json;',
        ],
        [
          [...check, '--junit', 'hard.json'],
          '--junit: hard.json: expected a file of its own, got what is read from e.json;',
        ],
        [
          ['compile', 'e.json', '-o', 'e.json'],
          '--out: e.json: expected a file of its own, got what is read from e.json;',
        ],
        [['predict', '.', '--rows', 'rows.csv', '--out', 'rows.csv'], '--out: rows.csv: expected a file of its own'],
        [['report', 'rows.csv', '--out', 'rows.csv'], '--out: rows.csv: expected a file of its own'],
        [['check', 'own.json', '--markdown', 'rows.csv'], '--markdown: rows.csv: expected a file of its own'],
        [
          [...check, '--junit', 'x', '--markdown', './x'],
          '--markdown: ./x: expected a file of its own, got the place of --junit too;',
        ],
      ]
      for (const [args, message] of cases) {
        // oxlint-disable-next-line no-await-in-loop -- each has the processor for itself
        const { status, stdout, stderr } = await isograd(args, { cwd: directory })
        expect([status, stdout, stderr]).toEqual([2, '', expect.stringContaining(message)])
      }
      expect(files(directory)).toEqual(before)
      expect(JSON.parse(readFileSync(join(directory, 'e.json'), 'utf8'))).toEqual(experiment)
    },
  )

  it('refuses a directory in the place of a file before anything is trained, and where there is something to go on with', async () => {
    const name = 'tiny-relu-reference-seed0'
    for (const place of [`${name}/record.json`, `${name}/weights.safetensors`, 'runs.json', 'command.json']) {
      const directory = temporaryDirectory()
      mkdirSync(join(directory, 'o', place), { recursive: true })
      const stderr = `error: [isograd] ${join('o', place)}: expected a file, got a directory; remove it, or name another place\n`
      // oxlint-disable-next-line no-await-in-loop -- each has the processor for itself
      expect(await isograd([...run, '--out', 'o'], { cwd: directory })).toMatchObject({ status: 2, stdout: '', stderr })
      expect(readdirSync(join(directory, 'o'), { recursive: true })).toHaveLength(place.split('/').length)
    }
    const swept = temporaryDirectory()
    writeFileSync(join(swept, 'sweep.json'), JSON.stringify(tinySweep))
    mkdirSync(join(swept, 'o', 'report.html'), { recursive: true })
    const sweep = await isograd(['sweep', 'sweep.json', '--out', 'o'], { cwd: swept })
    expect([sweep.status, sweep.stderr]).toEqual([2, expect.stringContaining('report.html: expected a file, got')])
    const directory = temporaryDirectory()
    await isograd([...run, '--out', directory])
    rmSync(join(directory, name, 'record.json'))
    mkdirSync(join(directory, name, 'record.json'))
    const { status, stderr } = await isograd(['resume', directory])
    expect([status, stderr]).toEqual([2, expect.stringContaining('record.json: expected a file, got a directory;')])
  })

  it.skipIf(process.getuid?.() === 0 || process.platform === 'win32')(
    'refuses one that cannot be written',
    async () => {
      const directory = temporaryDirectory()
      chmodSync(directory, 0o500)
      const { status, stderr } = await isograd([...run, '--out', join(directory, 'x')])
      expect(status).toBe(2)
      expect(stderr).toContain('no permission to write there')
    },
  )

  it.skipIf(process.platform !== 'linux')('refuses a place where no directory can be', async () => {
    for (const out of ['/proc/isograd', '/proc/isograd/deeper', '/proc']) {
      // oxlint-disable-next-line no-await-in-loop -- each has the processor for itself
      const { status, stderr } = await isograd([...run, '--out', out])
      expect(status).toBe(2)
      expect(stderr).toContain(`error: [isograd] --out: ${out}: `)
    }
  })

  it('leaves no directory behind when nothing was written', async () => {
    const directory = temporaryDirectory()
    const { status } = await isograd([...run, '--backend', `${fake}#absent`, '--out', 'a/b'], { cwd: directory })
    expect(status).toBe(3)
    expect(readdirSync(directory)).toEqual([])
  })

  it.each([
    ['run', [...run, '--tensorboard', 'absent/../events']],
    ['check', ['check', tiny, '--backend', 'reference', '--arm', 'relu', '--mode', 'ops', '--steps', '1']],
    ['atlas', ['atlas', '--backend', 'reference', '--only', 'abs', '--samples', '10']],
  ])('of %s may lead over a directory that is not there', async (_, args) => {
    const cwd = temporaryDirectory()
    const { status, stderr } = await isograd([...args, '--out', 'absent/../rr/'], { cwd })
    expect([status, stderr]).toEqual([0, expect.not.stringContaining('absent')])
    expect(readdirSync(cwd)).toEqual(args.includes('--tensorboard') ? ['events', 'rr'] : ['rr'])
    expect(readdirSync(join(cwd, 'rr'))).not.toContain('run.lock')
  })

  it.skipIf(process.platform === 'win32')('is told of a link that leads nowhere, and leaves it', async () => {
    const cwd = temporaryDirectory()
    symlinkSync('absent', join(cwd, 'link'))
    for (const out of ['link', 'link/deeper']) {
      // oxlint-disable-next-line no-await-in-loop -- each looks at what the one before left
      const { status, stderr } = await isograd(['atlas', '--out', out], { cwd })
      expect(status).toBe(2)
      expect(stderr).toMatch(/expected a directory, got a link to what is not there at .*link; name a directory/)
      expect(readdirSync(cwd)).toEqual(['link'])
    }
  })

  it('replaces links that lie where its files are to go, and leaves alone what they lead to', async () => {
    const directory = temporaryDirectory()
    const victim = join(temporaryDirectory(), 'victim')
    writeFileSync(victim, 'precious')
    const inRun = ['record.json', 'weights.safetensors', 'stretches.json', 'resume.json']
    const name = 'tiny-relu-reference-seed0'
    mkdirSync(join(directory, name))
    const places = [...inRun.map((file) => join(name, file)), 'runs.json', 'report.html']
    for (const place of places) symlinkSync(victim, join(directory, place))
    const { status, stderr } = await isograd([...run, '--checkpoint-every', '2', '--out', directory])
    expect([status, stderr]).toEqual([0, expect.stringContaining('written to')])
    expect(readFileSync(victim, 'utf8')).toBe('precious')
    for (const place of files(directory)) expect(lstatSync(join(directory, place)).isFile()).toBe(true)
    expect(readFileSync(join(directory, name, 'record.json'), 'utf8')).toContain('"preset": "tiny"')
  })

  it('takes nothing for its lock that is none, and reads no link there', async () => {
    const directory = temporaryDirectory()
    writeFileSync(join(directory, 'victim'), 'precious')
    symlinkSync('victim', join(directory, 'run.lock'))
    const { status, stderr } = await isograd([...run, '--out', directory])
    expect([status, stderr]).toEqual([2, expect.stringMatching(/run\.lock there is not a lock that can be read/)])
    expect(files(directory)).toEqual(['victim'])
  })

  it('belongs to one command at a time', async () => {
    const directory = temporaryDirectory()
    const first = start([
      'run',
      tiny,
      '--backend',
      `${fake}#slow`,
      '--epochs',
      '1000',
      '--jobs',
      '1',
      '--plain',
      '--out',
      directory,
    ])
    const ended = outcomeOf(first)
    await new Promise((resolve) => {
      first.stderr.once('data', resolve)
    })
    const second = await isograd([...run, '--out', directory])
    expect(second.status).toBe(2)
    expect(second.stderr).toMatch(
      new RegExp(`^error: .*${directory}: in use by process ${first.pid} on .*; wait for it, or`),
    )
    first.kill('SIGTERM')
    expect(await ended).toMatchObject({ status: 143 })
    expect(await isograd([...run, '--out', directory])).toMatchObject({ status: 0 })
    expect(files(directory)).not.toContain('run.lock')
  })

  it('does not follow a link that lies where a run is to go', async () => {
    const [directory, elsewhere] = [temporaryDirectory(), temporaryDirectory()]
    symlinkSync(elsewhere, join(directory, 'tiny-relu-reference-seed0'), 'dir')
    const { status, stderr } = await isograd([...run, '--out', directory])
    expect([status, stderr]).toEqual([2, expect.stringContaining('expected a directory, got a link')])
    expect(readdirSync(elsewhere)).toEqual([])
  })

  it('keeps what the other backends made when one fails', async () => {
    const directory = temporaryDirectory()
    const backends = `reference,${fake}#broken-compile`
    const { status } = await isograd([...run, '--backend', backends, '--out', directory])
    expect(status).toBe(3)
    const { failures } = JSON.parse(readFileSync(join(directory, 'runs.json'), 'utf8')) as RunsDocument
    expect(failures.map(({ message }) => message)).toEqual([
      '[fake-broken-compile] compile failed: cannot read the stars',
    ])
    expect(existsSync(join(directory, 'tiny-relu-reference-seed0/record.json'))).toBe(true)
  })
})

describe('writeAtomically', () => {
  it('replaces a file', () => {
    const path = join(temporaryDirectory(), 'x')
    writeAtomically(path, 'one')
    writeAtomically(path, Uint8Array.of(1, 2))
    expect([...readFileSync(path)]).toEqual([1, 2])
  })

  it('leaves the old file and nothing else when it fails', () => {
    const directory = temporaryDirectory()
    mkdirSync(join(directory, 'x'))
    expect(() => writeAtomically(join(directory, 'x'), 'new')).toThrow(/EISDIR|ENOTEMPTY|EEXIST|EPERM/)
    expect(readdirSync(directory)).toEqual(['x'])
  })
})
