/**
 * A loop program as a module: a function for each kernel, and `run(from, to)`, which calls them for each step and returns the
 * number of steps that were run: fewer where there was a fault. Kernels that are alike are one function, which is given the
 * pointers to their memory; in all others places are constants.
 */
import { callsOf } from '../loops/alike.js'
import { type Buffer, bytesOf, type LoopProgram } from '../loops/loops.js'
import { buffersIn, eachStatement } from '../loops/walk.js'
import type { Place } from './addresses.js'
import { EMPTY, FunctionCode, moduleBytes } from './encode.js'
import { fixedRoutine, LANES, sharedRoutine } from './routine.js'
import { packedBytes } from './tiling.js'

/** Bytes that compiled code has for itself: the lanes of a sum, and the packed columns of the product that needs most. */
export function scratchBytes(program: LoopProgram): number {
  let most = 0
  for (const { body } of program.kernels) {
    eachStatement(body, (s) => {
      if (s.kind === 'product') most = Math.max(most, packedBytes(s))
    })
  }
  return LANES + most
}

/** Addresses in the memory that a module imports. */
export interface Layout {
  /** The arena, whose head is at its start. */
  readonly arena: number
  /** First byte of each of its buffers, counted from the arena's, by its id. */
  readonly offsets: ReadonlyMap<number, number>
  /** `scratchBytes` of the program. */
  readonly scratch: number
  /** Where the address of the first step of each streamed tensor is, an i32 each, in the order of `streamsOf`. */
  readonly table: number
  readonly constants: readonly number[]
}

/** A tensor of which each step has its own part. */
export interface Stream {
  readonly space: 'x' | 'y'
  readonly index: number
  /** Bytes of a step. */
  readonly bytes: number
}

/** All buffers that kernels name. */
const buffersOf = ({ kernels }: LoopProgram): readonly Buffer[] => buffersIn(kernels.flatMap(({ body }) => body))

const streamKey = ({ space, index }: { space: string; index: number }): string => `${space}${index}`

/** The xs and ys that a program uses. */
export function streamsOf(program: LoopProgram): Stream[] {
  const streams = new Map<string, Stream>()
  for (const { space, index, length, type } of buffersOf(program)) {
    if (space === 'x' || space === 'y')
      streams.set(streamKey({ space, index }), { space, index, bytes: length * bytesOf[type] })
  }
  return [...streams.values()]
}

/** The bytes of a program's module. */
export function emitModule(program: LoopProgram, layout: Layout): Uint8Array<ArrayBuffer> {
  const streams = streamsOf(program)
  const globals = new Map(streams.map((stream, global) => [streamKey(stream), global]))
  const place = (buffer: Buffer): Place => {
    const { space } = buffer
    if (space === 'x' || space === 'y') return { given: Number(globals.get(streamKey(buffer))), address: 0 }
    return { address: space === 'arena' ? inArena(layout, buffer) : constantOf(layout, buffer) }
  }
  const { kernels, calls } = callsOf(program.kernels)
  const users = kernels.map(() => 0)
  for (const { kernel } of calls) users[kernel] = Number(users[kernel]) + 1
  const routines = kernels.map((kernel, i) =>
    users[i] === 1 ? fixedRoutine(kernel, layout, place, streams.length) : sharedRoutine(kernel, layout, place),
  )
  const run = runCode(streams, layout, (code) => {
    for (const { kernel, places } of calls) {
      routines[kernel]?.give(code, places)
      code.numbered('call', kernel)
    }
  })
  const functions = [...routines.map(({ code }) => code), run]
  return moduleBytes({ functions, globals: streams.length, exports: { run } })
}

function inArena({ arena, offsets }: Layout, { id, name }: Buffer): number {
  const offset = offsets.get(id)
  if (offset === undefined) throw new Error(`wasm: the plan has no place for ${name}`)
  return arena + offset
}

function constantOf({ constants }: Layout, { index, name }: Buffer): number {
  const address = constants[index]
  if (address === undefined) throw new Error(`wasm: there is no constant ${index} for ${name}`)
  return address
}

/** `run(from, to)`: the steps. */
function runCode(
  streams: readonly Stream[],
  { table, arena }: Layout,
  callAll: (code: FunctionCode) => void,
): FunctionCode {
  const code = new FunctionCode('run', ['i32', 'i32'], ['i32'])
  const [from, to, step] = [0, 1, code.local('i32')]
  const addTo = (global: number, write: () => void): void => {
    write()
    code.op('i32.add')
    code.numbered('global.set', global)
  }
  streams.forEach(({ bytes }, global) => {
    addTo(global, () => {
      code.i32(0)
      code.memory('i32.load', 2, table + 4 * global)
      code.get(from)
      code.i32(bytes)
      code.op('i32.mul')
    })
  })
  code.get(from)
  code.set(step)
  code.op('block', EMPTY)
  code.get(from)
  code.get(to)
  code.op('i32.ge_s')
  code.op('br_if', 0)
  code.op('loop', EMPTY)
  callAll(code)
  streams.forEach(({ bytes }, global) => {
    addTo(global, () => {
      code.numbered('global.get', global)
      code.i32(bytes)
    })
  })
  code.get(step)
  code.i32(1)
  code.op('i32.add')
  code.tee(step)
  code.get(to)
  code.op('i32.lt_s')
  code.i32(0)
  code.memory('i32.load', 2, arena)
  code.op('i32.eqz')
  code.op('i32.and')
  code.op('br_if', 0)
  code.op('end')
  code.op('end')
  code.get(step)
  code.get(from)
  code.op('i32.sub')
  return code
}
