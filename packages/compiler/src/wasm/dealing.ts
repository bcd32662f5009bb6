/** Loops whose iterations are dealt out among threads, and where threads meet: code that reads the thread's own globals. */
import type { Local } from '../loops/loops.js'
import { EMPTY, type FunctionCode } from './encode.js'
import { countedDown, turns } from './microkernel.js'
import type { KernelWriter } from './writer.js'

/** Numbers of a module's globals that differ between threads, and of the function in which threads meet. */
export interface Threads {
  /** Address of the thread's own memory. */
  readonly own: number
  /** Address where the thread tells faults. */
  readonly faults: number
  readonly thread: number
  readonly threads: number
  /** 1 where the thread may sleep: that of a page itself may not. */
  readonly mayWait: number
  readonly meet: number
}

/** Writes what is done where a condition on the stack holds. */
function when(code: FunctionCode, write: () => void): void {
  code.op('if', EMPTY)
  write()
  code.op('end')
}

/** Writes what the first thread does. */
export function onFirst(code: FunctionCode, { thread }: Threads, write: () => void): void {
  code.numbered('global.get', thread)
  code.op('i32.eqz')
  when(code, write)
}

/** Writes what the last thread does. */
function onLast(code: FunctionCode, { thread, threads }: Threads, write: () => void): void {
  code.numbered('global.get', thread)
  code.i32(1)
  code.op('i32.add')
  code.numbered('global.get', threads)
  code.op('i32.eq')
  when(code, write)
}

/** Waits for all threads, where there are several. */
export function meet(code: FunctionCode, { threads, meet: number }: Threads): void {
  code.numbered('global.get', threads)
  code.i32(1)
  code.op('i32.gt_s')
  when(code, () => code.numbered('call', number))
}

/** Iterations, so many at a time. */
export interface Units {
  readonly local: Local
  /** Iterations of a unit. */
  readonly unit: number
  /** Whole units. */
  readonly whole: number
  readonly isDealt: boolean
  /** True where writing a unit moves the variable. */
  readonly moves?: boolean
}

/** Writes whole units, and what is left behind them, which is the last thread's where they are dealt out. */
export function inUnits(writer: KernelWriter, units: Units, write: () => void, rest?: () => void): void {
  const { local, unit, whole, isDealt, moves = false } = units
  if (isDealt) {
    ownUnits(writer, units, write)
    if (rest === undefined) return
    onLast(writer.code, writer.threads, () => {
      writer.code.i32(whole * unit)
      writer.startAt(local)
      rest()
    })
    return
  }
  writer.start(local)
  if (moves) turns(writer, whole, write)
  else writer.repeat(local, whole, unit, write)
  rest?.()
}

/** The share of a thread in so many units: registers of its first, and of the next thread's. */
function shareOf({ code, threads: { thread, threads } }: KernelWriter, units: number): readonly [number, number] {
  const share = (next: number): number => {
    const register = code.local('i32')
    code.numbered('global.get', thread)
    code.i32(next)
    code.op('i32.add')
    code.i32(units)
    code.op('i32.mul')
    code.numbered('global.get', threads)
    code.op('i32.div_u')
    code.set(register)
    return register
  }
  return [share(0), share(1)]
}

/** Writes what is done for the units of a thread, which may have none. */
function ownUnits(writer: KernelWriter, { local, unit, whole, moves }: Units, write: () => void): void {
  const { code } = writer
  const [from, to] = shareOf(writer, whole)
  const left = code.local('i32')
  code.get(from)
  code.i32(unit)
  code.op('i32.mul')
  writer.startAt(local)
  code.get(to)
  code.get(from)
  code.op('i32.sub')
  code.tee(left)
  code.i32(0)
  code.op('i32.gt_s')
  when(code, () =>
    countedDown(writer, left, () => {
      write()
      if (moves !== true) writer.advance(local, unit)
    }),
  )
}
