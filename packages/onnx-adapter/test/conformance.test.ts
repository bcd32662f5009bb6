/** The published conformance cases, all of them: as the backend comes, with two threads, and mildly optimized. */
import { conformanceCases, describeReport, runConformance } from '@isograd/core/conformance'
import * as ort from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'
import { onnxBackend, type OnnxBackendOptions } from '../src/index.js'

const variants: readonly Omit<OnnxBackendOptions, 'ort'>[] = [{}, { threads: 2 }, { graphOptimization: 'basic' }]

describe('conformance', () => {
  it.each(variants)('%j', async (options) => {
    const backend = onnxBackend({ ort, ...options })
    const report = await runConformance(backend)
    await backend.dispose()
    expect(report.ok ? '' : describeReport(report)).toBe('')
    expect(report.counts.passed).toBe(conformanceCases().length)
  })
})
