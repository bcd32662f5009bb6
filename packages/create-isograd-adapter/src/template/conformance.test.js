/** Holds the backend to the conformance cases of core. Run by `node --test`. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeReport, runConformance } from '@isograd/core/conformance'
import { isogradAdapter } from '../src/index.js'

async function open() {
  const made = await isogradAdapter.create('plain-js', {})
  assert.ok(made.ok, made.ok ? '' : `${made.reason}; ${made.cure}`)
  return made.backend
}

await test('computes every operation that it has as isograd defines it', async (t) => {
  const report = await runConformance(await open(), { open, adapter: isogradAdapter })
  const operations = Object.entries(report.coverage)
  const missing = operations.filter(([, { passed }]) => passed === 0).map(([name]) => name)
  t.diagnostic(
    `${operations.length - missing.length} of ${operations.length} operations; missing: ${missing.join(', ')}`,
  )
  assert.ok(report.ok, describeReport(report))
})
