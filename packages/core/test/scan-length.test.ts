/** How an epoch is cut into scans: all of it, in scans about as long as wanted. */
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { ScanLength } from '../src/run/scan-length.js'

/** A length that has learned that a step takes a millisecond, and wants scans of so many. */
function learned(wanted: number): ScanLength {
  const length = new ScanLength(wanted / 1000)
  for (let i = 0; i < 10; i++) length.learn(1, 0.001)
  return length
}

test('a stretch is cut into scans of one length, none half as long again as wanted', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 1, max: 3000 }), (wanted, available) => {
      const length = learned(wanted)
      const scans: number[] = []
      for (let left = available; left > 0; left -= scans.at(-1) ?? left) scans.push(length.next(left))
      expect(scans.reduce((sum, scan) => sum + scan, 0)).toBe(available)
      expect(Math.max(...scans)).toBeLessThanOrEqual(Math.max(1, Math.ceil(1.5 * wanted)))
      expect(Math.max(...scans) - Math.min(...scans)).toBeLessThanOrEqual(1)
    }),
  )
})

test('a stretch a little longer than a scan is one scan', () => {
  expect(learned(70).next(99)).toBe(99)
  expect(learned(70).next(938)).toBe(73)
})

test('no scan is longer than its inputs may be large, however fast steps are', () => {
  const length = learned(1_000_000)
  for (let i = 0; i < 20; i++) length.learn(length.next(100_000), 0.001)
  expect(length.next(100_000)).toBe(4096)
})
