/** The published conformance cases: on the loops themselves, before any emitter has seen them, and on what is emitted. */
import { join } from 'node:path'
import { type ConformanceCase, conformanceCases, describeReport, runConformance } from '@isograd/core/conformance'
import { expect, it } from 'vitest'
import { compilerBackend } from '../src/backend.js'
import { interpreting } from '../src/loops/interpret.js'
import { createNative, type NativeMode } from '../src/native/target.js'
import { createWasm } from '../src/wasm/target.js'

/** Objects that the tests make are kept beside them: a thousand small programs take a minute. */
const environment = { ...process.env, XDG_CACHE_HOME: join(import.meta.dirname, '..', 'node_modules', '.cache') }

const native = async (mode: NativeMode) =>
  compilerBackend(await createNative(mode, { environment }), { device: 'cpu', options: {} })

const backends = {
  loops: async () => compilerBackend(interpreting, { device: 'cpu', options: {} }),
  wasm: async () => compilerBackend(createWasm(), { device: 'cpu', options: {} }),
  native: () => native('native'),
  'native:strict': () => native('native:strict'),
} as const

/** Why there is none on this machine, or nothing. */
async function missing(name: keyof typeof backends): Promise<string | undefined> {
  try {
    await (await backends[name]()).dispose()
    return undefined
  } catch (error) {
    return String(error)
  }
}

/** Each case of `native` is a run of the compiler: one of 48, and all where it is asked for. */
function casesOf(name: keyof typeof backends): readonly ConformanceCase[] {
  const all = conformanceCases()
  const isWhole = !name.startsWith('native') || process.env['ISOGRAD_ALL_CASES'] !== undefined
  return isWhole ? all : all.filter(({ id }, i) => i % 48 === 0 || id.startsWith('tap/'))
}

/** Tests a backend; each is a file of its own, so that they run side by side. */
export async function testConformance(name: keyof typeof backends): Promise<void> {
  const why = await missing(name)
  it.skipIf(why !== undefined)(`passes on ${name} ${why ?? ''}`, { timeout: 3_600_000 }, async () => {
    const open = backends[name]
    const backend = await open()
    const report = await runConformance(backend, { open, cases: casesOf(name) })
    const { interpreted } = backend.info.options
    await backend.dispose()
    expect(Number(interpreted) > 0).toBe(name === 'loops')
    expect(report.ok ? '' : describeReport(report)).toBe('')
  })
}
