/**
 * A loop program as a module: a function for each kernel, and `run`, which calls them for each step and returns the
 * number of steps that were run: fewer where there was a fault. Kernels that are alike are one function, which is given the
 * pointers to their memory; in all others places are constants.
 */
import { callsOf } from '../loops/alike.js'
import { type Buffer, bytesOf, type LoopProgram } from '../loops/loops.js'
import { type SharedKernel, sharesOf } from '../loops/shares.js'
import { PLACES } from '../memory/plan.js'
import { buffersIn, eachStatement } from '../loops/walk.js'
import type { Place } from './addresses.js'
import { meet, onFirst, type Threads } from './dealing.js'
import { EMPTY, FunctionCode, moduleBytes } from './encode.js'
import { meetingCode } from './meeting.js'
import { fixedRoutine, sharedRoutine } from './routine.js'
import { LANES, packedBytes } from './tiling.js'

/** Bytes that a thread has for itself: the lanes of a sum, and the packed columns of the product that needs most. */
export function scratchBytes(program: LoopProgram): number {
  let most = 0
  for (const { body } of program.kernels) {
    eachStatement(body, (s) => {
      if (s.kind === 'product') most = Math.max(most, packedBytes(s))
    })
  }
  return Math.ceil((LANES + most) / 64) * 64
}

/** Addresses in the memory that a module imports. */
export interface Layout {
  /** The arena, whose head is at its start. */
  readonly arena: number
  /** First byte of each of its buffers, counted from the arena's, by its id. */
  readonly offsets: ReadonlyMap<number, number>
  /** `scratchBytes` of the program for each thread, one after the other. */
  readonly scratch: number
  /** Where threads write to each other: `control.bytes`. */
  readonly control: number
  /** True where the memory is one that threads share. */
  readonly isShared: boolean
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

/** The bytes of a program's module. @param least work that threads share, where it is not the usual. */
export function emitModule(program: LoopProgram, layout: Layout, least?: number): Uint8Array<ArrayBuffer> {
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
  const shares = sharesOf(program, layout, least)
  const threads = threadsOf(streams.length, kernels.length)
  const routines = kernels.map((kernel, i) => {
    const sharing = { ...shareOfKernel(shares, program.kernels.indexOf(kernel)), threads }
    return users[i] === 1 ? fixedRoutine(kernel, sharing, place, streams.length) : sharedRoutine(kernel, sharing, place)
  })
  const run = runCode({ streams, layout, threads, scratch: scratchBytes(program) }, (code) => {
    for (const [i, { kernel, places }] of calls.entries()) {
      const { waits, isShared } = shareOfKernel(shares, i)
      if (waits) meet(code, threads)
      const call = (): void => {
        routines[kernel]?.give(code, places)
        code.numbered('call', kernel)
      }
      if (isShared) call()
      else onFirst(code, threads, call)
    }
  })
  const functions = [...routines.map(({ code }) => code), meetingCode(layout.control, threads), run]
  const { isShared } = layout
  return moduleBytes({ functions, globals: streams.length + OWN_GLOBALS, exports: { run }, isShared })
}

/** Globals that each thread has. */
const OWN_GLOBALS = 5

const threadsOf = (first: number, meeting: number): Threads => ({
  own: first,
  faults: first + 1,
  thread: first + 2,
  threads: first + 3,
  mayWait: first + 4,
  meet: meeting,
})

function shareOfKernel(shares: readonly SharedKernel[], kernel: number): SharedKernel {
  const share = shares[kernel]
  if (share === undefined) throw new Error(`wasm: nobody computes kernel ${kernel}`)
  return share
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

/** Puts into the globals what is the thread's own. */
function takeOwn(
  code: FunctionCode,
  { layout, threads, scratch }: Steps,
  [thread, count, mayWait]: readonly [thread: number, count: number, mayWait: number],
): void {
  const put = (global: number, parameter: number): void => {
    code.get(parameter)
    code.numbered('global.set', global)
  }
  put(threads.thread, thread)
  put(threads.threads, count)
  put(threads.mayWait, mayWait)
  code.get(thread)
  code.i32(scratch)
  code.op('i32.mul')
  code.i32(layout.scratch)
  code.op('i32.add')
  code.numbered('global.set', threads.own)
  code.get(thread)
  code.i32(PLACES)
  code.op('i32.mul')
  code.get(count)
  code.op('i32.div_u')
  code.i32(8)
  code.op('i32.mul')
  code.i32(layout.arena)
  code.op('i32.add')
  code.numbered('global.set', threads.faults)
}

/** Puts on the stack if no thread has met a fault. */
function noFault(code: FunctionCode, arena: number): void {
  for (let place = 0; place < PLACES; place++) {
    code.i32(0)
    code.memory('i32.load', 2, arena + 8 * place)
    if (place > 0) code.op('i32.or')
  }
  code.op('i32.eqz')
}

/** All that the steps of a program need. */
interface Steps {
  readonly streams: readonly Stream[]
  readonly layout: Layout
  readonly threads: Threads
  /** Bytes of each thread. */
  readonly scratch: number
}

/** `run(from, to, thread, threads, mayWait)`: the steps, a thread's share. */
function runCode(steps: Steps, callAll: (code: FunctionCode) => void): FunctionCode {
  const { streams, layout, threads } = steps
  const { table, arena } = layout
  const code = new FunctionCode('run', ['i32', 'i32', 'i32', 'i32', 'i32'], ['i32'])
  const [from, to, step, goesOn] = [0, 1, code.local('i32'), code.local('i32')]
  takeOwn(code, steps, [2, 3, 4])
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
  meet(code, threads)
  noFault(code, arena)
  code.set(goesOn)
  // Nobody begins the next step, where it might meet a fault, before all have looked.
  meet(code, threads)
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
  code.get(goesOn)
  code.op('i32.and')
  code.op('br_if', 0)
  code.op('end')
  code.op('end')
  code.get(step)
  code.get(from)
  code.op('i32.sub')
  return code
}
