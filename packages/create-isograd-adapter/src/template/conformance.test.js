/** Holds the backend to the conformance cases of core. Run by `node --test`. */
import { test } from 'node:test'
import { assertConforms, openAdapter, runConformance } from '@isograd/core/conformance'
import { isogradAdapter } from '../src/index.js'

const open = () => openAdapter(isogradAdapter, 'plain-js')

await test('computes every operation that it has as isograd defines it', async (t) => {
  const report = await runConformance(await open(), { open, adapter: isogradAdapter })
  assertConforms(report)
  const operations = Object.entries(report.coverage)
  const missing = operations.filter(([, { passed }]) => passed === 0).map(([name]) => name)
  const told = missing.length === 0 ? 'none is missing' : `missing: ${missing.join(', ')}`
  t.diagnostic(`${operations.length - missing.length} of ${operations.length} operations; ${told}`)
})
