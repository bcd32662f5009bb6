/** Drawn programs on every target beside the reference: results within bounds, and the same bits wherever they are promised. */
import { referenceBackend } from '@isograd/core'
import { type Backend, type FloatDType, tensor, type TensorMap } from '@isograd/core/backend'
import { compilerBackend } from '../src/backend.js'
import { interpreting } from '../src/loops/interpret.js'
import { lower } from '../src/lower/lower.js'
import { placeBuffers } from '../src/memory/place.js'
import type { NativeTarget } from '../src/native/target.js'
import type { Target } from '../src/target.js'
import { createWasm } from '../src/wasm/target.js'
import { type Drawn, drawProgram, random } from './draw-program.js'

const info = { device: 'cpu', options: {} }

/** Bounds by dtype. Where sums cancel, what is left is noise: no tensor counts as smaller than `least`. */
const bounds: Readonly<Record<FloatDType, { readonly bound: number; readonly least: number }>> = {
  float64: { bound: 1e-11, least: 1e-6 },
  float32: { bound: 1e-4, least: 1 },
}

const batchOf = (seed: number): number => (seed % 7 === 6 ? 19 : 1 + (seed % 5))

/** The program of a seed: of small and of larger sizes, of plain numbers and of odd ones. */
export const drawn = (seed: number, dtype: FloatDType): Drawn =>
  drawProgram(seed, {
    operations: 12 + (seed % 50),
    batch: batchOf(seed),
    steps: 1 + (seed % 3),
    dtype,
    ...(seed % 4 === 1 && { sizes: [33, 17] }),
    ...(seed % 8 > 5 && { odds: 10 }),
  })

/** All that a program gives on a backend. */
async function scanned(backend: Backend, { program, constants, carry, xs }: Drawn): Promise<TensorMap> {
  const executable = await backend.compile(program, constants)
  const result = await executable.scan(carry, xs)
  await executable.dispose()
  return { ...result.carry, ...Object.fromEntries(Object.entries(result.ys).map(([name, y]) => [`ys/${name}`, y])) }
}

/** The largest difference of each tensor, beside its largest number, which counts as at least `least`. */
function differences(a: TensorMap, b: TensorMap, least: number): ReadonlyMap<string, number> {
  return new Map(
    Object.entries(a).map(([name, { data }]) => {
      const other = b[name]?.data ?? []
      const size = Math.max(least, ...Array.from(data, (x) => Math.abs(x)).filter(Number.isFinite))
      const each = Array.from(data, (x, i) =>
        Object.is(x, other[i]) || x === other[i] ? 0 : Math.abs(x - Number(other[i])) / size,
      )
      return [name, Math.max(0, ...each)]
    }),
  )
}

/** The first tensor of which a bit differs; a NaN is a NaN. */
const otherBits = (a: TensorMap, b: TensorMap): string | undefined =>
  Object.keys(a).find((name) => a[name]?.data.some((x, i) => !Object.is(x, b[name]?.data[i])))

/** Relative changes of inputs as large as a few roundings. */
const SMALL: Readonly<Record<FloatDType, number>> = { float64: 2 ** -50, float32: 2 ** -21 }
const TRIES = 8

function nudged(tensors: TensorMap, dtype: FloatDType, next: () => number): TensorMap {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, one]) => {
      if (one.dtype !== dtype) return [name, one]
      const data = Array.from(one.data, (x) => x * (1 + SMALL[dtype] * (2 * next() - 1)))
      return [name, tensor(dtype, one.shape, data)]
    }),
  )
}

/**
 * The tensors that are out of bounds, but for those with a step, such as that of `greater` or `equal`, so near that inputs
 * changed by a rounding move the same tensor as far.
 */
async function offAnyStep(seed: number, dtype: FloatDType, { one, exact, out }: Compared): Promise<string[]> {
  const next = random(seed)
  const change = (tensors: TensorMap): TensorMap => nudged(tensors, dtype, next)
  let left = [...out]
  for (let i = 0; i < TRIES && left.length > 0; i++) {
    const near = { ...one, constants: change(one.constants), carry: change(one.carry), xs: change(one.xs) }
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const moved = differences(exact, await scanned(referenceBackend(), near), bounds[dtype].least)
    left = left.filter(([name, off]) => !(Number(moved.get(name)) > off / 4))
  }
  return left.map(([name, off]) => `${name} by ${off}`)
}

/** A program of a seed with what it gives on wasm, and what is wrong with that. */
export interface Tried {
  readonly seed: number
  readonly one: Drawn
  readonly onWasm: TensorMap
  /** The largest difference from the reference, as a share of its bound; 0 where it is not within. */
  readonly share: number
  /** True where it is so near to a step that a rounding decides. */
  readonly onStep: boolean
  readonly fault?: string
}

/** A program, what the reference gives, and tensors that are out of bounds with how far they are off. */
interface Compared {
  readonly one: Drawn
  readonly exact: TensorMap
  readonly out: readonly (readonly [name: string, off: number])[]
}

/** Backends that programs are tried on. */
export function triers([loops, wasm] = [compilerBackend(interpreting, info), compilerBackend(createWasm(), info)]) {
  const reference = referenceBackend()
  return async (seed: number, dtype: FloatDType): Promise<Tried> => {
    const { bound, least } = bounds[dtype]
    const one = drawn(seed, dtype)
    const [onLoops, onWasm] = [await scanned(loops, one), await scanned(wasm, one)]
    const exact = await scanned(reference, one)
    const off = differences(exact, onLoops, least)
    // Not a number is not below the bound either.
    const out = [...off].filter(([, each]) => !(each < bound))
    const wrong = await offAnyStep(seed, dtype, { one, exact, out })
    const other = otherBits(onLoops, onWasm)
    const bits = other === undefined ? undefined : `other bits on wasm: ${other}`
    const fault = bits ?? (wrong.length === 0 ? undefined : `${dtype}: off ${wrong.join(', ')}`)
    const share = out.length > 0 ? 0 : Math.max(0, ...off.values()) / bound
    return {
      seed,
      one,
      onWasm,
      onStep: out.length > 0 && wrong.length === 0,
      share,
      ...(fault !== undefined && { fault }),
    }
  }
}

/** Targets for which programs are made already: all of them in one C file. */
async function readyMade(target: NativeTarget, programs: readonly Tried[]): Promise<Target[]> {
  const planned = programs.map(({ one, seed }) => {
    const { carry, ...program } = lower(one.program, batchOf(seed))
    const constants = one.program.inputs.constants.map(({ name }) => one.constants[name]?.data ?? new Float64Array())
    return { program, plan: placeBuffers(program, carry), constants }
  })
  const instances = await target.loadAll(planned)
  return instances.map((instance) => ({ ...target, load: async () => instance }))
}

/** The faults of programs on a native target: bits that are not those of wasm. */
export async function nativeFaults(target: NativeTarget, programs: readonly Tried[]): Promise<string[]> {
  const targets = await readyMade(target, programs)
  const faults: string[] = []
  for (const [i, { seed, one, onWasm }] of programs.entries()) {
    const own = targets[i]
    if (own === undefined) throw new Error(`seed ${seed} was not made`)
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const other = otherBits(onWasm, await scanned(compilerBackend(own, info), one))
    if (other !== undefined) faults.push(`seed ${seed}: other bits on ${target.name}: ${other}`)
  }
  return faults
}
