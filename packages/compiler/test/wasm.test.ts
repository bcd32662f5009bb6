import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { interpreting } from '../src/loops/interpret.js'
import type { Elements, Target } from '../src/target.js'
import { createWasm } from '../src/wasm/target.js'
import { printed } from './printed.js'
import { arenaOf, fillArena, type RandomProgram, randomProgram } from './random-program.js'

/** Everything that a program leaves, on a target. */
async function left(target: Target, random: RandomProgram): Promise<Record<string, Elements>> {
  const { program, plan, constants, xs, steps, buffers } = random
  const ys = random.ys.map((data) => data.slice())
  const instance = await target.load(program, plan, constants)
  try {
    fillArena(random, instance.arena())
    instance.run(xs, ys, 0, steps)
    const arena = instance.arena().slice()
    const head = new Int32Array(arena.buffer, 0, 2)
    const named = buffers.filter(({ space }) => space === 'y').map(({ name }, i) => [name, ys[i]] as const)
    return {
      ...arenaOf(random, arena),
      ...Object.fromEntries(named.map(([name, data]) => [name, data as Elements])),
      head,
    }
  } catch (error) {
    throw new Error(printed(program), { cause: error })
  } finally {
    instance.dispose()
  }
}

/** The first element that differs; a NaN is a NaN. */
function firstDifference(one: Record<string, Elements>, other: Record<string, Elements>): string | undefined {
  for (const [name, data] of Object.entries(one)) {
    const at = data.findIndex((x, i) => !Object.is(x, other[name]?.[i]))
    if (at >= 0) return `${name}[${at}]: ${data[at]} and ${other[name]?.[at]}`
  }
  return undefined
}

const RUNS = Number(process.env['ISOGRAD_RANDOM_PROGRAMS'] ?? '300')

describe('wasm', () => {
  it('computes the bits of the interpreter', { timeout: 3_600_000 }, async () => {
    const wasm = createWasm()
    await fc.assert(
      fc.asyncProperty(randomProgram, async (random) => {
        const difference = firstDifference(await left(interpreting, random), await left(wasm, random))
        if (difference !== undefined) throw new Error(`${difference}\n${printed(random.program)}`)
      }),
      { numRuns: RUNS },
    )
    expect(wasm.bytes()).toBe(0)
  })
})
