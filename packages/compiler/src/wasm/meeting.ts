/**
 * The function in which threads wait for each other: awake for some tens of microseconds, then asleep. A thread that does not
 * come within ten seconds of waiting is given up, and all others go on to the end of the step, which then counts for nothing.
 */
import { EMPTY, FunctionCode } from './encode.js'
import type { Threads } from './dealing.js'

/** Where threads that share a step write to each other: bytes from the start of their memory for it. */
export const control = { arrived: 0, meeting: 64, isLost: 128, gate: 192, bytes: 256 } as const

/** Turns of a wait before it becomes a sleep, and where nobody may sleep; nanoseconds of a sleep after which a thread is given up. */
const [TURNS, MOST_TURNS, SLEEP] = [40_000, 2 ** 31 - 1, 10_000_000_000n]

/** The answer of a wait whose time is over. One long wait and no count of short ones: V8's first tier (Node 20) loses a local that counts across waits. */
const TIMED_OUT = 2

/** The function. @param at address of the threads' memory for it. */
export function meetingCode(at: number, { threads, mayWait }: Omit<Threads, 'meet'>): FunctionCode {
  const code = new FunctionCode('meet', [], [])
  const [old, left] = [code.local('i32'), code.local('i32')]
  const load = (offset: number): void => {
    code.i32(at)
    code.memory('i32.atomic.load', 2, offset)
  }
  const returnIf = (): void => {
    code.op('if', EMPTY)
    code.op('return')
    code.op('end')
  }
  const notifyAll = (): void => {
    code.i32(at)
    code.i32(-1)
    code.memory('memory.atomic.notify', 2, control.meeting)
    code.op('drop')
  }
  const returnIfOver = (): void => {
    load(control.meeting)
    code.get(old)
    code.op('i32.ne')
    load(control.isLost)
    code.op('i32.or')
    returnIf()
  }
  load(control.meeting)
  code.set(old)
  code.i32(at)
  code.i32(1)
  code.memory('i32.atomic.rmw.add', 2, control.arrived)
  code.i32(1)
  code.op('i32.add')
  code.numbered('global.get', threads)
  code.op('i32.eq')
  code.op('if', EMPTY)
  code.i32(at)
  code.i32(0)
  code.memory('i32.atomic.store', 2, control.arrived)
  code.i32(at)
  code.i32(1)
  code.memory('i32.atomic.rmw.add', 2, control.meeting)
  code.op('drop')
  notifyAll()
  code.op('return')
  code.op('end')
  code.i32(TURNS)
  code.i32(MOST_TURNS)
  code.numbered('global.get', mayWait)
  code.op('select')
  code.set(left)
  code.op('loop', EMPTY)
  returnIfOver()
  code.get(left)
  code.i32(1)
  code.op('i32.sub')
  code.tee(left)
  code.op('br_if', 0)
  code.op('end')
  code.numbered('global.get', mayWait)
  code.op('if', EMPTY)
  code.op('loop', EMPTY)
  returnIfOver()
  code.i32(at)
  code.get(old)
  code.i64(SLEEP)
  code.memory('memory.atomic.wait32', 2, control.meeting)
  code.i32(TIMED_OUT)
  code.op('i32.ne')
  code.op('br_if', 0)
  code.op('end')
  code.op('end')
  code.i32(at)
  code.i32(1)
  code.memory('i32.atomic.store', 2, control.isLost)
  notifyAll()
  return code
}
