/**
 * Floating-point formats by which a device may compute what it stores in one of more bits: float32 in the place of float64,
 * TensorFloat-32 (NVIDIA A100 whitepaper, 2020), bfloat16, and float16 (IEEE 754, binary16).
 */
import { type FloatFormat, floatFormats } from './rounding.js'

/** A format with its name for people. */
export interface ReducedFormat extends FloatFormat {
  /** The name, and the bits behind the point. */
  readonly label: string
  /** Cuts off the bits that it does not hold, as some devices do in the place of rounding. */
  readonly truncate: (value: number) => number
  /** Rounds ties away from zero, where a device is known for it. */
  readonly roundAway?: (value: number) => number
  /** Its use on devices that compute in it: sums of what is stored in it are of float32, unless it is everything. */
  readonly use: 'operands of products' | 'what is stored' | 'everything'
}

const float32 = new Float32Array(1)
const word = new Uint32Array(float32.buffer)

/** The float32 number nearest to a value, with its bits changed; what is not finite stays. */
function withBits(value: number, change: (bits: number) => number): number {
  float32[0] = value
  if (!Number.isFinite(float32[0])) return float32[0]
  word[0] = change(word[0] as number)
  return float32[0]
}

/** Cuts a float32 number to some bits behind the point. */
function truncated(bits: number) {
  const lost = 2 ** (23 - bits)
  return (value: number): number => withBits(value, (all) => all - (all % lost))
}

/** Rounds once to the nearest number of some bits behind the point, ties to even. */
function rounded(bits: number) {
  const lost = 2 ** (23 - bits)
  return (value: number): number =>
    withBits(value, (all) => {
      const [kept, rest] = [all - (all % lost), all % lost]
      if (rest !== lost / 2) return rest > lost / 2 ? kept + lost : kept
      // A tie of the float32 number is one of the value itself only where the two are the same.
      const beyond = Math.abs(value) - Math.abs(Math.fround(value))
      const isUp = beyond > 0 || (beyond === 0 && (kept / lost) % 2 === 1)
      return isUp ? kept + lost : kept
    })
}

/** Rounds to the nearest number of some bits behind the point, ties away from zero. */
function roundedAway(bits: number) {
  const lost = 2 ** (23 - bits)
  return (value: number): number => withBits(value, (all) => all + lost / 2 - ((all + lost / 2) % lost))
}

/** Numbers of fewer bits than float32 that no device is known for, by how many there are behind the point. */
export function shortened(bits: number): Pick<ReducedFormat, 'label' | 'round' | 'truncate'> {
  // Not by way of float32, which would round twice (Dekker 1971).
  const round = (value: number): number => {
    const shifted = value * (2 ** (52 - bits) + 1)
    return Number.isFinite(shifted) ? shifted - (shifted - value) : value
  }
  return { label: `float32 of ${bits} bits`, round, truncate: truncated(bits) }
}

/** Rounds to float32 towards zero. */
export function towardsZero(value: number): number {
  const near = Math.fround(value)
  return Math.abs(near) > Math.abs(value) ? withBits(near, (all) => all - 1) : near
}

/** The nearest whole number, ties to even, of one below 2^52. */
function toEven(x: number): number {
  return Math.sign(x) * (Math.abs(x) + 2 ** 52 - 2 ** 52)
}

/** A rounding in the range of float16: to multiples of 2^-24 where it is subnormal, to infinity beyond 65504. */
function inFloat16(round: (value: number) => number, toInteger: (value: number) => number) {
  return (value: number): number => {
    if (Math.abs(value) < 2 ** -14) return toInteger(value * 2 ** 24) * 2 ** -24
    const near = round(value)
    return Math.abs(near) > 65_504 ? Math.sign(near) * Number.POSITIVE_INFINITY : near
  }
}

const { smallestNormal, largest } = floatFormats.float32

/** The formats, the coarsest first. */
export const reducedFormats = {
  bfloat16: {
    label: 'bfloat16 (7 bits)',
    unitRoundoff: 2 ** -8,
    smallestNormal,
    largest,
    round: rounded(7),
    truncate: truncated(7),
    use: 'what is stored',
  },
  float16: {
    label: 'float16 (10 bits)',
    unitRoundoff: 2 ** -11,
    smallestNormal: 2 ** -14,
    largest: 65_504,
    round: inFloat16(rounded(10), toEven),
    truncate: inFloat16(truncated(10), Math.trunc),
    use: 'everything',
  },
  tf32: {
    label: 'TF32 (10 bits)',
    unitRoundoff: 2 ** -11,
    smallestNormal,
    largest,
    round: rounded(10),
    truncate: truncated(10),
    // The instruction cvt.rna.tf32.f32 of NVIDIA's PTX.
    roundAway: roundedAway(10),
    use: 'operands of products',
  },
  float32: {
    label: 'float32 (23 bits)',
    ...floatFormats.float32,
    truncate: Math.fround,
    use: 'everything',
  },
} as const satisfies Record<string, ReducedFormat>

/** The ways in which a device of a format may read a number: as it is, rounded, or cut off. */
export function readingsOf({ round, truncate, roundAway }: ReducedFormat): ((value: number) => number)[] {
  return [(value) => value, round, truncate, ...(roundAway === undefined ? [] : [roundAway])]
}

/** Name of a reduced format. */
export type ReducedFormatName = keyof typeof reducedFormats

/** True if a text names one. */
export function isReducedFormatName(name: string): name is ReducedFormatName {
  return Object.hasOwn(reducedFormats, name)
}
