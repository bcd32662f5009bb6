/** `isograd atlas` from outside: rows, files, and what happens where a backend fails, is wrong, or the user stops it. */
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { AtlasDocument } from '../src/documents/atlas-document.js'
import { float32Text } from '../src/documents/atlas-document.js'
import { fixture, isograd, outcomeOf, start, temporaryDirectory } from './command.js'

const fake = fixture('fake-adapter')

describe.concurrent('atlas', () => {
  it('has a row for each backend and operation, and leaves tables, a page, pictures and inputs', async () => {
    const directory = temporaryDirectory()
    const [out, markdown, worst] = ['atlas', 'atlas.md', 'worst.json'].map((name) => join(directory, name)) as [
      string,
      string,
      string,
    ]
    writeFileSync(markdown, '# Atlas\n<!-- isograd bench: atlas -->\nold\n<!-- end of atlas -->\nbelow\n')
    const files = ['--out', out, '--markdown', markdown, '--pictures', join(directory, 'pictures'), '--worst', worst]
    const args = ['atlas', '--backend', 'reference,wasm', '--only', 'exp,mul', '--samples', '5000', '--json', ...files]
    const { status, stdout } = await isograd(args)
    const { rows, ok } = JSON.parse(stdout) as AtlasDocument
    expect([status, ok]).toEqual([0, true])
    expect(rows.map(({ operation, backend }) => `${operation} ${backend}`)).toEqual([
      'exp reference',
      'exp wasm',
      'mul reference',
      'mul wasm',
    ])
    for (const { operation, backend, worst: point, inexact, exponents, units } of rows) {
      // The compiler's own measurement of all inputs: exp is 0.92 units off at most.
      expect(point?.units).toBeLessThanOrEqual(operation === 'exp' && backend === 'wasm' ? 0.93 : 0.5)
      expect(inexact === 0).toBe(!(operation === 'exp' && backend === 'wasm'))
      expect(exponents).toHaveLength(units.length)
    }
    const text = readFileSync(markdown, 'utf8')
    expect(text).toMatch(/^# Atlas\n<!-- isograd bench: atlas -->\n/)
    expect(text).toMatch(/\n<!-- end of atlas -->\nbelow\n$/)
    expect(text).toContain('![Errors of exp by exponent](pictures/exp.svg)')
    expect(text).toMatch(/\n\| exp +\| +wasm \| +0\.\d+ \|/)
    expect(readFileSync(join(directory, 'pictures/exp.svg'), 'utf8')).toMatch(/^<svg[^]*<title>Errors of exp<\/title>/)
    expect(existsSync(join(directory, 'pictures/mul.svg'))).toBe(false)
    expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain('Errors over the range of float32')
    expect(existsSync(join(out, 'atlas.json'))).toBe(true)
    const { operations } = JSON.parse(readFileSync(worst, 'utf8')) as { operations: Record<string, string[]> }
    expect(Object.keys(operations)).toEqual(['exp', 'mul'])
    expect(operations['mul']?.every((pair) => /^[0-9a-f]{8} [0-9a-f]{8}$/.test(pair))).toBe(true)
  })

  it('goes on where a backend is wrong or absent, and says why', async () => {
    const backends = [`${fake}#wrong-numbers`, `${fake}#absent`, 'reference']
    const args = ['atlas', '--backend', backends.join(), '--only', 'sqrt', '--samples', '600', '--json']
    const { status, stdout } = await isograd(args)
    const { rows, missing, unusable, ok } = JSON.parse(stdout) as AtlasDocument
    expect([status, ok]).toEqual([1, false])
    expect(rows.map(({ backend }) => backend)).toEqual(['reference'])
    expect(missing).toMatchObject([{ operation: 'sqrt', isUnsupported: false }])
    expect(unusable).toMatchObject([{ reason: 'the moon is not full; wait for it' }])
    const none = await isograd(['atlas', '--backend', `${fake}#absent`, '--only', 'sqrt'])
    expect(none.stdout).not.toContain('pairs')
    expect(none).toMatchObject({ status: 3 })
    expect(none.stdout).toMatch(/the\s+moon\s+is\s+not\s+full/)
  })

  it('prints a table that fits a terminal', async () => {
    const { status, stdout } = await isograd(['atlas', '--backend', 'wasm', '--only', 'log,add', '--samples', '2000'])
    expect(status).toBe(0)
    expect(stdout).toMatch(/^ +log +wasm +0\.\d+ .*$/m)
    expect(stdout).toContain('always the nearest number: add')
    expect(stdout).toMatch(/ 1 operation on 2,000 numbers, 1 operation on 2,000 pairs of numbers \(seed/)
    expect(stdout.split('\n').filter((text) => text.length > 80)).toEqual([])
  })

  it.each([
    [['--only', 'sigmod'], 'got "sigmod"; did you mean "sigmoid"?'],
    [['--samples', '0'], '--samples'],
    [['--all', '--samples', '5', '--only', 'exp'], '--all, --samples: expected one of them, got both'],
    [['--backend', 'wsm'], 'wsm'],
    [['--out', ''], '--out'],
    [['--worst', '/nowhere/at/all.json'], '--worst'],
  ])('refuses %j', async (args, text) => {
    const { status, stderr } = await isograd(['atlas', ...args])
    expect(status).toBe(2)
    expect(stderr).toContain(text)
    expect(stderr).not.toMatch(/ {4}at |bug/)
  })

  it.skipIf(process.platform === 'win32')('of all numbers ends at a signal, and leaves nothing', async () => {
    const out = join(temporaryDirectory(), 'out')
    const child = start(['atlas', '--backend', 'reference', '--only', 'exp', '--all', '--out', out, '--verbose'])
    const outcome = outcomeOf(child)
    await once(child.stderr, 'data')
    child.kill('SIGINT')
    expect(await outcome).toMatchObject({ status: 130, stdout: '' })
    expect(existsSync(out)).toBe(false)
  })
})

it.each([
  [Math.fround(0.1), '0.1'],
  [2 ** -149, '1e-45'],
  [(2 - 2 ** -23) * 2 ** 127, '3.4028235e+38'],
  [Math.fround(1 / 3), '0.33333334'],
  [16_777_216, '16777216'],
  [-0, '-0'],
  [Number.NaN, 'NaN'],
])('%d is written as %s, which is that float32 and no other', (value, text) => {
  expect(float32Text(value)).toBe(text)
})
