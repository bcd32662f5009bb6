/** Backends in a page of a real browser: the same bits, and every way in which a page, a GPU or a browser may be missing or go. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { fixture, isograd, type Outcome, outcomeOf, start } from './command.js'

const programs = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
/** Where changes are checked there must be a browser: the tests fail without one. */
const noBrowser = !programs.some((path) => existsSync(path)) && process.env['CI'] === undefined

interface Run {
  readonly backend: string
  readonly backendInfo: { readonly versions: Readonly<Record<string, string>>; readonly device: string }
  readonly epochs: readonly { readonly trainLoss: number }[]
  readonly probes: unknown
}

describe.skipIf(noBrowser)('a backend in Chromium', () => {
  it('trains the very numbers of the same backend in Node, and the record tells the browser', async () => {
    const data = ['--dataset', 'digits', '--limit', '320', '--epochs', '2', '--arm', 'relu', '--jobs', '1']
    const { stdout, status } = await isograd([
      'run',
      'keras-13x10',
      ...data,
      '--backend',
      'wasm,chromium:wasm',
      '--json',
    ])
    expect(status).toBe(0)
    const { runs } = JSON.parse(stdout) as { readonly runs: readonly Run[] }
    const [here, there] = runs
    expect(runs.map(({ backend }) => backend)).toEqual(['wasm', 'chromium:wasm'])
    expect(there?.probes).toEqual(here?.probes)
    expect(Object.keys(there?.backendInfo.versions ?? {})).toEqual(
      expect.arrayContaining(['@isograd/compiler', expect.stringMatching(/Chrom/)]),
    )
  })

  it.each(['webgl', 'webgpu'])(
    'tfjs-%s computes what is not finite, functions and integers as float32 has them',
    async (engine) => {
      // The cases that TensorFlow.js's own shaders fail.
      const cases = 'div/nan/*,log/near-one/*,log/infinite/*,exp/rank-3/*,relu/infinite/*,reduceMax/both-infinite/*,'
      const more = 'argMax/patterns/*,equal/int32-large/*,transpose/vector/*,sigmoid/nan/*'
      const { status, stdout } = await isograd(['conformance', `chromium:tfjs-${engine}`, '--only', cases + more])
      expect([status, /conforms: (\d+) passed, 0 failed, 0 skipped/.exec(stdout)?.[1]]).toEqual([0, '11'])
    },
    60_000,
  )

  it.each(['onnx-web', 'jaxjs-wasm'])('%s computes there what it computes in Node', async (name) => {
    const cases = ['--only', 'matmul/*,exp/vector/*,reduceSum/*'] as const
    const passed = async (backend: string): Promise<string | undefined> => {
      const { stdout } = await isograd(['conformance', backend, ...cases])
      return /(\d+) passed, \d+ failed/.exec(stdout)?.[0]
    }
    const [there, here] = await Promise.all([passed(`chromium:${name}`), passed(name)])
    expect(there).toBe(here)
    expect(there).not.toMatch(/^0 passed|undefined/)
  })

  it('jax-js has there the version that is installed', async () => {
    const { stdout } = await isograd(['conformance', 'chromium:jaxjs-wasm', '--only', 'add/same/*', '--json'])
    const manifest: unknown = JSON.parse(
      readFileSync(new URL('../../jaxjs-adapter/package.json', import.meta.url), 'utf8'),
    )
    const { devDependencies } = manifest as { readonly devDependencies: object }
    expect(JSON.parse(stdout)).toMatchObject({ environment: { versions: devDependencies } })
  })

  it('that leaves its page is told as such', async () => {
    const backend = `chromium:${fixture('leaving-adapter.mjs')}`
    const { status, stderr } = await isograd(['run', fixture('tiny.json'), '--jobs', '1', '--backend', backend])
    expect([status, stderr]).toEqual([3, expect.stringContaining('its page was left: something in it went to')])
    expect(stderr).not.toContain('rejected')
  })

  it('that needs Node is told of before anything is trained', async () => {
    const { status, stderr } = await isograd(['run', 'keras-13x10', '--backend', 'chromium:native'])
    expect([status, stderr]).toEqual([
      3,
      expect.stringMatching(
        /chromium:native cannot be used: machine code does not run in a page\n +In Node: --backend native/,
      ),
    ])
  })
})

