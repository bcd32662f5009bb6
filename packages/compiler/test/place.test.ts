/** The memory plan: what lives at the same time never shares bytes, however many buffers there are. */
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { constant } from '../src/loops/build.js'
import type { Buffer, Kernel } from '../src/loops/loops.js'
import { placeBuffers } from '../src/memory/place.js'
import { ALIGNMENT, HEAD, TAIL } from '../src/memory/plan.js'

interface Life {
  readonly length: number
  readonly first: number
  readonly last: number
}

const bufferOf = ({ length }: Life, id: number): Buffer => {
  return { id, name: `b${id}`, type: 'f32', length, space: 'arena', index: 0 }
}

/** Kernels that use buffers for the first time and the last time when their lives say so. */
function kernelsOf(lives: readonly Life[], buffers: readonly Buffer[], count: number): Kernel[] {
  return Array.from({ length: count }, (_, at) => {
    const used = buffers.filter((__, i) => lives[i]?.first === at || lives[i]?.last === at)
    const index = { constant: 0, terms: [] }
    const body = used.map((buffer) => ({ kind: 'store' as const, buffer, index, value: constant('f32', 0) }))
    return { name: `k${at}`, locals: 0, body }
  })
}

const lifeIn = (kernels: number) =>
  fc
    .tuple(fc.integer({ min: 1, max: 5000 }), fc.nat(kernels - 1), fc.nat(kernels - 1))
    .map(([length, a, b]): Life => ({ length, first: Math.min(a, b), last: Math.max(a, b) }))

it('keeps apart what lives at the same time, in order and whole', () => {
  fc.assert(
    fc.property(fc.array(lifeIn(12), { minLength: 1, maxLength: 60 }), (lives) => {
      const buffers = lives.map(bufferOf)
      const plan = placeBuffers({ name: 'p', kernels: kernelsOf(lives, buffers, 12), faults: [], uncovered: 0 }, [])
      const placed = lives.map((life, id) => ({ ...life, offset: Number(plan.offsets.get(id)) }))
      for (const [i, a] of placed.entries()) {
        expect(a.offset % ALIGNMENT).toBe(0)
        expect(a.offset).toBeGreaterThanOrEqual(HEAD)
        expect(a.offset + 4 * a.length + TAIL).toBeLessThanOrEqual(plan.bytes)
        for (const b of placed.slice(i + 1)) {
          const together = a.first <= b.last && b.first <= a.last
          const apart = a.offset + 4 * a.length <= b.offset || b.offset + 4 * b.length <= a.offset
          expect(together && !apart).toBe(false)
        }
      }
    }),
  )
})

it('gives the memory of what has ended to what begins', () => {
  const lives = [0, 1, 2, 3].map((at) => ({ length: 1000, first: at, last: at }))
  const buffers = lives.map(bufferOf)
  const { offsets } = placeBuffers({ name: 'p', kernels: kernelsOf(lives, buffers, 4), faults: [], uncovered: 0 }, [])
  expect([...offsets.values()]).toEqual([HEAD, HEAD, HEAD, HEAD])
})
