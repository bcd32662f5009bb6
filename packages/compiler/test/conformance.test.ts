/** The published conformance cases on the loops themselves: what lowering makes is right before any emitter sees it. */
import { describeReport, runConformance } from '@isograd/core/conformance'
import { expect, it } from 'vitest'
import { compilerBackend } from '../src/backend.js'
import { interpreting } from '../src/loops/interpret.js'

it('passes on the interpreter', async () => {
  const open = async () => compilerBackend(interpreting, { device: 'cpu', options: {} })
  const backend = await open()
  const report = await runConformance(backend, { open })
  await backend.dispose()
  expect(report.ok ? '' : describeReport(report)).toBe('')
})
