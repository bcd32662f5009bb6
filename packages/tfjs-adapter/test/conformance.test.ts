/** The published conformance cases, all of them, on every way that this package has of running kernels. */
import { conformanceCases, describeReport, runConformance } from '@isograd/core/conformance'
import { describe, expect, it } from 'vitest'
import { isogradAdapter } from '../src/index.js'
import { openBackend, variants } from './backends.js'

describe('conformance', () => {
  it.each(variants)('%s', async (variant) => {
    const backend = await openBackend(variant)
    const open = () => openBackend(variant)
    const report = await runConformance(backend, { dtypes: ['float32'], open, adapter: isogradAdapter })
    await backend.dispose()
    expect(report.ok ? '' : describeReport(report)).toBe('')
    expect(report.counts.passed).toBe(conformanceCases().filter(({ dtype }) => dtype === 'float32').length)
  })
})
