/** The facts of a processor that the C depends on: it decides how fast the code is, never what it computes. */
import type { RegisterType } from '../loops/loops.js'

/** Width and number of the registers that vectors live in. */
export interface Machine {
  /** Bytes of a register. */
  readonly bytes: 64 | 32 | 16
  readonly registers: 32 | 16
  /** Instructions that the C names itself; elsewhere it stays with what all compilers know. */
  readonly dialect: 'avx512' | 'avx' | 'neon' | 'plain'
}

/** A processor of which nothing is known. */
export const plainMachine: Machine = { bytes: 16, registers: 16, dialect: 'plain' }

/** The processor with the widest vectors. */
export const widestMachine: Machine = { bytes: 64, registers: 32, dialect: 'avx512' }

/** The widest first; the macro is what a compiler defines for its target. */
const machines: readonly (readonly [macro: string, machine: Machine])[] = [
  ['__AVX512VL__', widestMachine],
  ['__AVX__', { bytes: 32, registers: 16, dialect: 'avx' }],
  ['__aarch64__', { bytes: 16, registers: 32, dialect: 'neon' }],
]

/** The machine of a compiler's target. @param macros what it defines, as `cc -dM -E` prints it. */
export function machineOf(macros: string): Machine {
  return machines.find(([macro]) => macros.includes(`#define ${macro} `))?.[1] ?? plainMachine
}

/** Registers that hold numbers; `bool` is a number in a scalar and a mask in a vector. */
export type NumberType = Exclude<RegisterType, 'bool'>

/** Bytes of a lane. */
export const laneBytes: Readonly<Record<NumberType, number>> = { f32: 4, f64: 8, i32: 4, i64: 8 }

/** The registers of a loop: lanes and masks. */
export interface Lanes {
  readonly count: number
  /** Lanes of a mask: all bits set, or none. */
  readonly mask: 'i32' | 'i64'
}

/** Lanes of a loop, by what its widest register takes. */
export const lanesOf = ({ bytes }: Machine, isWide: boolean): Lanes =>
  isWide ? { count: bytes / 8, mask: 'i64' } : { count: bytes / 4, mask: 'i32' }

/** The C type of a vector. */
export const vectorType = (type: RegisterType, { count, mask }: Lanes): string =>
  `${type === 'bool' ? mask : type}x${count}`
