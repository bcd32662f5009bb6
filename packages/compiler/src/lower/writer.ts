/** A kernel while it is written: its locals, and the buffers, faults and temporary memory of its program. */
import type { DType } from '@isograd/core/backend'
import { elementCount } from '@isograd/core/backend'
import type { ProgramNode, ValueId } from '@isograd/core/ir'
import type { Group } from '../fuse/groups.js'
import { knownOf, type Values } from '../fuse/values.js'
import { entryAt, rowMajor, type View } from '../fuse/view.js'
import { load } from '../loops/build.js'
import type { Buffer, ElementType, Expression, Fault, Index, Local, Statement } from '../loops/loops.js'

/** Types of elements by the dtype of a value. */
export const elementTypes: Readonly<Record<DType, ElementType>> = {
  float32: 'f32',
  float64: 'f64',
  int32: 'i32',
  uint8: 'u8',
  bool: 'bool',
}

/** Elements of a buffer as they are walked: a stride for each axis of what is walked. */
export interface Access {
  readonly buffer: Buffer
  readonly offset: number
  readonly strides: readonly number[]
}

/** The buffers of a program, and whatever else its kernels share. */
export class ProgramWriter {
  readonly values: Values
  readonly faults: Fault[] = []
  readonly #buffers = new Map<ValueId, Buffer>()
  #count = 0

  constructor(values: Values) {
    this.values = values
    const { constants, carry, xs } = values.program.inputs
    for (const [index, { id, name }] of constants.entries()) this.#declare(id, name, 'constant', index)
    for (const { id, name } of carry) this.#declare(id, name, 'arena', 0)
    for (const [index, { id, name }] of xs.entries()) this.#declare(id, name, 'x', index)
    for (const { id, name } of values.computed) this.#declare(id, name, 'arena', 0)
  }

  #declare(id: ValueId, name: string, space: Buffer['space'], index: number): void {
    const { dtype, shape } = knownOf(this.values.types, id)
    this.#buffers.set(id, this.buffer(name, elementTypes[dtype], elementCount(shape), space, index))
  }

  /** Memory that holds no value of the program, or holds one for somebody else. */
  buffer(name: string, type: ElementType, length: number, space: Buffer['space'] = 'arena', index = 0): Buffer {
    return { id: this.#count++, name, type, length, space, index }
  }

  bufferOf(id: ValueId): Buffer {
    return knownOf(this.#buffers, id)
  }

  /** Computes a value into the memory of another from now on. */
  redirect(id: ValueId, to: Buffer): void {
    this.#buffers.set(id, to)
  }

  /** A view as it is walked. */
  access({ base, offset, strides }: View): Access {
    return { buffer: this.bufferOf(base), offset, strides }
  }

  /** A value where it lies, row-major. */
  whole(id: ValueId): Access {
    return { buffer: this.bufferOf(id), offset: 0, strides: rowMajor(knownOf(this.values.types, id).shape) }
  }

  /** Number of a fault. */
  fault({ op, name }: Pick<ProgramNode, 'op' | 'name'>, limit: number): number {
    return this.faults.push({ node: `${op} "${name}"`, limit }) - 1
  }
}

/** One kernel of a program. */
export class KernelWriter {
  readonly program: ProgramWriter
  #locals = 0

  constructor(program: ProgramWriter) {
    this.program = program
  }

  get locals(): number {
    return this.#locals
  }

  local(): Local {
    return this.#locals++
  }
}

/** A rule that computes a group. */
export type Rule = (kernel: KernelWriter, group: Group) => readonly Statement[]

/** No place yet: the first element. */
export const origin: Index = { constant: 0, terms: [] }

/** A place that moves with a local. */
export const along = (local: Local, stride = 1): Index => ({ constant: 0, terms: [{ local, stride }] })

const addedTo = (sum: number | undefined, more: number): number => (sum === undefined ? more : sum + more)

/** Sum of places, each a number of times. */
export function sumOf(constant: number, parts: readonly (readonly [index: Index, times: number])[]): Index {
  const strides = new Map<Local, number>()
  let total = constant
  for (const [index, times] of parts) {
    if (times === 0) continue
    total += index.constant * times
    for (const { local, stride } of index.terms) strides.set(local, addedTo(strides.get(local), stride * times))
  }
  const terms = [...strides].filter(([, stride]) => stride !== 0).map(([local, stride]) => ({ local, stride }))
  return { constant: total, terms }
}

/** The element of an access at places along its axes. */
export function elementAt({ buffer, offset, strides }: Access, at: readonly Index[]): Expression {
  return load(buffer, placeAt({ offset, strides }, at))
}

/** The number of an element at places along the axes. */
export function placeAt({ offset, strides }: Pick<Access, 'offset' | 'strides'>, at: readonly Index[]): Index {
  return sumOf(
    offset,
    at.map((index, axis) => [index, entryAt(strides, axis)] as const),
  )
}
