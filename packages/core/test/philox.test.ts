import { describe, expect, it } from 'vitest'
import { type Block, philox4x32 } from '../src/random/philox.js'

/** `kat_vectors` of Random123 1.14, the lines `philox4x32 10`: counter, key, result. */
const known: readonly (readonly [string, string, string])[] = [
  ['00000000 00000000 00000000 00000000', '00000000 00000000', '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
  ['ffffffff ffffffff ffffffff ffffffff', 'ffffffff ffffffff', '408f276d 41c83b0e a20bc7c6 6d5451fd'],
  ['243f6a88 85a308d3 13198a2e 03707344', 'a4093822 299f31d0', 'd16cfe09 94fdcceb 5001e420 24126ea1'],
]

function words(text: string): number[] {
  return text.split(' ').map((word) => Number.parseInt(word, 16))
}

function low(x: bigint): bigint {
  return x & 0xffffffffn
}

/** Philox as the paper writes it, in 64-bit integers. */
function byBigInts(counter: Block, key: readonly [number, number]): number[] {
  let [c0, c1, c2, c3] = counter.map(BigInt) as [bigint, bigint, bigint, bigint]
  let [k0, k1] = key.map(BigInt) as [bigint, bigint]
  for (let round = 0; round < 10; round++) {
    const [p0, p1] = [0xd2511f53n * c0, 0xcd9e8d57n * c2]
    ;[c0, c1, c2, c3] = [(p1 >> 32n) ^ c1 ^ k0, low(p1), (p0 >> 32n) ^ c3 ^ k1, low(p0)]
    k0 = low(k0 + 0x9e3779b9n)
    k1 = low(k1 + 0xbb67ae85n)
  }
  return [c0, c1, c2, c3].map(Number)
}

describe('philox4x32', () => {
  it.each(known)('gives the published answer for counter %s and key %s', (counter, key, result) => {
    expect(philox4x32(words(counter) as unknown as Block, words(key) as [number, number])).toEqual(words(result))
  })

  it('agrees with the definition in 64-bit integers where products carry', () => {
    const edges = [0, 1, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffff0000, 0xfffffffe, 0xffffffff]
    for (const a of edges) {
      for (const b of edges) {
        const counter: Block = [a, b, b, a]
        expect(philox4x32(counter, [b, a])).toEqual(byBigInts(counter, [b, a]))
      }
    }
  })
})
