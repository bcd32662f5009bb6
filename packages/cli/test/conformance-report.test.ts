/** The text that `isograd conformance` prints of a report. */
import type { CaseResult, ConformanceReport } from '@isograd/core/conformance'
import { expect, it } from 'vitest'
import { conformanceReport } from '../src/terminal/conformance.js'

function result(id: string, status: CaseResult['status'], more: Partial<CaseResult> = {}): CaseResult {
  return { id, status, detail: '', ...more }
}

const missing = (op: string, dtype = ''): string => `[tiny] operation "${op}" is not supported${dtype}`
const results = [
  result('relu/scalar/float32', 'passed'),
  result('contract/name/float32', 'passed'),
  result('add/same/float32', 'unsupported', { detail: missing('add') }),
  result('sub/same/float32', 'unsupported', { detail: missing('sub') }),
  result('sub/wide/float32', 'unsupported', { detail: missing('sub') }),
  result('cast/bytes/float32', 'unsupported', { detail: missing('cast', ' for uint8') }),
  result('exp/scalar/float32', 'failed', { detail: 'off', reproduction: 'the first of exp' }),
  result('exp/vector/float32', 'failed', { detail: 'off', reproduction: 'the second of exp' }),
]
const coverage = {
  relu: { passed: 1, total: 1 },
  exp: { passed: 0, total: 2 },
  log: { passed: 0, total: 0 },
} as ConformanceReport['coverage']
const counts = { passed: 2, failed: 2, skipped: 0, unsupported: 4 }
const report: ConformanceReport = { backend: 'tiny', results, counts, coverage, staleSkips: [], ok: false }
const lines = conformanceReport({ terminal: false, color: false, unicode: true, width: 100 }, report, { exp: 0.8551 })

it('has a table whose last row counts what the summary counts', () => {
  const rows = lines.slice(1, lines.indexOf('')).map((line) => line.trim().split(/ {2,}/))
  expect(rows).toEqual([
    ['relu', '1 of 1'],
    ['exp', '0 of 2'],
    ['all cases', '2 of 8'],
  ])
  expect(lines.at(-1)).toBe('tiny does not conform: 2 passed, 2 failed, 0 skipped, 4 unsupported')
})

it('names operations that are not there together, without a dtype', () => {
  const unsupported = lines.filter((line) => line.startsWith('  unsupported'))
  expect(unsupported).toEqual([
    '  unsupported, 3 cases: [tiny] operations add, sub are not supported',
    '  unsupported, 1 case: [tiny] operation "cast" is not supported for uint8',
  ])
})

it('has one program of each family of cases', () => {
  expect(lines).toContain('the first of exp')
  expect(lines).not.toContain('the second of exp')
})

it('tells the errors that were measured below the table', () => {
  expect(lines.slice(lines.indexOf('')).at(1)).toBe('measured, in units in the last place of float32: exp 0.855')
})
