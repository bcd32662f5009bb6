/** A kernel as a function: on memory whose places are constants, or on any that it is given. */
import type { Place as Memory } from '../loops/alike.js'
import { type Buffer, bytesOf, type Kernel } from '../loops/loops.js'
import type { SharedKernel } from '../loops/shares.js'
import { eachElement } from '../loops/walk.js'
import { Addresses, type Place } from './addresses.js'
import { meet, onFirst, type Threads } from './dealing.js'
import { FunctionCode } from './encode.js'
import { statements } from './statements.js'
import { KernelWriter } from './writer.js'

/** A kernel as threads share it. */
export interface Sharing extends SharedKernel {
  readonly threads: Threads
}

type PlaceOf = (buffer: Buffer) => Place

/** A function with what it is called with. */
interface Routine {
  readonly code: FunctionCode
  /** Puts its arguments on the stack: the places of its buffers, in order of first use. */
  readonly give: (code: FunctionCode, places: readonly Memory[]) => void
}

/** Writes the code. @param given pointers that it is given, each of which `get` puts on the stack. */
function write(
  code: FunctionCode,
  kernel: Kernel,
  { parts, isShared, threads }: Sharing,
  given: { readonly place: PlaceOf; readonly count: number; readonly get: (given: number) => void },
): void {
  const dealt = new Set(parts.flatMap(({ by }) => (typeof by === 'object' ? [by] : [])))
  const writer = new KernelWriter(code, new Addresses(kernel, given.place), threads, dealt)
  writer.takeGiven(given.count, given.get)
  if (!isShared) return statements(writer, kernel.body)
  for (const { statement, by, waits } of parts) {
    if (waits) meet(code, threads)
    const one = (): void => statements(writer, [statement])
    if (by === 'first') onFirst(code, threads, one)
    else one()
  }
}

/** A kernel that is called once: places are constants, or globals point to them. */
export function fixedRoutine(kernel: Kernel, sharing: Sharing, place: PlaceOf, globals: number): Routine {
  const code = new FunctionCode(kernel.name, [], [])
  write(code, kernel, sharing, { place, count: globals, get: (global) => code.numbered('global.get', global) })
  return { code, give: () => undefined }
}

/** The least constant among the indices of each buffer, in order of first use. */
function leastOf({ body }: Kernel): ReadonlyMap<Buffer, number> {
  const least = new Map<Buffer, number>()
  eachElement(body, ({ buffer, index: { constant } }) => {
    const known = least.get(buffer)
    least.set(buffer, known === undefined ? constant : Math.min(known, constant))
  })
  return least
}

/** A kernel that is called on several memories: a parameter for each buffer points to the first element that is used. */
export function sharedRoutine(kernel: Kernel, sharing: Sharing, place: PlaceOf): Routine {
  const least = leastOf(kernel)
  const first = [...least.values()]
  const numbers = new Map([...least.keys()].map((buffer, i) => [buffer, i]))
  const code = new FunctionCode(kernel.name, Array<'i32'>(least.size).fill('i32'), [])
  const own = (buffer: Buffer): Place => ({
    given: Number(numbers.get(buffer)),
    address: -Number(least.get(buffer)) * bytesOf[buffer.type],
  })
  write(code, kernel, sharing, { place: own, count: least.size, get: (given) => code.get(given) })
  const give = (to: FunctionCode, places: readonly Memory[]): void => {
    for (const [i, { buffer, element }] of places.entries()) {
      const { given, address } = place(buffer)
      const further = address + (element + Number(first[i])) * bytesOf[buffer.type]
      if (given === undefined) to.i32(further)
      else {
        to.numbered('global.get', given)
        to.i32(further)
        to.op('i32.add')
      }
    }
  }
  return { code, give }
}
