/** `--jobs`: several trainings at once print, write and fail as they do one after the other. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { fixture, isograd, outcomeOf, start, temporaryDirectory } from './command.js'

const tiny = fixture('tiny.json')
const threads = fixture('thread-adapter')
const slow = `${fixture('fake-adapter')}#slow`

/** Text without what a clock has measured. */
function timeless(text: string): string {
  return text
    .replace(/"(seconds|epochSeconds)": ?[\d.e-]+/g, '"$1": 0')
    .replace(/^.* steps\/s.*$|^ {2}seconds: .*\n/gm, '')
    .replace(/ +\d+\.\d{3}$/gm, '')
    .replace(/( +[\d,.]+){2}( +-?[\d.]+)$/gm, '$2')
}

/** A document without what a clock has measured and what tells how many jobs there were. */
function timelessDocument(text = ''): unknown {
  return JSON.parse(text, (key, value: unknown) => (['seconds', 'environment'].includes(key) ? undefined : value))
}

describe.concurrent('isograd run --jobs', () => {
  it('writes and prints with 2 what it does with 1, but for times', async () => {
    const outs = [temporaryDirectory(), temporaryDirectory()] as const
    const args = ['run', tiny, '--backend', `onnx,reference,${threads}`]
    const [one, two] = await Promise.all(
      outs.map((out, i) => isograd([...args, '--out', out, '--jobs', String(i + 1)])),
    )
    expect([one?.status, two?.status]).toEqual([0, 0])
    expect(timeless(two?.stdout ?? '')).toBe(timeless(one?.stdout ?? ''))
    expect(two?.stdout).toContain('  seconds: measured while 2 runs shared the machine\n')
    expect(one?.stdout).not.toContain('shared the machine')
    const pages = outs.map((out) => readFileSync(join(out, 'report.html'), 'utf8'))
    const said = pages.map((page) => page.match(/measured while 2 runs shared the machine/g)?.length ?? 0)
    // Above the table of all runs, beside their speed, and beside the machine that they ran on.
    expect(said).toEqual([0, 3])
    const runs = readdirSync(outs[0]).filter((name) => name.startsWith('tiny-'))
    expect(runs).toHaveLength(6)
    for (const run of runs) {
      const [a, b] = outs.map((out) => readFileSync(join(out, run, 'weights.safetensors')))
      expect(b?.equals(a ?? Buffer.of())).toBe(true)
      const [c, d] = outs.map((out) => timeless(readFileSync(join(out, run, 'record.json'), 'utf8')))
      expect(d).toBe(c)
    }
    const [c, d] = outs.map((out) => JSON.parse(readFileSync(join(out, 'runs.json'), 'utf8')) as Document)
    expect(d?.runs.map(({ arm, backend }) => [arm, backend])).toEqual(c?.runs.map(({ arm, backend }) => [arm, backend]))
    expect(d?.agreement).toEqual(c?.agreement)
    expect([c?.environment.jobs, d?.environment.jobs]).toEqual([1, 2])
  })

  it('names each run in the lines of progress and of the log', async () => {
    const { stderr } = await isograd(['run', tiny, '--backend', 'reference', '--jobs', '2', '--quiet', '--json'])
    expect(stderr).toBe('')
    const log = await isograd(['run', tiny, '--backend', 'reference', '--jobs', '2', '--json', '--log-every', '2'])
    const lines = log.stderr.trimEnd().split('\n')
    for (const arm of ['relu', 'sigmoid']) {
      const own = lines.filter((line) => line.startsWith(`[${arm} on reference] `))
      expect(own.map((line) => /epoch (\d), step (\d)/.exec(line)?.slice(1).join())).toEqual([
        undefined,
        '1,1',
        '1,3',
        undefined,
        '2,1',
        '2,3',
        undefined,
        undefined,
      ])
    }
    expect(lines.every((line) => /^\[(relu|sigmoid) on reference\] /.test(line))).toBe(true)
  })

  it('goes on when a thread ends, and tells which run that was', async () => {
    const { status, stdout, stderr } = await isograd([
      'run',
      tiny,
      '--backend',
      `${threads}#exits-on-relu,reference`,
      '--jobs',
      '2',
      '--json',
    ])
    expect(status).toBe(3)
    const { runs, failures } = JSON.parse(stdout) as Document
    expect(runs.map(({ arm, backend }) => `${arm} ${backend}`)).toEqual([
      'relu reference',
      'sigmoid thread-exits-on-relu',
      'sigmoid reference',
    ])
    expect(failures).toEqual([
      {
        preset: 'tiny',
        arm: 'relu',
        backend: 'thread-exits-on-relu',
        message: expect.stringMatching(/ended the process with status 7 \(in .*scan of "tiny\//),
      },
    ])
    expect(stderr).toMatch(/^error: relu on thread-exits-on-relu: .*ended the process with status 7/m)
    expect(stderr).not.toContain('    at ')
  })

  it('trains several at once on a backend that lives in the main thread of its process alone', async () => {
    const args = ['run', tiny, '--json', '--jobs', '2', '--backend', `${threads}#main-only`]
    const { status, stdout } = await isograd(args)
    const { runs, environment } = JSON.parse(stdout) as Document
    expect([status, runs.length, environment.jobs]).toEqual([0, 2, 2])
  })

  it('tells an error that an adapter lets slip as a failure of its run', async () => {
    const { status, stderr } = await isograd([
      'run',
      tiny,
      '--backend',
      `${fixture('fake-adapter')}#stray,reference`,
      '--jobs',
      '2',
      '--json',
    ])
    expect(status).toBe(3)
    expect(stderr).toMatch(
      /^error: relu on fake-stray: \[fake-stray\] an error was thrown outside of any call: planted/m,
    )
  })

  it('fails as soon as one run cannot be trained, and leaves nothing', async () => {
    const out = join(temporaryDirectory(), 'out')
    const args = ['--backend', 'reference', '--batch-size', '500', '--jobs', '2', '--out', out]
    const { status, stderr } = await isograd(['run', fixture('dropping.json'), ...args])
    expect(status).toBe(2)
    expect(stderr).toMatch(/batchSize: 500 is more than the 64 training samples/)
    expect(stderr.match(/error/g)).toHaveLength(1)
  })

  it.each(['0', '-1', '1.5', '257', '1e3', 'all', '', ' 2'])('refuses %j', async (jobs) => {
    for (const verb of [
      ['run', tiny],
      ['suite', '--preset', 'softmax-linear'],
    ]) {
      // oxlint-disable-next-line no-await-in-loop
      const { status, stdout, stderr } = await isograd([...verb, '--backend', 'reference', `--jobs=${jobs}`])
      expect([status, stdout]).toEqual([2, ''])
      expect(stderr).toContain(`--jobs: expected a whole number from 1 to 256 or auto, got "${jobs}"`)
    }
  })

  it('trains presets and seeds of a suite at once, and prints them in order', async () => {
    const suite = ['suite', '--dataset', 'digits', '--limit', '200', '--epochs', '1', '--seeds', '2']
    const args = [...suite, '--preset', 'softmax-linear,nn-3layer', '--json']
    const [one, two] = await Promise.all([1, 2].map((jobs) => isograd([...args, '--jobs', String(jobs)])))
    expect([one?.status, two?.status]).toEqual([0, 0])
    expect(timelessDocument(two?.stdout)).toEqual(timelessDocument(one?.stdout))
    const printed = await isograd([...args.slice(0, -1), '--jobs', '2', '--plain'])
    expect(printed.stderr).toMatch(/^softmax-linear: none on onnx, seed 1: \d+ steps$/m)
    const headings = [...printed.stdout.matchAll(/^── (\S+) ─/gm)].map(([, name]) => name)
    expect(headings).toEqual(['softmax-linear', 'nn-3layer', 'suite'])
    expect(printed.stdout).toContain('  seconds: measured while 2 runs shared the machine\n')
  })
})

interface Document {
  readonly environment: { readonly jobs?: number }
  readonly runs: readonly { readonly arm: string; readonly backend: string }[]
  readonly agreement: readonly unknown[]
  readonly failures: readonly unknown[]
}

/** Interrupts a command when it has printed something. */
async function interrupted(args: readonly string[], when: RegExp): Promise<Awaited<ReturnType<typeof outcomeOf>>> {
  const child = start([...args, '--plain'])
  const outcome = outcomeOf(child)
  let [text, sent] = ['', false]
  child.stderr.on('data', (chunk: Buffer | string) => {
    text += chunk.toString()
    if (sent || !when.test(text)) return
    sent = true
    child.kill('SIGINT')
  })
  return outcome
}

describe.skipIf(process.platform === 'win32').concurrent('an interruption', () => {
  it('leaves a checkpoint of every run, and each goes on to the same bits', async () => {
    const [stopped, whole] = [temporaryDirectory(), temporaryDirectory()]
    const args = ['run', tiny, '--backend', slow, '--epochs', '60', '--batch-size', '8', '--jobs', '2']
    const [outcome, done] = await Promise.all([
      interrupted(
        [...args, '--out', stopped, '--checkpoint-every', '50'],
        /relu on fake-slow: epoch[^]*sigmoid on fake-slow: epoch|sigmoid on fake-slow: epoch[^]*relu on fake-slow: epoch/,
      ),
      isograd([...args, '--out', whole]),
    ])
    expect([outcome.status, done.status]).toEqual([130, 0])
    expect(outcome.stderr).toMatch(
      /^interrupted after step \d+ of 480 \(relu on fake-slow\) and step \d+ of 480\s+\(sigmoid on fake-slow\)\n {2}go on with it: isograd resume \S+$/m,
    )
    const names = ['tiny-relu-fake-slow-seed0', 'tiny-sigmoid-fake-slow-seed0']
    const resumed = await Promise.all(
      names.map((name) => isograd(['resume', join(stopped, name), '--backend', slow, '--json'])),
    )
    expect(resumed.map(({ status }) => status)).toEqual([0, 0])
    for (const name of names) {
      const [a, b] = [whole, stopped].map((out) => readFileSync(join(out, name, 'weights.safetensors')))
      expect(b?.equals(a ?? Buffer.of())).toBe(true)
      const [c, d] = [whole, stopped].map((out) => timeless(readFileSync(join(out, name, 'record.json'), 'utf8')))
      expect(d).toBe(c)
    }
  })

  it('does not wait for a scan that never ends', async () => {
    const args = ['run', tiny, '--backend', `${threads}#spins`, '--jobs', '2']
    const { status, stderr } = await interrupted(args, /sigmoid on thread-spins: 8 steps/)
    expect(status).toBe(130)
    expect(stderr).toMatch(
      /interrupted after step 0 of 8 \(relu on thread-spins\) and step 0 of 8 \(sigmoid\s+on thread-spins\)\n {2}nothing was written\n {2}with --out DIR and --checkpoint-every STEPS a run can be resumed\n$/,
    )
  })
})
