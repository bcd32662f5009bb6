/** The data of random loop programs. */
import type { Buffer, ElementType, LoopProgram } from '../src/loops/loops.js'
import type { MemoryPlan } from '../src/memory/plan.js'
import type { Elements } from '../src/target.js'

/** Row numbers are below it. */
export const LIMIT = 9

/** A program, a plan for its arena, and everything that it computes from. */
export interface RandomProgram {
  readonly program: LoopProgram
  readonly plan: MemoryPlan
  readonly buffers: readonly Buffer[]
  readonly constants: readonly Elements[]
  readonly xs: readonly Elements[]
  readonly ys: readonly Elements[]
  readonly steps: number
  readonly seed: number
}

/** The arrays of elements. */
export const arrays: Readonly<Record<ElementType, new (length: number) => Elements>> = {
  f32: Float32Array,
  f64: Float64Array,
  i32: Int32Array,
  u8: Uint8Array,
  bool: Uint8Array,
}

/** Numbers that are wrong more often than others. */
export const specials = [
  0,
  -0,
  Number.NaN,
  Infinity,
  -Infinity,
  1e-40,
  -1e-310,
  1,
  -1,
  0.5,
  2.5,
  3e9,
  -2147483648,
  1e38,
  16777217,
]

/** Numbers of a type, some of them special; a congruential generator will do. */
export function fill(data: Elements, type: ElementType, seed: number): Elements {
  let state = seed | 1
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    return (state >>> 8) / 2 ** 24
  }
  for (let i = 0; i < data.length; i++) {
    const special = specials[Math.floor(next() * 200)]
    const number = (next() - 0.5) / (next() + 0.01)
    if (type === 'bool') data[i] = next() < 0.5 ? 0 : 1
    else if (type === 'u8') data[i] = Math.floor(next() * 256)
    else if (type === 'i32') data[i] = next() < 0.02 ? Math.floor((next() - 0.5) * 2 ** 32) : Math.floor(next() * LIMIT)
    else data[i] = special ?? number
  }
  return data
}

const viewOf: Readonly<Record<ElementType, (bytes: Uint8Array, offset: number, length: number) => Elements>> = {
  f32: ({ buffer, byteOffset }, offset, length) => new Float32Array(buffer, byteOffset + offset, length),
  f64: ({ buffer, byteOffset }, offset, length) => new Float64Array(buffer, byteOffset + offset, length),
  i32: ({ buffer, byteOffset }, offset, length) => new Int32Array(buffer, byteOffset + offset, length),
  u8: ({ buffer, byteOffset }, offset, length) => new Uint8Array(buffer, byteOffset + offset, length),
  bool: ({ buffer, byteOffset }, offset, length) => new Uint8Array(buffer, byteOffset + offset, length),
}

/** The buffers of an arena, by name. */
export function arenaOf({ buffers, plan }: RandomProgram, arena: Uint8Array): Record<string, Elements> {
  const inArena = buffers.filter(({ space }) => space === 'arena')
  return Object.fromEntries(
    inArena.map(({ id, name, type, length }) => [
      name,
      viewOf[type](arena, plan.offsets.get(id) ?? Number.NaN, length),
    ]),
  )
}

/** Gives the arena its first numbers. */
export function fillArena(random: RandomProgram, arena: Uint8Array): void {
  const { buffers, seed } = random
  const views = arenaOf(random, arena)
  for (const { name, type, id } of buffers) {
    const view = views[name]
    if (view !== undefined) fill(view, type, seed + id)
  }
}
