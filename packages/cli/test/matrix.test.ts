/** `isograd matrix` from outside: one row a backend, whatever becomes of it. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { MatrixDocument } from '../src/documents/matrix-document.js'
import { fixture, isograd, temporaryDirectory } from './command.js'

const fake = fixture('fake-adapter')
const quick = ['--preset', fixture('tiny.json'), '--mode', 'step', '--steps', '2']

describe.concurrent('matrix', () => {
  it('has a row for each backend, and leaves tables and a page', async () => {
    const out = join(temporaryDirectory(), 'matrix')
    const args = ['matrix', '--backend', 'reference,wasm', ...quick, '--json', '--out', out]
    const { status, stdout } = await isograd(args)
    const { rows, ok } = JSON.parse(stdout) as MatrixDocument
    expect([status, ok]).toEqual([0, true])
    expect(rows.map(({ backend, against }) => [backend, against])).toEqual([
      ['reference', 'wasm'],
      ['wasm', 'reference'],
    ])
    for (const { cells } of rows) {
      expect(cells).toMatchObject([{ experiment: 'tiny', verdict: 'agree' }])
      expect(Number(cells[0]?.stepsPerSecond)).toBeGreaterThan(0)
    }
    expect(readFileSync(join(out, 'matrix.md'), 'utf8')).toMatch(
      /\| backend +\| +tiny \|\n.*\n\| reference +\| +agree, /,
    )
    expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain('tiny')
    expect(existsSync(join(out, 'matrix.json'))).toBe(true)
  })

  it('goes on where a backend is wrong or absent, and says why', async () => {
    const backends = [`${fake}#wrong-numbers`, `${fake}#absent`]
    const { status, stdout } = await isograd(['matrix', '--backend', backends.join(), ...quick, '--json'])
    const { rows, ok } = JSON.parse(stdout) as MatrixDocument
    expect([status, ok]).toEqual([1, false])
    expect(rows[0]?.cells.map(({ verdict }) => verdict)).toEqual(['failed'])
    expect(rows[1]).toMatchObject({ cells: [], reason: 'the moon is not full; wait for it' })
  })
})
