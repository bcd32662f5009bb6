/** The published conformance cases, all of them: as the backend comes, with two threads, and mildly optimized. */
import { conformanceCases, describeReport, runConformance } from '@isograd/core/conformance'
import { describe, expect, it } from 'vitest'
import { isogradAdapter, type OnnxBackendOptions } from '../src/index.js'
import { backendOn, type BuildName } from './builds.js'

const variants: readonly (readonly [BuildName, Omit<OnnxBackendOptions, 'ort'>])[] = [
  ['onnx', {}],
  ['onnx', { threads: 2 }],
  ['onnx', { graphOptimization: 'basic' }],
  ['onnx-web', {}],
]

describe('conformance', () => {
  it.each(variants)('%s %j', async (build, options) => {
    const open = async () => backendOn(build, options)
    const backend = await open()
    const report = await runConformance(backend, { open, adapter: isogradAdapter })
    await backend.dispose()
    expect(report.ok ? '' : describeReport(report)).toBe('')
    expect(report.counts.passed).toBe(conformanceCases().length)
  })
})
