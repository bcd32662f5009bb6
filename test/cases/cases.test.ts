/** Small inputs that once failed come out as their pages say, typed as a user types them. */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Case, cases, type Line } from './table.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const given = join(root, '../shared/cases')
const absent = !existsSync(given)
if (absent && process.env['CI'] !== undefined) throw new Error(`in CI the cases must lie in ${given}`)

const scratch = mkdtempSync(join(tmpdir(), 'isograd-cases-'))
const here = join(scratch, 'cases')

/** The forms that the cases were written before: core's entries, the contract that adapters name, the names of data in a trace. */
const today: readonly (readonly [file: RegExp, before: RegExp, now: string])[] = [
  [/\.mjs$/, /load\('@isograd\/core'\)/, "import('../core.mjs').then((all) => all.core)"],
  [/adapter\.mjs$/, /\bvariants:/, 'contract: 2, variants:'],
  [/small\.py$/, /\/images"/, '/data/image"'],
  [/small\.py$/, /\/labels"/, '/data/label"'],
  // Long enough to be killed, and no longer.
  [/zombie\.py$/, /--epochs 6/, '--limit 4000 --epochs 6'],
  [/zombie\.py$/, /time\.sleep\(1\); /, ''],
]

/** The cases in today's forms. */
function takeOver(): void {
  cpSync(given, here, { recursive: true })
  cpSync(fileURLToPath(new URL('core.mjs', import.meta.url)), join(here, 'core.mjs'))
  for (const name of readdirSync(here, { recursive: true, encoding: 'utf8' })) {
    const changes = today.filter(([file]) => file.test(name) && name !== 'core.mjs')
    if (changes.length === 0) continue
    const text = changes.reduce(
      (before, [, old, now]) => before.replace(old, now),
      readFileSync(join(here, name), 'utf8'),
    )
    writeFileSync(join(here, name), text)
  }
}

const path = `${join(root, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`

/** Types a line in the project's root, as the pages say. */
function type(line: Line, name: string, directory: string): { status: number | null; text: string } {
  const { status, stdout, stderr } = spawnSync('bash', ['-c', line.run], {
    cwd: root,
    encoding: 'utf8',
    timeout: 120_000,
    env: { ...process.env, PATH: path, NO_COLOR: '1', A: join(here, name), D: directory },
  })
  return { status, text: `${stdout}${stderr}` }
}

function judge(line: Line, { status, text }: ReturnType<typeof type>): void {
  const { run, shows = [], hides = [] } = line
  expect({ run, text, status }).toMatchObject({ status: line.status ?? 0 })
  for (const shown of shows) expect({ run, text }).toMatchObject({ text: expect.stringMatching(shown) })
  for (const hidden of hides) expect({ run, text }).toMatchObject({ text: expect.not.stringMatching(hidden) })
}

function comesOut(name: string, { lines }: Case): void {
  const directory = mkdtempSync(join(scratch, `${name}-`))
  for (const line of lines) judge(line, type(line, name, directory))
}

const hasTorch = spawnSync('python3', ['-c', 'import torch, safetensors']).status === 0

describe.skipIf(absent)('cases', () => {
  beforeAll(takeOver)
  afterAll(() => rmSync(scratch, { recursive: true, force: true }))

  test('each folder has a record', () => {
    const folders = readdirSync(given).filter((name) => existsSync(join(given, name, 'case.md')))
    expect(folders.toSorted()).toEqual(Object.keys(cases).toSorted())
  })

  for (const [name, one] of Object.entries(cases)) {
    const run = one.needs === 'torch' && !hasTorch ? test.skip : one.pending === undefined ? test : test.fails
    run(name, () => comesOut(name, one))
  }
})
