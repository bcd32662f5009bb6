/** The results of a random program on a target, and their comparison. */
import { firstFault } from '../src/memory/head.js'
import type { Elements, Instance, Target } from '../src/target.js'
import { printed } from './printed.js'
import { arenaOf, fillArena, type RandomProgram } from './random-data.js'

/** The fault that is told, and its row. */
function faultIn(arena: Uint8Array): Int32Array {
  const { fault, row } = firstFault(arena) ?? { fault: -1, row: 0 }
  return Int32Array.of(fault + 1, row)
}

/** The elements of every buffer that can be written, by name, after a program has run. */
export function leftOf(instance: Instance, random: RandomProgram, threads = 1): Record<string, Elements> {
  const { xs, steps, buffers } = random
  const ys = random.ys.map((data) => data.slice())
  fillArena(random, instance.arena())
  instance.run(xs, ys, 0, steps, threads)
  const arena = instance.arena().slice()
  const named = buffers.filter(({ space }) => space === 'y').map(({ name }, i) => [name, ys[i] as Elements] as const)
  return { ...arenaOf(random, arena), ...Object.fromEntries(named), head: faultIn(arena) }
}

/** The same of a program by itself. */
export async function leftBy(target: Target, random: RandomProgram): Promise<Record<string, Elements>> {
  const { program, plan, constants } = random
  const instance = await target.load(program, plan, constants)
  try {
    return leftOf(instance, random)
  } catch (error) {
    throw new Error(printed(program), { cause: error })
  } finally {
    instance.dispose()
  }
}

/** The first element that differs; a NaN is a NaN. */
export function firstDifference(one: Record<string, Elements>, other: Record<string, Elements>): string | undefined {
  for (const [name, data] of Object.entries(one)) {
    const at = data.findIndex((x, i) => !Object.is(x, other[name]?.[i]))
    if (at >= 0) return `${name}[${at}]: ${data[at]} and ${other[name]?.[at]}`
  }
  return undefined
}

/** A number that differs where a bit does, but for those of NaN (FNV-1a over the bytes). */
export function sumUp(left: Record<string, Elements>): number {
  let hash = 0x811c9dc5
  for (const data of Object.values(left)) {
    const numbers = data.map((x) => (Number.isNaN(x) ? Number.NaN : x))
    for (const byte of new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength)) {
      hash = Math.imul(hash ^ byte, 0x01000193)
    }
  }
  return hash >>> 0
}
