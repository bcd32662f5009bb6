/** A runtime of a version that was never tested is told, once, on standard error and in the record; all goes on. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { loadBackend } from '../src/backends/load.js'
import { registry } from '../src/backends/registry.js'
import { fixture, isograd, temporaryDirectory } from './command.js'

const core = fileURLToPath(new URL('../../core/dist/index.js', import.meta.url))
const NOTE = 'note: [old] my-runtime 1.22.0 was never tested; tested: 1.30.0 to 1.32.0'

/** The reference under another name, on a runtime that is too old. */
function oldAdapter(): string {
  const path = join(temporaryDirectory(), 'old.mjs')
  const text = `import { referenceBackend } from ${JSON.stringify(core)}
export const isogradAdapter = { name: 'old', contract: 2, variants: ['old'],
  tested: { 'my-runtime': ['1.30.0', '1.32.0'] },
  create: async () => {
    const backend = referenceBackend()
    return { ok: true, backend: { ...backend, name: 'old', info: { ...backend.info, versions: { 'my-runtime': '1.22.0' } } } }
  } }`
  writeFileSync(path, text)
  return path
}

const tiny = fixture('tiny.json')

describe.concurrent('a runtime that was never tested', () => {
  it.each([
    ['run', ['run', tiny]],
    ['check', ['check', tiny]],
    ['conformance', ['conformance', '--only', 'add/finite/*']],
    ['bench', ['bench', '--preset', 'softmax-linear', '--peer', 'none', '--repetitions', '1', '--steps', '1']],
    ['doctor', ['doctor']],
  ])('is told by %s', { timeout: 120_000 }, async (verb, args) => {
    const old = oldAdapter()
    const named = verb === 'conformance' ? [verb, old, ...args.slice(1)] : [...args, '--backend', old]
    const { status, stdout, stderr } = await isograd([...named, '--json'], {
      env: { ISOGRAD_CACHE_DIR: temporaryDirectory() },
    })
    const recorded = verb === 'conformance' || /"untested": \{\s*"my-runtime": "1.30.0 to 1.32.0"/.test(stdout)
    expect([status, stderr.split('\n').filter((line) => line === NOTE), recorded]).toEqual([0, [NOTE], true])
  })
})

it('every runtime that is installed here is of a version that was tested', { timeout: 60_000 }, async () => {
  const untested: unknown[] = []
  for (const name of Object.keys(registry)) {
    // oxlint-disable-next-line no-await-in-loop -- variants of one runtime may share its state
    const loaded = await loadBackend(name, {})
    if (!loaded.ok) continue
    if (loaded.backend.info.untested !== undefined) untested.push([name, loaded.backend.info])
    // oxlint-disable-next-line no-await-in-loop
    await loaded.backend.dispose()
  }
  expect(untested).toEqual([])
})