describe('a browser that is not to be had', () => {
  it.each([
    [{ ISOGRAD_BROWSER: '/nowhere' }, 'ISOGRAD_BROWSER names /nowhere, which does not exist'],
    [{ ISOGRAD_BROWSER: '/bin/false' }, 'its browser ended with status 1 before it had opened the page'],
    [{ PATH: '' }, 'Edge is not installed, or not where it is looked for'],
  ])('%o', async (env, reason) => {
    const { status, stderr } = await isograd(['run', 'keras-13x10', '--backend', 'edge:wasm'], { env })
    expect([status, stderr]).toEqual([3, expect.stringContaining(`edge:wasm cannot be used: ${reason}`)])
    expect(stderr.split('\n').length).toBeLessThan(5)
  })
})

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
}

function descendantsOf(pid: number): number[] {
  return childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child)])
}

function wordsOf(pid: number): string {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
}

function isAlive(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')
  } catch {
    return false
  }
}

/** Trains without an end in a page, and lets `end` end a process of it. @returns what came of it, and what is left. */
async function ended(backend: string, end: (command: number, browser: number, all: readonly number[]) => void) {
  const endless = ['--dataset', 'digits', '--epochs', '100000', '--arm', 'relu', '--jobs', '1', '--log-every', '1']
  const child = start(['run', 'keras-13x10', ...endless, '--backend', backend])
  const outcome = outcomeOf(child)
  const command = Number(child.pid)
  await new Promise<void>((resolve) => {
    child.stderr.on('data', (text: string) => /step \d/.test(text) && resolve())
    child.on('close', () => resolve())
  })
  const all = descendantsOf(command)
  const browser = all.find((pid) => wordsOf(pid).includes('--user-data-dir'))
  const [profile = ''] = /isograd-browser-\w+/.exec(wordsOf(Number(browser))) ?? []
  end(command, Number(browser), all)
  const result: Outcome = await outcome
  for (let i = 0; i < 50 && all.some(isAlive); i++) {
    // oxlint-disable-next-line no-await-in-loop -- processes end in their own time
    await sleep(100)
  }
  const left = { processes: all.filter(isAlive), profile: readdirSync(tmpdir()).includes(profile) }
  return { ...result, left, hadProfile: profile !== '' }
}

const nothing = { left: { processes: [], profile: false }, hadProfile: true }

describe.skipIf(noBrowser || process.platform !== 'linux').concurrent('the end of', () => {
  it('the browser is told, and nothing is left', async () => {
    const { stderr, ...rest } = await ended('chromium:wasm', (_, browser) => process.kill(browser, 'SIGKILL'))
    expect(rest).toMatchObject({ status: 3, ...nothing })
    expect(stderr).toMatch(/^error: relu on chromium:wasm: \[chromium:wasm\] its browser was ended by SIGKILL/m)
  })

  it('the process that keeps the browser is told, and nothing is left', async () => {
    const { stderr, ...rest } = await ended('chromium:wasm', (_, __, all) => {
      for (const pid of all) if (wordsOf(pid).includes('page-keeper')) process.kill(pid, 'SIGKILL')
    })
    expect(rest).toMatchObject({ status: 3, ...nothing })
    expect(stderr).toMatch(/^error: .*the process that keeps its browser has ended/m)
  })

  it('its page is told', async () => {
    const { stderr, ...rest } = await ended('chromium:wasm', (_, __, all) => {
      for (const pid of all) if (wordsOf(pid).includes('type=renderer')) process.kill(pid, 'SIGKILL')
    })
    expect(rest).toMatchObject({ status: 3, ...nothing })
    expect(stderr).toMatch(/^error: .*\[chromium:wasm\] its page has crashed, perhaps for want of memory/m)
  })

  it.each(['webgl', 'webgpu'])('the GPU is told by tfjs-%s', async (engine) => {
    const { stderr, ...rest } = await ended(`chromium:tfjs-${engine}`, (_, __, all) => {
      for (const pid of all) if (wordsOf(pid).includes('type=gpu-process')) process.kill(pid, 'SIGKILL')
    })
    expect(rest).toMatchObject({ status: 3, ...nothing })
    expect(stderr).toMatch(/^error: .*\[chromium:tfjs-webgp?[lu]\] \w+ failed: the GPU is lost/m)
  })

  it.each([
    ['SIGINT', 130],
    ['SIGKILL', null],
  ] as const)('the command by %s leaves nothing', async (signal, status) => {
    const outcome = await ended('chromium:wasm', (command) => process.kill(command, signal))
    expect(outcome).toMatchObject({ status, ...nothing })
  })
})
