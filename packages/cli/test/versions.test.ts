/** `isograd versions` and `isograd bisect` on a runtime that is made up, which a npm that is made up installs. */
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { BisectDocument, ComputedVersion, VersionsDocument } from '../src/documents/versions-document.js'
import { bisect, type Trial } from '../src/versions/bisection.js'
import { fixture, isograd, type Outcome, temporaryDirectory } from './command.js'

const cache = temporaryDirectory()
const tools = join(temporaryDirectory(), 'tools')
mkdirSync(tools)
writeFileSync(join(tools, 'npm'), `#!/bin/sh\nexec "${process.execPath}" "${fixture('fake-npm/npm.mjs')}" "$@"\n`)
chmodSync(join(tools, 'npm'), 0o755)

const runtime = ['--package', 'fake-runtime', '--backend', fixture('versioned-adapter')]
const cases = ['--only', 'exp/vector/*,sqrt/vector/*,relu/vector/*']

function withNpm(verb: string, ...args: readonly string[]): Promise<Outcome> {
  const env = { PATH: `${tools}${delimiter}${process.env['PATH']}`, ISOGRAD_CACHE_DIR: cache }
  return isograd([verb, ...runtime, ...cases, ...args], { env })
}

describe.skipIf(process.platform === 'win32')('versions', () => {
  it('has a row for each version, whatever becomes of it, beside the one before', async () => {
    const list = '1.0.0,1.1.0,1.2.0,1.3.0,1.4.0,1.5.0,9.9.9,2.1.0'
    const { status, stdout } = await withNpm('versions', '--versions', list, '--json')
    const { rows, ok, schema } = JSON.parse(stdout) as VersionsDocument
    expect([status, ok, schema]).toEqual([1, false, 'isograd.versions/1'])
    expect(rows.map(({ version }) => version)).toEqual(list.split(','))
    const [first, same, rounding, crashing, wrong, unloadable, missing, last] = rows as readonly ComputedVersion[]
    expect([first?.same, same?.same, rounding?.same]).toEqual([undefined, true, false])
    expect(rounding?.changes).toMatchObject([{ kind: 'rounding', operation: 'exp' }])
    expect(crashing?.failures.map(({ id }) => id)).toEqual(['sqrt/vector/float32', 'sqrt/vector/float64'])
    expect(crashing?.failures[0]?.message).toContain('SIGSEGV')
    expect(wrong?.failing.map(({ operation }) => operation)).toEqual(['sqrt'])
    expect(unloadable).toMatchObject({ problem: expect.stringContaining('its native library is not here') })
    expect(missing).toEqual({ version: '9.9.9', problem: 'npm: No matching version found for fake-runtime@9.9.9.' })
    expect([last?.digest, last?.failing]).toEqual([first?.digest, []])
    // What was not installed leaves nothing.
    expect(existsSync(join(cache, 'versions', 'fake-runtime@9.9.9'))).toBe(false)
  })

  it('prints the table, and takes the last releases, or those of a range', async () => {
    const { status, stdout } = await withNpm('versions', '--last', '2')
    expect(status).toBe(1)
    expect(stdout).toMatch(/2\.0\.0 +[0-9a-f]{8} +sqrt 2\.25e\+12 +sqrt 2\.25e\+12 +sqrt no known format/)
    expect(stdout).toMatch(/2\.1\.0 +[0-9a-f]{8} changed .* none +float32 and float64/)
    expect(stdout).toMatch(/2\.1\.0: sqrt: mended/)
    const range = await withNpm('versions', '--range', '>=2.0', '--json')
    expect((JSON.parse(range.stdout) as VersionsDocument).rows.map(({ version }) => version)).toEqual([
      '2.0.0',
      '2.1.0',
    ])
    expect(existsSync(join(cache, 'versions', 'fake-runtime@2.0.0', 'installed'))).toBe(true)
  })

  it('takes the step of an experiment too', async () => {
    const env = { PATH: `${tools}${delimiter}${process.env['PATH']}`, ISOGRAD_CACHE_DIR: cache }
    const args = ['versions', ...runtime, '--versions', '1.0.0,1.1.0', '--check', fixture('tiny.json'), '--json']
    const { status, stdout } = await isograd(args, { env })
    const [first, second] = (JSON.parse(stdout) as VersionsDocument).rows as readonly ComputedVersion[]
    expect([status, first?.failing, first?.precision]).toEqual([0, [], 'float32'])
    expect([second?.same, second?.changes]).toEqual([true, []])
  })

  it('says what it does not know', async () => {
    const unknown = await isograd(['versions', '--package', 'onnxruntime-nod'])
    expect([unknown.status, unknown.stderr]).toEqual([2, expect.stringContaining('did you mean "onnxruntime-node"?')])
    const absent = await withNpm('versions', '--package', 'elsewhere')
    expect([absent.status, absent.stderr]).toEqual([
      2,
      'error: [isograd] --package elsewhere: its versions cannot be had: npm: Not Found - elsewhere\n',
    ])
    const away = await withNpm('bisect', '--package', 'far-away', '--good', '1.0.0', '--bad', '2.0.0')
    expect([away.status, away.stderr]).toEqual([
      2,
      expect.stringContaining('ECONNREFUSED 127.0.0.1:9; see that the network is there, and where npm looks'),
    ])
    const only = await withNpm('versions', '--check', 'keras-13x10')
    expect([only.status, only.stderr]).toEqual([2, expect.stringContaining('--only: cases are of --check ops')])
  })
})

