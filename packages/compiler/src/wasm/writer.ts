/**
 * The code of one kernel while it is written: registers, pointers and lanes. What is written anew for other rows or lanes of a
 * block has its variables displaced by constants, which the offsets of loads and stores take.
 */
import type { Expression, Local, RegisterType, Statement } from '../loops/loops.js'
import { type Address, type Addresses, localOfGiven, outerOf, own } from './addresses.js'
import type { Threads } from './dealing.js'
import { EMPTY, type FunctionCode } from './encode.js'
import type { Lanes } from './lanes.js'
import { registerTypes } from './scalar.js'
import { splatBytes, type Width } from './vector.js'

/** Lanes for which code is written now. */
export interface ActiveLanes extends Lanes {
  /** The first so many lanes have an iteration; nothing is stored of the others. */
  readonly valid: number
  /** Number of this vector in its block. */
  readonly copy: number
}

/** The largest offset that fits an instruction. */
const LARGEST_OFFSET = 2 ** 32 - 1

/** Writes a kernel. */
export class KernelWriter {
  readonly code: FunctionCode
  readonly addresses: Addresses
  readonly threads: Threads
  /** Loops and products that are dealt out. */
  readonly dealt: ReadonlySet<Statement>
  lanes: ActiveLanes | undefined
  readonly #registers = new Map<Local, number>()
  /** Those of each vector of a block. */
  readonly #laneRegisters: Map<Local, number>[] = []
  readonly #pointers = new Map<string, number>()
  readonly #displaced = new Map<Local, number>()
  readonly #counted = new Map<Local, number>()
  readonly #constants = new Map<string, number>()
  readonly #splats = new Map<Local, number>()

  constructor(code: FunctionCode, addresses: Addresses, threads: Threads, dealt: ReadonlySet<Statement>) {
    this.code = code
    this.addresses = addresses
    this.threads = threads
    this.dealt = dealt
  }

