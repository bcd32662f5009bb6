/**
 * Memory between threads. Constants, the data set above all, lie once in memory that all threads see; the inputs of a scan
 * are copied once and transferred; its results are transferred as they are.
 *
 * A backend is never given shared memory itself: ONNX Runtime refuses it, as other native code may. Each thread has one
 * copy of what its backend uses, however many programs and runs use it.
 */
import type { Tensor, TensorMap } from '@isograd/core'
import { allocate, type DType, elementCount, type TensorStorage } from '@isograd/core/backend'
import type { Column, Dataset, DataTable } from '@isograd/core/data'
import type { SharedConstant } from './remote-messages.js'

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

/** One thread's own copies of constants, alive as long as somebody uses them. */
export class OwnConstants {
  readonly #copies = new Map<string, WeakRef<Tensor['data']>>()

  /** The tensors, with elements in memory of this thread. */
  of(constants: Readonly<Record<string, SharedConstant>>): TensorMap {
    return Object.fromEntries(
      Object.entries(constants).map(([name, constant]) => {
        const { dtype, shape } = constant
        return [name, { dtype, shape, data: this.#dataOf(constant) } as Tensor]
      }),
    )
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