describe.skipIf(process.platform === 'win32')('bisect', () => {
  it('finds the first version whose bits change, and says that it is rounding', async () => {
    const { status, stdout } = await withNpm('bisect', '--good', '1.0.0', '--bad', '1.2.1', '--json')
    const document = JSON.parse(stdout) as BisectDocument
    expect([status, document.last, document.first, document.between]).toEqual([1, '1.1.0', '1.2.0', []])
    expect(document.changes).toMatchObject([{ kind: 'rounding', operation: 'exp' }])
  })

  it('finds a fault by the verdict, though bits changed before, and passes over what does not load', async () => {
    const args = ['--good', '1.0.0', '--bad', '2.0.0', '--by', 'verdict']
    const { status, stdout } = await withNpm('bisect', ...args)
    expect(status).toBe(1)
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(
      'fake-runtime 1.3.0 is the first whose verdict changes, by a fault and rounding; 1.2.1 is the last before it',
    )
  })

  it('takes the ends of a range in their place, and refuses one end alone, or none', async () => {
    const { status, stdout } = await withNpm('bisect', '--range', '>=2.0', '--by', 'verdict', '--json')
    const document = JSON.parse(stdout) as BisectDocument
    expect([status, document.last, document.first]).toEqual([1, '2.0.0', '2.1.0'])
    for (const ends of [[], ['--good', '1.0.0'], ['--range', '>=2.0', '--bad', '2.1.0']]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const refused = await withNpm('bisect', ...ends)
      expect([refused.status, refused.stderr]).toEqual([
        2,
        expect.stringContaining('bisect: expected --good and --bad, or --range'),
      ])
    }
  })

  it('says that nothing changes, and refuses ends that cannot be', async () => {
    const none = await withNpm('bisect', '--good', '1.0.0', '--bad', '1.1.0')
    expect([none.status, none.stdout]).toEqual([0, expect.stringContaining('no change of bits between the two')])
    const never = await withNpm('bisect', '--good', '1.0.0', '--bad', '1.9.0')
    expect([never.status, never.stderr]).toEqual([
      2,
      expect.stringContaining('--bad: expected a release of fake-runtime'),
    ])
    const turned = await withNpm('bisect', '--good', '2.0.0', '--bad', '1.0.0')
    expect([turned.status, turned.stderr]).toEqual([
      2,
      expect.stringContaining('expected the good version before the bad'),
    ])
    const broken = await withNpm('bisect', '--good', '1.0.0', '--bad', '1.5.0')
    expect([broken.status, broken.stderr]).toEqual([2, expect.stringContaining('--bad 1.5.0: it cannot be tried')])
  })
})

describe('the search', () => {
  const versions = Array.from({ length: 100 }, (_, i) => `1.${i}.0`)

  it('asks about log2 of the versions, each once', async () => {
    for (const turn of [1, 2, 37, 98, 99]) {
      const asked: string[] = []
      const found = await bisect(versions, async (version): Promise<Trial> => {
        asked.push(version)
        return versions.indexOf(version) < turn ? 'like' : 'unlike'
      })
      expect(found).toEqual({ last: `1.${turn - 1}.0`, first: `1.${turn}.0`, between: [] })
      expect(new Set(asked).size).toBe(asked.length)
      expect(asked.length).toBeLessThanOrEqual(7)
    }
  })

  it('names those between that cannot be tried', async () => {
    const found = await bisect(versions.slice(0, 6), async (version): Promise<Trial> => {
      const at = versions.indexOf(version)
      return at === 2 || at === 3 ? 'unknown' : at < 2 ? 'like' : 'unlike'
    })
    expect(found).toEqual({ last: '1.1.0', first: '1.4.0', between: ['1.2.0', '1.3.0'] })
  })
})

describe('what is no version and no name of a package', () => {
  it.each(['../../victim', 'http://127.0.0.1:1/../../../../victim', 'file:/victim'])(
    'reaches neither npm nor the disk: %s',
    async (version) => {
      const root = temporaryDirectory()
      const kept = join(root, 'victim', 'kept.txt')
      mkdirSync(join(root, 'victim'))
      writeFileSync(kept, 'kept')
      const env = { XDG_CACHE_HOME: join(root, 'cache') }
      const args = ['versions', '--package', 'onnxruntime-node', '--versions', version]
      expect((await isograd(args, { env })).stdout).toMatch(/expected\s+a\s+version\s+such\s+as/)
      expect([existsSync(kept), existsSync(join(root, 'cache', 'isograd', 'versions'))]).toEqual([true, false])
    },
  )

  it.each(['--prefix=/elsewhere', '../x', 'a;b'])('is refused as a package: %s', async (name) => {
    const { status, stderr } = await isograd(['versions', `--package=${name}`, '--backend', 'wasm', '--last', '1'])
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: `error: [isograd] --package: expected the name of a package on npm, got "${name}"\n`,
    })
  })
})
