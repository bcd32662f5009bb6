/** Holds the backend to the conformance cases of core, and to what it says of itself. Run by `node --test`. */
/* oxlint-disable typescript/no-floating-promises -- the runner of node:test waits for what it collects */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { assertConforms, openAdapter, runConformance } from '@isograd/core/conformance'
import { isogradAdapter } from 'isograd-adapter-plain-js'

const open = () => openAdapter(isogradAdapter, 'plain-js')

test('does what every isograd backend must do, with every operation in float32', async () => {
  const report = await runConformance(await open(), { dtypes: ['float32'], open, adapter: isogradAdapter })
  assertConforms(report)
  assert.equal(report.counts.passed, report.results.length)
})

test('refuses float64 when a program is compiled', async () => {
  const made = await isogradAdapter.create('plain-js', {})
  assert.ok(made.ok)
  const report = await runConformance(made.backend, { dtypes: ['float64'] })
  assert.equal(report.counts.unsupported, report.results.length)
})

test('explains a variant that it does not have', async () => {
  const made = await isogradAdapter.create('fast', {})
  assert.equal(made.ok, false)
})

test('says its name and version as its manifest does', async () => {
  const manifest = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'))
  const made = await isogradAdapter.create('plain-js', {})
  assert.ok(made.ok)
  assert.equal(isogradAdapter.name, manifest.name)
  assert.deepEqual(made.backend.info.versions, { [manifest.name]: manifest.version })
})
