/** The published conformance cases, all of them: as the backend comes, with two threads, and mildly optimized. */
import { conformanceCases, describeReport, runConformance } from '@isograd/core/conformance'
import * as ort from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'
import { isogradAdapter, onnxBackend, type OnnxBackendOptions } from '../src/index.js'

const variants: readonly Omit<OnnxBackendOptions, 'ort'>[] = [{}, { threads: 2 }, { graphOptimization: 'basic' }]

describe('conformance', () => {
  it.each(variants)('%j', async (options) => {
    const open = async () => onnxBackend({ ort, ...options })
    const backend = await open()
    const report = await runConformance(backend, { open, adapter: isogradAdapter })
    await backend.dispose()
    expect(report.ok ? '' : describeReport(report)).toBe('')
    expect(report.counts.passed).toBe(conformanceCases().length)
  })
})
