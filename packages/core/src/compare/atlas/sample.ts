/**
 * The operands that an atlas tries, in slices of bounded length: of one operand a sample that is alike of every sign and exponent
 * and evenly spread over the fractions, or all 2^32 numbers; of two operands pairs whose exponents are independent, near each
 * other, or at the edge of overflow or underflow of their product and quotient. Special points come first.
 */
import { RandomStream } from '../../random/stream.js'
import { cornerPoints, EXPONENTS, specialPoints } from './points.js'

/** The operands of some applications of an operation: an array each, of one length. */
export type OperandSlice = readonly Float32Array[]

/** Most numbers of a slice: what is made of it takes some megabytes, and little time. */
export const SLICE = 2 ** 18

const TWO_32 = 2 ** 32
const FRACTIONS = 2 ** 23
const HALF = 2 ** 31

/** Signs and exponents that a sample draws from, in the order of their bits: those of infinity and NaN have special points. */
const strata = Array.from({ length: 2 * EXPONENTS }, (_, i) => (i < EXPONENTS ? i : i + 1) * FRACTIONS)

/** Tuples of bits, gathered to slices. */
function* slicesOf(tuples: Iterable<readonly number[]>, arity: number): Generator<OperandSlice> {
  let [words, length] = [emptyWords(arity), 0]
  for (const tuple of tuples) {
    for (let i = 0; i < arity; i++) (words[i] as Uint32Array)[length] = tuple[i] as number
    if (++length < SLICE) continue
    yield floatsOf(words, length)
    ;[words, length] = [emptyWords(arity), 0]
  }
  if (length > 0) yield floatsOf(words, length)
}

function emptyWords(arity: number): Uint32Array<ArrayBuffer>[] {
  return Array.from({ length: arity }, () => new Uint32Array(SLICE))
}

function floatsOf(words: readonly Uint32Array<ArrayBuffer>[], length: number): OperandSlice {
  return words.map(({ buffer }) => new Float32Array(buffer, 0, length))
}

function* single(samples: number, random: RandomStream): Generator<readonly number[]> {
  for (const point of specialPoints) yield [point]
  const each = Math.ceil(samples / strata.length)
  for (const stratum of strata) {
    for (let i = 0; i < each; i++) yield [stratum + Math.floor(((i + random.uniform()) / each) * FRACTIONS)]
  }
}

/** Exponents at which products and quotients overflow, become subnormal, and become zero. */
const edges = [128, -126, -149]
const BIAS = 127

type Partner = (exponent: number, random: RandomStream) => number

/** Ways to choose the exponent of the second operand, with its bias. */
const partners: readonly Partner[] = [
  (_, random) => random.below(EXPONENTS),
  (exponent, random) => exponent + random.below(55) - 27,
  (exponent, random) => {
    const edge = (edges[random.below(edges.length)] as number) + random.below(5) - 2
    return BIAS + (random.below(2) === 0 ? edge - (exponent - BIAS) : exponent - BIAS - edge)
  },
]

function* pairs(samples: number, random: RandomStream): Generator<readonly number[]> {
  for (const x of cornerPoints) for (const y of cornerPoints) yield [x, y]
  for (let i = 0; i < samples; i++) {
    const stratum = strata[i % strata.length] as number
    const partner = partners[Math.floor(i / strata.length) % partners.length] as Partner
    const wanted = partner((stratum / FRACTIONS) % (EXPONENTS + 1), random)
    const exponent = Math.min(EXPONENTS - 1, Math.max(0, wanted))
    const y = exponent * FRACTIONS + random.below(FRACTIONS) + random.below(2) * HALF
    yield [stratum + random.below(FRACTIONS), y]
  }
}

/** About so many applications of an operation of one operand or two, and the special points; the same for the same seed. */
export function sampledSlices(arity: 1 | 2, samples: number, seed: number): Generator<OperandSlice> {
  const random = new RandomStream(seed, 'sample')
  return slicesOf(arity === 1 ? single(samples, random) : pairs(samples, random), arity)
}

/** All float32 numbers, in the order of their bits. */
export function* allSlices(): Generator<OperandSlice> {
  for (let start = 0; start < TWO_32; start += SLICE) {
    const words = new Uint32Array(SLICE)
    for (let i = 0; i < SLICE; i++) words[i] = start + i
    yield [new Float32Array(words.buffer)]
  }
}
