import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { interpreting } from '../src/loops/interpret.js'
import { createWasm } from '../src/wasm/target.js'
import { firstDifference, leftBy } from './left-by.js'
import { printed } from './printed.js'
import { randomProgram } from './random-program.js'

const RUNS = Number(process.env['ISOGRAD_RANDOM_PROGRAMS'] ?? '300')

describe('wasm', () => {
  it('computes the bits of the interpreter', { timeout: 3_600_000 }, async () => {
    const wasm = createWasm()
    await fc.assert(
      fc.asyncProperty(randomProgram, async (random) => {
        const difference = firstDifference(await leftBy(interpreting, random), await leftBy(wasm, random))
        if (difference !== undefined) throw new Error(`${difference}\n${printed(random.program)}`)
      }),
      { numRuns: RUNS },
    )
    expect(wasm.bytes()).toBe(0)
  })
})
