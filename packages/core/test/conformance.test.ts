import { describe, expect, it } from 'vitest'
import { conformanceCases, describeReport, runConformance } from '../src/conformance/index.js'
import { opNames } from '../src/ir/ops/index.js'
import { referenceBackend } from '../src/reference/backend.js'

describe('the reference backend', () => {
  it('passes every case', async () => {
    const report = await runConformance(referenceBackend())
    expect(describeReport(report)).toBe(
      `reference: ${conformanceCases().length} passed, 0 failed, 0 skipped, 0 unsupported`,
    )
    expect(report.ok).toBe(true)
  })
})

describe('the cases', () => {
  it('have ids of their own', () => {
    const ids = conformanceCases().map(({ id }) => id)
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([])
  })

  it('cover every operation', () => {
    const covered = new Set(conformanceCases().flatMap(({ ops }) => ops))
    expect(opNames.filter((op) => !covered.has(op))).toEqual([])
  })
})
