/**
 * Memory between threads and between processes. Between threads constants, the data set above all, lie once in memory that all threads see; the inputs of a scan
 * are copied once and transferred; its results are transferred as they are.
 *
 * A backend is never given shared memory itself: ONNX Runtime refuses it, as other native code may. Each thread has one
 * copy of what its backend uses, however many programs and runs use it.
 */
import type { Tensor, TensorMap } from '@isograd/core'
import { allocate, type DType, elementCount, internalError, type TensorStorage } from '@isograd/core/backend'
import type { Column, Dataset, DataTable } from '@isograd/core/data'
import type { RemoteConstants, SentConstant, SharedConstant } from './remote-messages.js'

interface SharedMemory {
  readonly number: number
  readonly buffer: SharedArrayBuffer
}

const shared = new WeakMap<ArrayBufferLike, SharedMemory>()
let count = 0

/** The memory under a tensor, as all threads can see it; a buffer is copied there once. */
function sharedMemoryOf(buffer: ArrayBufferLike): SharedMemory {
  const known = shared.get(buffer)
  if (known !== undefined) return known
  const memory = { number: count++, buffer: buffer instanceof SharedArrayBuffer ? buffer : copyToShared(buffer) }
  shared.set(buffer, memory)
  return memory
}

function copyToShared(buffer: ArrayBuffer): SharedArrayBuffer {
  const copy = new SharedArrayBuffer(buffer.byteLength)
  new Uint8Array(copy).set(new Uint8Array(buffer))
  return copy
}

/** Constants as another thread can take them. */
export function shareConstants(constants: TensorMap): Record<string, SharedConstant> {
  return Object.fromEntries(
    Object.entries(constants).map(([name, { dtype, shape, data }]) => {
      const { number: memory, buffer } = sharedMemoryOf(data.buffer)
      return [name, { dtype, shape, memory, buffer, byteOffset: data.byteOffset, length: data.length }]
    }),
  )
}

function shareColumn({ dtype, shape, data }: Column): Column {
  const copy = viewOf(dtype, new SharedArrayBuffer(data.byteLength))
  copy.set(data)
  return { dtype, shape, data: copy } as Column
}

function shareTable({ count: samples, columns }: DataTable): DataTable {
  const copies = Object.entries(columns).map(([name, column]) => [name, shareColumn(column)])
  return { count: samples, columns: Object.fromEntries(copies) as DataTable['columns'] }
}

/** The data set in shared memory, all its columns, so that what it was read into can be freed. */
export function shareDataset(dataset: Dataset): Dataset {
  const { train, validation, test } = dataset.splits
  const splits = {
    train: shareTable(train),
    ...(validation && { validation: shareTable(validation) }),
    ...(test && { test: shareTable(test) }),
  }
  return { ...dataset, splits }
}

/** Sends constants to the other side. */
export interface ConstantSender {
  /** Constants as they are sent; with `release` afterwards. */
  send(constants: TensorMap): RemoteConstants
  /** Says that a program no longer uses its constants. @returns numbers of those that none uses. */
  release(constants: TensorMap): number[]
  /** Tensors that came back, in memory of their own. */
  own(tensors: TensorMap): TensorMap
}

/** Sends to a process, each array once for as long as a program there uses it. */
class ProcessSender implements ConstantSender {
  readonly #numbers = new Map<Tensor['data'], { readonly number: number; uses: number }>()
  #count = 0

  send(constants: TensorMap): Record<string, SentConstant> {
    return Object.fromEntries(
      Object.entries(constants).map(([name, { dtype, shape, data }]): [string, SentConstant] => {
        const known = this.#numbers.get(data)
        if (known !== undefined) {
          known.uses++
          return [name, { dtype, shape, memory: known.number }]
        }
        const number = this.#count++
        this.#numbers.set(data, { number, uses: 1 })
        return [name, { dtype, shape, memory: number, data: unshared(dtype, data) }]
      }),
    )
  }

  release(constants: TensorMap): number[] {
    return Object.values(constants).flatMap(({ data }) => {
      const known = this.#numbers.get(data)
      if (known === undefined || --known.uses > 0) return []
      this.#numbers.delete(data)
      return [known.number]
    })
  }

  /** Tensors that come from a process lie in one piece of memory, message by message. */
  own(tensors: TensorMap): TensorMap {
    return transferable(tensors).tensors
  }
}

/** Memory that threads share cannot be sent to a process. */
function unshared(dtype: DType, data: Tensor['data']): Tensor['data'] {
  if (data.buffer instanceof ArrayBuffer) return data
  const copy = allocate(dtype, data.length)
  copy.set(data)
  return copy
}

const threadSender: ConstantSender = { send: shareConstants, release: () => [], own: (tensors) => tensors }

/** The sender to a side of a kind. */
export function constantSender(sharesMemory: boolean): ConstantSender {
  return sharesMemory ? threadSender : new ProcessSender()
}

