/** Every proof in its small form, which CI replays: the first seeds of each must come out as the whole proof does. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { proofs } from './proofs.mjs'
import { type Proof, prove, proveInto, summed } from './prove.mjs'

const upTo = (count: number): number[] => Array.from({ length: count }, (_, seed) => seed)

describe('proofs', () => {
  test.skipIf(!process.env['CI']).for(Object.entries(proofs))(
    '%s',
    { timeout: 600_000 },
    async ([, load], { skip }) => {
      const proof = await load()
      if (proof.missing !== undefined) skip(proof.missing)
      const results = await prove(proof, { seeds: upTo(proof.sample), isSample: true })
      const { failed, missed } = summed(proof, results)
      const fresh = missed === undefined ? [] : failed.filter(({ seed }) => proof.known?.includes(seed) !== true)
      expect(fresh).toEqual([])
      expect(results.size).toBe(proof.sample)
    },
  )

  const tried: number[] = []
  const thirds: Proof = {
    about: 'no seed is a multiple of three',
    seeds: 10,
    sample: 3,
    start: async () => ({
      attempt: async (seed) => {
        tried.push(seed)
        if (seed === 4) throw new Error('four')
        return { outcome: seed % 3 === 0 ? 'multiple' : 'other', failed: seed % 3 === 0 }
      },
    }),
  }

  test('keeps what is done, drops a line that was cut off, and tries only what is left', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'isograd-proof-'))
    const file = join(directory, 'deep/thirds.jsonl')
    try {
      await proveInto(file, thirds, { seeds: upTo(10), isStopped: () => tried.length >= 6 })
      expect(tried).toEqual([0, 1, 2, 3, 4, 5])
      writeFileSync(file, readFileSync(file, 'utf8').slice(0, -3))
      const results = await proveInto(file, thirds, { seeds: upTo(8) })
      expect(tried.slice(6)).toEqual([5, 6, 7])
      const { counts, failed, missed } = summed(thirds, results)
      expect(counts).toEqual({ multiple: 3, other: 4, threw: 1 })
      expect(failed.map(({ seed }) => seed)).toEqual([0, 3, 4, 6])
      expect(missed).toBe('4 of 8 seeds failed')
    } finally {
      rmSync(directory, { recursive: true })
    }
  })
})
