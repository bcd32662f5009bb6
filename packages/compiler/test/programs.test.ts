/** Random programs compute on loops what the reference computes, and the same bits on every target. */
import { referenceBackend } from '@isograd/core'
import type { Backend, FloatDType, TensorMap } from '@isograd/core/backend'
import { describe, expect, it } from 'vitest'
import { compilerBackend } from '../src/backend.js'
import { interpreting } from '../src/loops/interpret.js'
import { lower } from '../src/lower/lower.js'
import { placeBuffers } from '../src/memory/place.js'
import { createNative, type NativeTarget } from '../src/native/target.js'
import type { Target } from '../src/target.js'
import { createWasm } from '../src/wasm/target.js'
import { drawProgram } from './draw-program.js'

type Drawn = ReturnType<typeof drawProgram>

const info = { device: 'cpu', options: {} }

async function scanned(backend: Backend, { program, constants, carry, xs }: Drawn) {
  const executable = await backend.compile(program, constants)
  const result = await executable.scan(carry, xs)
  await executable.dispose()
  return { ...result.carry, ...Object.fromEntries(Object.entries(result.ys).map(([name, y]) => [`ys/${name}`, y])) }
}

/** The largest difference, beside the largest number of the tensor, which counts as at least `least`. */
function difference(a: TensorMap, b: TensorMap, least: number): number {
  return Math.max(
    0,
    ...Object.entries(a).map(([name, { data }]) => {
      const other = b[name]?.data ?? []
      const size = Math.max(least, ...Array.from(data, (x) => Math.abs(x)).filter(Number.isFinite))
      return Math.max(
        0,
        ...Array.from(data, (x, i) =>
          Object.is(x, other[i]) || x === other[i] ? 0 : Math.abs(x - Number(other[i])) / size,
        ),
      )
    }),
  )
}

/** The first tensor of which a bit differs; a NaN is a NaN. */
const otherBits = (a: TensorMap, b: TensorMap): string | undefined =>
  Object.keys(a).find((name) => a[name]?.data.some((x, i) => !Object.is(x, b[name]?.data[i])))

const COUNT = Number(process.env['ISOGRAD_DRAWN'] ?? '300')
const FIRST = Number(process.env['ISOGRAD_FIRST'] ?? '0')
/** Programs that share a C file. */
const TOGETHER = 10

const batchOf = (seed: number): number => 1 + (seed % 5)

const drawn = (seed: number, dtype: FloatDType): Drawn =>
  drawProgram(seed, { operations: 12 + (seed % 50), batch: batchOf(seed), steps: 1 + (seed % 3), dtype })

/** The faults of the programs of some seeds. */
async function complaints(seeds: readonly number[], check: (seed: number) => Promise<string | undefined>) {
  const wrong: string[] = []
  for (const seed of seeds) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const complaint = await check(seed).catch(String)
    if (complaint !== undefined) wrong.push(`seed ${seed}: ${complaint}`)
  }
  return wrong
}

const seedsFrom = (first: number, count: number): number[] => Array.from({ length: count }, (_, i) => first + i)

// Where sums cancel, what is left is noise: no tensor counts as smaller than the last number.
describe.each([
  ['float64', 1e-9, 1e-6],

  ['float32', 1e-2, 1],
] as const)('%s', (dtype, bound, least) => {
  it(`${COUNT} drawn programs on the interpreter and on wasm`, { timeout: 3_600_000 }, async () => {
    const [loops, wasm] = [compilerBackend(interpreting, info), compilerBackend(createWasm(), info)]
    const reference = referenceBackend()
    const wrong = await complaints(seedsFrom(FIRST, COUNT), async (seed) => {
      const one = drawn(seed, dtype)
      const [got, bits] = [await scanned(loops, one), await scanned(wasm, one)]
      const worst = difference(await scanned(reference, one), got, least)
      const other = otherBits(got, bits)
      if (other !== undefined) return `other bits on wasm: ${other}`
      return worst < bound ? undefined : `off by ${worst}`
    })
    expect(wrong).toEqual([])
  })
})

const native: NativeTarget | string = await createNative('native:strict').catch((error: Error) => error.message)

/** A target for which programs are made already. */
async function readyMade(target: NativeTarget, programs: readonly { one: Drawn; batch: number }[]): Promise<Target[]> {
  const planned = programs.map(({ one, batch }) => {
    const { carry, ...program } = lower(one.program, batch)
    const constants = one.program.inputs.constants.map(({ name }) => one.constants[name]?.data ?? new Float64Array())
    return { program, plan: placeBuffers(program, carry), constants }
  })
  const instances = await target.loadAll(planned)
  return instances.map((instance) => ({ ...target, load: async () => instance }))
}

describe.skipIf(typeof native === 'string')('native:strict', () => {
  const count = Math.ceil(COUNT / 10)
  it(`${count} drawn programs have the bits of the interpreter`, { timeout: 3_600_000 }, async () => {
    if (typeof native === 'string') return
    const loops = compilerBackend(interpreting, info)
    for (let first = FIRST; first < FIRST + count; first += TOGETHER) {
      const seeds = seedsFrom(first, Math.min(TOGETHER, FIRST + count - first))
      const all = seeds.map((seed) => ({ one: drawn(seed, seed % 2 ? 'float32' : 'float64'), batch: batchOf(seed) }))
      // oxlint-disable-next-line no-await-in-loop -- one file after the other
      const targets = await readyMade(native, all)
      // oxlint-disable-next-line no-await-in-loop -- one file after the other
      const wrong = await complaints(seeds, async (seed) => {
        const [target, program] = [targets[seed - first], all[seed - first]]
        if (target === undefined || program === undefined) return 'not made'
        return otherBits(await scanned(loops, program.one), await scanned(compilerBackend(target, info), program.one))
      })
      expect(wrong).toEqual([])
    }
  })
})