/** The other side's own copies of constants, alive as long as somebody uses them. */
export class OwnConstants {
  readonly #copies = new Map<string, WeakRef<Tensor['data']>>()
  readonly #sent = new Map<number, Tensor['data']>()

  /** The tensors, with elements in memory of this side. */
  of(constants: RemoteConstants): TensorMap {
    return Object.fromEntries(
      Object.entries(constants).map(([name, constant]) => {
        const { dtype, shape } = constant
        const data = 'buffer' in constant ? this.#dataOf(constant) : this.#received(constant)
        return [name, { dtype, shape, data } as Tensor]
      }),
    )
  }

  /** Lets go of constants that are sent again if need be. */
  forget(numbers: readonly number[]): void {
    for (const number of numbers) this.#sent.delete(number)
  }

  #received({ dtype, memory, data }: SentConstant): Tensor['data'] {
    const known = data === undefined ? this.#sent.get(memory) : data.slice()
    if (known === undefined) throw internalError(`a constant of ${dtype} was never sent`)
    this.#sent.set(memory, known)
    return known
  }

  #dataOf({ dtype, memory, buffer, byteOffset, length }: SharedConstant): Tensor['data'] {
    const key = `${memory} ${dtype} ${byteOffset} ${length}`
    const known = this.#copies.get(key)?.deref()
    if (known !== undefined) return known
    const copy = allocate(dtype, length)
    const bytes = new Uint8Array(buffer, byteOffset, copy.byteLength)
    new Uint8Array(copy.buffer).set(bytes)
    this.#copies.set(key, new WeakRef(copy))
    return copy
  }
}

/** Tensors with the memory that is transferred when they are sent. */
export interface Transfer {
  readonly tensors: TensorMap
  readonly transfer: readonly ArrayBuffer[]
}

/**
 * Copies that can be transferred while the tensors stay the caller's. Their memory comes back and is used again: copying a carry into memory that is new takes several times as long.
 */
export class Copies {
  readonly #spare = new Map<number, ArrayBuffer[]>()

  of(tensors: TensorMap): Transfer {
    const copies = Object.entries(tensors).map(([name, { dtype, shape, data }]): [string, Tensor] => {
      const buffer = this.#spare.get(data.byteLength)?.pop() ?? new ArrayBuffer(data.byteLength)
      const copy = viewOf(dtype, buffer)
      copy.set(data)
      return [name, { dtype, shape, data: copy } as Tensor]
    })
    return transferable(Object.fromEntries(copies))
  }

  /** Takes memory back. */
  return(buffers: readonly ArrayBuffer[]): void {
    for (const buffer of buffers) {
      const spare = this.#spare.get(buffer.byteLength) ?? []
      this.#spare.set(buffer.byteLength, [...spare, buffer])
    }
  }
}

const views: { [D in DType]: (buffer: ArrayBufferLike) => TensorStorage[D] } = {
  float32: (buffer) => new Float32Array(buffer),
  float64: (buffer) => new Float64Array(buffer),
  int32: (buffer) => new Int32Array(buffer),
  uint8: (buffer) => new Uint8Array(buffer),
  bool: (buffer) => new Uint8Array(buffer),
}

function viewOf(dtype: DType, buffer: ArrayBufferLike): Tensor['data'] {
  return views[dtype](buffer)
}

/** The memory that lies under tensors. */
export function buffersOf(tensors: TensorMap): Set<ArrayBufferLike> {
  return new Set(Object.values(tensors).map(({ data }) => data.buffer))
}

/** True for a tensor that has its memory for itself; a view on part of some memory is sent as a copy of the part. */
function ownsMemory({ data, shape }: Tensor): boolean {
  return data.buffer instanceof ArrayBuffer && data.length === elementCount(shape) && isWhole(data)
}

function isWhole(data: Tensor['data']): boolean {
  return data.byteLength === data.buffer.byteLength
}

/** Tensors that are transferred with their memory, but for memory that is kept: of that they get a copy. */
export function transferable(tensors: TensorMap, kept: ReadonlySet<ArrayBufferLike> = new Set()): Transfer {
  const sent: [string, Tensor][] = []
  const transfer = new Set<ArrayBuffer>()
  for (const [name, tensor] of Object.entries(tensors)) {
    // The caller checks what an adapter returns; here it only has to arrive.
    const isTensor = ArrayBuffer.isView(tensor.data) && Array.isArray(tensor.shape)
    const own =
      !isTensor || (ownsMemory(tensor) && !kept.has(tensor.data.buffer))
        ? tensor
        : ({ ...tensor, data: tensor.data.slice() } as Tensor)
    sent.push([name, own])
    if (isTensor && own.data.buffer instanceof ArrayBuffer) transfer.add(own.data.buffer)
  }
  return { tensors: Object.fromEntries(sent), transfer: [...transfer] }
}
