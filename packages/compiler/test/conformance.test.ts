/** The published conformance cases: on the loops themselves, before any emitter has seen them, and on what is emitted. */
import { describeReport, runConformance } from '@isograd/core/conformance'
import { expect, it } from 'vitest'
import { compilerBackend } from '../src/backend.js'
import { interpreting } from '../src/loops/interpret.js'
import { createWasm } from '../src/wasm/target.js'

it.each([
  ['loops', () => interpreting],
  ['wasm', createWasm],
] as const)('passes on %s', async (_, target) => {
  const open = async () => compilerBackend(target(), { device: 'cpu', options: {} })
  const backend = await open()
  const report = await runConformance(backend, { open })
  await backend.dispose()
  expect(report.ok ? '' : describeReport(report)).toBe('')
})
