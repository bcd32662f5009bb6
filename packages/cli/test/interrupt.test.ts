/** Signals, sent to a real process while it trains on a backend that takes its time. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { closeSync, constants, existsSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { bin, fixture, type Outcome, outcomeOf, start, temporaryDirectory } from './command.js'

const tiny = fixture('tiny.json')
const slow = `${fixture('fake-adapter')}#slow`

/** Resolves when the process has printed something that matches. */
function printed(child: ChildProcessWithoutNullStreams, pattern: RegExp): Promise<void> {
  let text = ''
  return new Promise((resolve, reject) => {
    child.stderr.on('data', (chunk: Buffer | string) => {
      text += chunk.toString()
      if (pattern.test(text)) resolve()
    })
    child.on('close', () => reject(new Error(`ended without ${String(pattern)}: ${text}`)))
  })
}

async function interrupted(
  args: readonly string[],
  when: RegExp,
  signals: readonly NodeJS.Signals[],
): Promise<Outcome> {
  const child = start(['run', tiny, '--plain', '--epochs', '1000', '--batch-size', '4', ...args])
  const outcome = outcomeOf(child)
  await printed(child, when)
  for (const signal of signals) child.kill(signal)
  return outcome
}

describe.skipIf(process.platform === 'win32').concurrent('signals', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s stops between scans with status %i and leaves nothing', async (signal, status) => {
    const out = join(temporaryDirectory(), 'out')
    const outcome = await interrupted(['--backend', slow, '--jobs', '1', '--out', out], /epoch 100 of 1000|steps/, [
      signal,
    ])
    expect(outcome).toMatchObject({ status, signal: null })
    expect(outcome.stderr).toMatch(
      /^interrupted (before training\n {2}nothing was written|after step \d+ of 16000 \(relu on fake-slow\)\n {2}nothing was written\n {2}with (--out DIR and )?--checkpoint-every STEPS a run can be resumed)$/m,
    )
    expect(outcome.stderr).not.toMatch(/ {4}at |error/)
    expect(existsSync(out)).toBe(false)
  })

  it('stops trainings side by side, of which no failure is told', async () => {
    const outcome = await interrupted(['--backend', slow, '--jobs', '2'], /steps/, ['SIGTERM'])
    expect(outcome).toMatchObject({ status: 143, signal: null })
    expect(outcome.stderr).toMatch(/^interrupted (before|after) /m)
    expect(outcome.stderr).not.toMatch(/ {4}at |error/)
  })

  it('says which runs are finished', async () => {
    const out = temporaryDirectory()
    const args = ['--backend', `reference,${slow}`, '--arm', 'relu', '--epochs', '1', '--jobs', '1', '--out', out]
    const { status, stderr } = await interrupted(args, /relu on fake-slow: \d+ steps/, ['SIGINT'])
    expect(status).toBe(130)
    expect(stderr.replaceAll(/\s+/g, ' ')).toContain(` 1 finished run in ${out} `)
    expect(readdirSync(out).toSorted()).toEqual(['command.json', 'tiny-relu-reference-seed0'])
  })

  it('ends at once at the second signal', async () => {
    const outcome = await interrupted(['--backend', slow], /relu on fake-slow: \d+ steps/, ['SIGINT', 'SIGINT'])
    expect(outcome).toMatchObject({ status: 130, signal: null })
    expect(outcome.stderr).not.toContain('    at ')
  })

  it.each([
    ['check', [], 'SIGINT', 130],
    ['trace', ['--out', 'trace.safetensors'], 'SIGTERM', 143],
    ['run', ['--backend', 'reference', '--jobs', '1'], 'SIGINT', 130],
  ] as const)('%s ends within a second also where a step takes minutes', async (verb, options, signal, status) => {
    const cwd = temporaryDirectory()
    const layers = [1, 2, 3].flatMap(() => [{ type: 'dense', units: 1024 }, { type: 'activation' }])
    const model = { layers: [{ type: 'flatten' }, ...layers, { type: 'dense', units: 10 }] }
    const optimizer = { type: 'sgd', learningRate: 0.1 }
    const heavy = { name: 'heavy', data: { dataset: 'digits' }, model, optimizer, batchSize: 4096, epochs: 1 }
    writeFileSync(join(cwd, 'heavy.json'), JSON.stringify(heavy))
    const child = start([verb, 'heavy.json', ...options], { cwd })
    const outcome = outcomeOf(child)
    await sleep(5000)
    child.kill(signal)
    const begun = performance.now()
    expect(await outcome).toMatchObject({ status, signal: null, stderr: expect.stringContaining('interrupted') })
    // A second is promised where the processor is free; here it is shared with other tests, and the step takes minutes.
    expect(performance.now() - begun).toBeLessThan(10_000)
    expect(readdirSync(cwd)).toEqual(['heavy.json'])
  })

  it.each([
    ['in this thread', ['--backend', 'native', '--jobs', '1'], 'program.c', 'interrupted after step 0'],
    ['in another thread', ['--backend', 'native,wasm', '--jobs', '2'], 'program.c', 'interrupted after step 0'],
    ['when it is asked for its name', ['--backend', 'native'], '--version', 'interrupted; nothing was written'],
  ] as const)('is answered while a compiler hangs %s, which is ended', async (_, options, hangsAt, said) => {
    const cwd = temporaryDirectory()
    const [compiler, mark] = [join(cwd, 'hanging'), join(cwd, 'mark')]
    // It tells its process number where it is to compile, and answers all that it is asked before.
    const script = `case "$*" in *${hangsAt}*) echo $$ > ${mark}; exec sleep 60;; *) exec cc "$@";; esac`
    writeFileSync(compiler, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
    const env = { ISOGRAD_CC: compiler, XDG_CACHE_HOME: cwd }
    const child = start(['run', tiny, '--arm', 'relu', ...options], { cwd, env })
    const outcome = outcomeOf(child)
    // oxlint-disable-next-line no-await-in-loop -- until it is there
    while (!existsSync(mark) || readFileSync(mark, 'utf8') === '') await sleep(50)
    child.kill('SIGINT')
    const begun = performance.now()
    expect(await outcome).toMatchObject({
      status: 130,
      signal: null,
      stderr: expect.stringContaining(said),
    })
    // As above: alone it takes some hundredths of a second.
    expect(performance.now() - begun).toBeLessThan(5000)
    expect(() => process.kill(Number(readFileSync(mark, 'utf8')), 0)).toThrow('ESRCH')
  })

  it.skipIf(process.platform !== 'linux').each(['run', 'check'])(
    '%s goes on without its terminal under nohup',
    async (verb) => {
      const options = verb === 'run' ? ['--epochs', '20'] : ['--mode', 'step']
      const args = [bin, verb, tiny, '--backend', `reference,${slow}`, '--arm', 'relu', ...options]
      // As nohup leaves standard input, which has no terminal here that it would take the place of.
      const stdin = openSync('/dev/null', constants.O_WRONLY)
      const child = spawn(process.execPath, args, { stdio: [stdin, 'pipe', 'pipe'] }) as ChildProcessWithoutNullStreams
      const outcome = outcomeOf(child)
      // Once it has said something it is past the start of Node, which knows nothing of nohup.
      await Promise.race([once(child.stderr, 'data'), once(child.stdout, 'data')])
      child.kill('SIGHUP')
      expect(await outcome).toMatchObject({
        status: 0,
        signal: null,
        stderr: expect.not.stringContaining('interrupted'),
      })
      closeSync(stdin)
    },
  )
})
