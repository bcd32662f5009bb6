/** Rules for the line of every verb: repeated options, help that fits, and standard output that cannot be written. */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { RunsDocument } from '../src/documents/runs-document.js'
import { verbs } from '../src/verbs.js'
import { bin, fixture, isograd, start, temporaryDirectory } from './command.js'

const tiny = fixture('tiny.json')

/** Standard error and status of a process whose standard output is a file. */
async function endOf(child: ChildProcess): Promise<{ status: number | null; stderr: string }> {
  let stderr = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const status = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return { status, stderr }
}

/** Runs the command with nobody to read what it prints. */
function unread(args: readonly string[]): ReturnType<typeof endOf> {
  const child = start(args)
  child.stdout.destroy()
  return endOf(child)
}

describe.concurrent('an option of names that is given twice', () => {
  it('has both', async () => {
    const { stdout } = await isograd(
      ['run', tiny, '--json', '--backend', 'reference', '-b', 'tfjs-cpu', '--arm', 'sigmoid', '--arm=relu'],
      {},
    )
    const { runs } = JSON.parse(stdout) as RunsDocument
    expect(runs.map(({ arm, backend }) => `${arm} ${backend}`)).toEqual([
      'sigmoid reference',
      'sigmoid tfjs-cpu',
      'relu reference',
      'relu tfjs-cpu',
    ])
  })
})

describe.concurrent('help', () => {
  it.each(Object.keys(verbs))('of %s fits on a terminal and shows no empty default', async (verb) => {
    const { status, stdout } = await isograd([verb, '--help'])
    expect(status).toBe(0)
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([])
    expect(stdout).not.toContain('default: []')
    // Examples come first, and once.
    const places = [...stdout.matchAll(/^Examples?:$/gm)].map(({ index }) => index)
    const help = (await verbs[verb]?.load())?.verb.help ?? ''
    expect(places).toHaveLength(/^Examples?:$/m.test(help) ? 1 : 0)
    expect(places.every((place) => place < stdout.indexOf('Usage: '))).toBe(true)
  })

  it('is that of the verb behind another, whose options are its own', async () => {
    const { status, stdout } = await isograd(['sweep', 'status', '--help'])
    expect([status, stdout]).toEqual([0, expect.stringContaining('Usage: isograd sweep status [options] <directory>')])
    expect(stdout).not.toContain('--workers')
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([])
  })
})

describe.concurrent('flags of every verb', () => {
  const run = ['run', tiny, '--arm', 'relu', '--backend', 'reference', '--quiet']

  it('--verbose tells on standard error what is done, and when, before the verb or behind it', async () => {
    const [plain, before, behind] = await Promise.all([
      isograd(run),
      isograd(['--verbose', ...run]),
      isograd([...run, '--verbose']),
    ])
    expect(plain.stderr).not.toMatch(/^\[\d/m)
    for (const { status, stderr } of [before, behind]) {
      expect(status).toBe(0)
      expect(stderr).toMatch(/^\[\d+\.\d\d s\] digits: \d+ samples, from /m)
      expect(stderr).toMatch(/^\[\d+\.\d\d s\] reference: loaded, @isograd\/core \d/m)
    }
  })

  it('--verbose tells of wrong input where it was found', async () => {
    const [plain, verbose] = await Promise.all([isograd(['run', 'nothing']), isograd(['run', 'nothing', '--verbose'])])
    expect([plain.status, verbose.status]).toEqual([2, 2])
    expect(plain.stderr).not.toContain('    at ')
    expect(verbose.stderr.startsWith(plain.stderr.trimEnd())).toBe(true)
    expect(verbose.stderr).toContain('    at ')
  })

  it('--no-color wins over FORCE_COLOR', async () => {
    const env = { FORCE_COLOR: '1' }
    const [colored, plain] = await Promise.all([
      isograd(['run', 'nothing'], { env }),
      isograd(['--no-color', 'run', 'nothing'], { env }),
    ])
    expect(colored.stderr).toContain('\u001b[')
    expect(plain.stderr).not.toContain('\u001b[')
  })

  it('behind two dashes are words like others', async () => {
    const { status, stderr } = await isograd(['run', '--', '--verbose'])
    expect([status, stderr]).toEqual([2, expect.stringContaining('"--verbose"')])
  })
})

it('the README has a row for every verb', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const rows = [...readme.matchAll(/^\| `isograd ([a-z]+)[` ]/gm)].map(([, verb]) => verb)
  expect(new Set(rows)).toEqual(new Set(Object.keys(verbs)))
})

describe.concurrent('standard output', () => {
  it('that is full is told, and is no fault of the command', async ({ skip }) => {
    skip(!existsSync('/dev/full'), 'this system has no /dev/full')
    const full = openSync('/dev/full', 'w')
    const child = spawn(process.execPath, [bin, 'list'], { stdio: ['ignore', full, 'pipe'] })
    closeSync(full)
    const { status, stderr } = await endOf(child)
    expect(status).toBe(2)
    expect(stderr).toMatch(/^error: \[isograd\] standard output cannot be written: ENOSPC/)
    expect(stderr).not.toContain('bug')
  })

  it('that is full ends no command that is to leave files before they are there', async ({ skip }) => {
    skip(!existsSync('/dev/full'), 'this system has no /dev/full')
    const full = openSync('/dev/full', 'w')
    const out = temporaryDirectory()
    const words = ['run', tiny, '--arm', 'relu', '--backend', 'reference', '--out', out]
    const child = spawn(process.execPath, [bin, ...words], { stdio: ['ignore', full, 'pipe'] })
    closeSync(full)
    const { status, stderr } = await endOf(child)
    expect([status, stderr]).toEqual([2, expect.stringContaining('standard output cannot be written: ENOSPC')])
    expect(readdirSync(out)).toEqual(expect.arrayContaining(['report.html', 'runs.json', 'tiny-relu-reference-seed0']))
  })

  it('whose reader leaves ends what is only printed, and not what is to leave files', async () => {
    const train = ['run', tiny, '--arm', 'relu', '--backend', 'reference']
    const out = temporaryDirectory()
    expect(await unread([...train, '--out', out])).toMatchObject({ status: 0 })
    expect(readdirSync(out)).toEqual(expect.arrayContaining(['report.html', 'runs.json', 'tiny-relu-reference-seed0']))
    expect(await unread(train)).toMatchObject({ status: 141 })
  })
})

it('a run leaves nothing in the home and in the temporary directory, usage data of a runtime neither', async () => {
  const [home, temporary] = [temporaryDirectory(), temporaryDirectory()]
  const env = { HOME: home, XDG_CACHE_HOME: home, TMPDIR: temporary, TEMP: temporary }
  const { status } = await isograd(['run', tiny, '--backend', 'onnx,tfjs-wasm'], { env })
  expect(status).toBe(0)
  expect([...readdirSync(home), ...readdirSync(temporary)]).toEqual([])
})
