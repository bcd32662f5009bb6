/** C computes on random programs what the interpreter computes: bit for bit without contraction. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { interpreting } from '../src/loops/interpret.js'
import { type Machine, plainMachine, widestMachine } from '../src/native/machine.js'
import { createNative } from '../src/native/target.js'
import type { Instance } from '../src/target.js'
import { firstDifference, leftOf } from './left-by.js'
import { printed } from './printed.js'
import { randomProgram } from './random-program.js'

/** The first sentence of why there is no compiler, or nothing. */
const missing = await createNative('native').then(
  (target) => target.dispose(),
  (error: Error) => error.message,
)

const RUNS = Number(process.env['ISOGRAD_RANDOM_PROGRAMS'] ?? '30')
const SEED = Number(process.env['ISOGRAD_SEED'] ?? '1')
/** Programs of one C file. */
const TOGETHER = 30

/** Vectors of other widths, as long as the processor has them. */
const machines: Readonly<Record<string, Machine>> = {
  'of 64 bytes': widestMachine,
  'of 32 bytes': { bytes: 32, registers: 16, dialect: 'avx' },
  'of 16 bytes': plainMachine,
}

const own = await createNative('native').then(
  ({ machine }) => machine,
  () => plainMachine,
)

describe.skipIf(missing !== undefined)(`native ${missing ?? ''}`, () => {
  it.each([2, 4])('computes the bits of one thread with %i', { timeout: 3_600_000 }, async (threads) => {
    const native = await createNative('native:strict', { leastWork: 1 })
    for (let first = 0; first < RUNS; first += TOGETHER) {
      const drawn = fc.sample(randomProgram, { numRuns: TOGETHER, seed: SEED + first })
      // oxlint-disable-next-line no-await-in-loop -- one file after the other
      const instances = await native.loadAll(drawn)
      for (const [k, random] of drawn.entries()) {
        const instance = instances[k] as Instance
        const difference = firstDifference(leftOf(instance, random), leftOf(instance, random, threads))
        expect(difference, `seed ${SEED + first}, program ${k}\n${printed(random.program)}`).toBeUndefined()
      }
    }
    native.dispose()
  })

  for (const [name, machine] of Object.entries(machines).filter(([, { bytes }]) => bytes <= own.bytes)) {
    it(`computes the bits of the interpreter with vectors ${name}`, { timeout: 3_600_000 }, async () => {
      const native = await createNative('native:strict', { machine })
      for (let first = 0; first < RUNS; first += TOGETHER) {
        const drawn = fc.sample(randomProgram, { numRuns: TOGETHER, seed: SEED + first })
        // oxlint-disable-next-line no-await-in-loop -- one file after the other
        const instances = await native.loadAll(drawn)
        for (const [k, random] of drawn.entries()) {
          const { program, plan, constants } = random
          // oxlint-disable-next-line no-await-in-loop -- it does not wait
          const loops = await interpreting.load(program, plan, constants)
          const difference = firstDifference(leftOf(loops, random), leftOf(instances[k] as Instance, random))
          const where = `seed ${SEED + first}, program ${k}`
          if (difference !== undefined) throw new Error(`${where}: ${difference}\n${printed(program)}`)
          instances[k]?.dispose()
        }
      }
      expect(native.bytes()).toBe(0)
      native.dispose()
    })
  }
})