  /** Takes the pointers that the kernel is given, each from where it is. */
  takeGiven(count: number, get: (given: number) => void): void {
    for (let given = 0; given < count; given++) {
      for (const address of this.addresses.movedBy(localOfGiven(given))) {
        get(given)
        if (address.constant !== 0) {
          this.code.i32(address.constant)
          this.code.op('i32.add')
        }
        this.code.set(this.#pointer(address))
      }
    }
  }

  /** The register of a local that is one number. */
  register(local: Local, type: RegisterType): number {
    return named(this.#registers, local, () => this.code.local(registerTypes[type]))
  }

  /** The register of a local of which each lane has one, in the vector at hand. */
  laneRegister(local: Local): number {
    return named(this.#vectors(this.lanes?.copy), local, () => this.code.local('v128'))
  }

  /** Lets a local that lanes have be what a register holds. */
  setLaneRegister(local: Local, register: number): void {
    this.#vectors(0).set(local, register)
  }

  #vectors(copy = 0): Map<Local, number> {
    const known = this.#laneRegisters[copy] ?? new Map<Local, number>()
    this.#laneRegisters[copy] = known
    return known
  }

  /** Tells if a local is one number that has a register already. */
  isKnown(local: Local): boolean {
    return this.#registers.has(local)
  }

  #pointer(address: Address): number {
    const known = this.#pointers.get(address.key)
    if (known !== undefined) return known
    const pointer = this.code.local('i32')
    this.#pointers.set(address.key, pointer)
    if (address.key === own.key) this.code.globalAtStart(pointer, this.threads.own)
    return pointer
  }

  /** Puts a pointer on the stack. */
  pointer(address: Address): void {
    if (address.terms.length === 0) this.code.i32(address.constant)
    else this.code.get(this.#pointer(address))
  }

  /** Puts the address of an element on the stack. @returns what the instruction adds to it. */
  address(address: Address, extra = 0): number {
    this.pointer(address)
    let offset = address.offset + extra
    for (const { local, bytes } of address.terms) offset += bytes * this.#displacement(local)
    if (offset >= 0 && offset <= LARGEST_OFFSET) return offset
    this.code.i32(offset)
    this.code.op('i32.add')
    return 0
  }

  /** Starts to count with a variable: it and the pointers that it moves. */
  start(local: Local): void {
    this.code.i32(0)
    this.code.set(this.register(local, 'i32'))
    this.#counted.set(local, 0)
    for (const address of this.addresses.movedBy(local)) {
      this.pointer(outerOf(address))
      this.code.set(this.#pointer(address))
    }
  }

  /** Starts to count at a number on the stack. */
  startAt(local: Local): void {
    this.code.set(this.register(local, 'i32'))
    this.moveBy(local)
  }

  /** Moves the pointers that depend on a number that has been computed. */
  moveBy(local: Local): void {
    for (const address of this.addresses.movedBy(local)) {
      const last = address.terms.at(-1)
      if (last === undefined) continue
      this.pointer(outerOf(address))
      this.code.get(this.register(local, 'i32'))
      this.code.i32(last.bytes)
      this.code.op('i32.mul')
      this.code.op('i32.add')
      this.code.set(this.#pointer(address))
    }
  }

  /** Adds to a variable, and moves its pointers. */
  advance(local: Local, by: number): void {
    for (const address of this.addresses.movedBy(local)) {
      const last = address.terms.at(-1)
      if (last !== undefined) this.add(this.#pointer(address), last.bytes * by)
    }
    this.add(this.register(local, 'i32'), by)
  }

  /** Adds a constant to a register. */
  add(register: number, value: number): void {
    this.code.get(register)
    this.code.i32(value)
    this.code.op('i32.add')
    this.code.set(register)
  }

  /** Writes what is done a number of times, and moves the variable by `step` each time. */
  repeat(local: Local, times: number, step: number, write: () => void): void {
    const reached = this.#reached(local) + times * step
    this.#counted.set(local, reached)
    const once = (): void => {
      write()
      this.advance(local, step)
    }
    if (times === 1) once()
    if (times <= 1) return
    this.loop(once, () => {
      this.code.get(this.register(local, 'i32'))
      this.code.i32(reached)
      this.code.op('i32.ne')
    })
  }

  /** Value of a variable where code is written now, outside of its loops. */
  #reached(local: Local): number {
    const reached = this.#counted.get(local)
    return reached === undefined ? 0 : reached
  }

  /** A loop that goes on while a condition holds at its end. */
  loop(write: () => void, condition: () => void): void {
    this.code.op('loop', EMPTY)
    write()
    condition()
    this.code.op('br_if', 0)
    this.code.op('end')
  }

  #displacement(local: Local): number {
    const by = this.#displaced.get(local)
    return by === undefined ? 0 : by
  }

  /** Writes with variables displaced by constants. */
  displaced(by: readonly (readonly [local: Local, by: number])[], write: () => void): void {
    for (const [local, more] of by) this.#displaced.set(local, this.#displacement(local) + more)
    write()
    for (const [local, more] of by) this.#displaced.set(local, this.#displacement(local) - more)
  }

  /** Puts a local that is one number on the stack. */
  number(local: Local, type: RegisterType): void {
    this.code.get(this.register(local, type))
    const by = this.#displacement(local)
    if (by === 0) return
    this.code.i32(by)
    this.code.op('i32.add')
  }

  /** Writes with lanes. */
  withLanes(lanes: ActiveLanes | undefined, write: () => void): void {
    const before = this.lanes
    this.lanes = lanes
    write()
    this.lanes = before
  }

  /** Puts a vector of constant bytes on the stack; it is made once, at the start of the function. */
  vector(bytes: readonly number[]): void {
    this.#constant(bytes.join(), () => bytes)
  }

  #constant(key: string, make: () => readonly number[]): void {
    const known = this.#constants.get(key)
    const register = known ?? this.code.local('v128')
    if (known === undefined) {
      this.code.vectorAtStart(register, make())
      this.#constants.set(key, register)
    }
    this.code.get(register)
  }

  /** A constant in all lanes. */
  splat(type: RegisterType, width: Width, value: number | bigint): void {
    const number = Object.is(value, -0) ? '-0' : value
    this.#constant(`${type} ${width} ${number}`, () => splatBytes(type, width, value))
  }

  /** Remembers a register that has a local's number in all lanes, while code is written. */
  keepSplats(splats: readonly (readonly [Local, number])[], write: () => void): void {
    for (const [local, register] of splats) this.#splats.set(local, register)
    write()
    for (const [local] of splats) this.#splats.delete(local)
  }

  /** The register that has a local's number in all lanes, if there is one. */
  splatOf(e: Expression): number | undefined {
    return e.kind === 'local' ? this.#splats.get(e.local) : undefined
  }
}

function named(registers: Map<Local, number>, local: Local, make: () => number): number {
  const known = registers.get(local)
  if (known !== undefined) return known
  const register = make()
  registers.set(local, register)
  return register
}
