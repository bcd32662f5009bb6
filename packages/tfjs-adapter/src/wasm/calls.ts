/**
 * The kernels of which a small network runs hundreds in a step, called without what TensorFlow.js does around them:
 * there every call wraps its shapes in four typed arrays and copies them to the wasm stack, 2.2 us for an addition that
 * takes 0.1. Here shapes are written where the kernel reads them; the kernel, and every bit it computes, is the same.
 *
 * This rests on the signatures of the compiled functions, so it is used for the version of the package where they were
 * read (`VERSION`) and no other.
 */
import { sameShape } from '@isograd/core/backend'
import type { TensorInfo } from '@tensorflow/tfjs'
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm'
import type { KernelName, KernelReplacement } from '../device/device.js'

/** The version of `@tensorflow/tfjs-backend-wasm` whose compiled functions are called here. */
export const VERSION = '4.22.0'

/** XNNPACK's limit; TensorFlow.js passes more on to it all the same, and returns what was in memory. */
export const MAX_RANK = 6

/** The compiled code's number for float32. */
const FLOAT32 = 0

const BYTES = 4

/** The members of Emscripten's module that are used. */
interface Module {
  readonly HEAPU8: Uint8Array
  _malloc(bytes: number): number
  cwrap(name: string, result: null, parameters: string[]): (...parameters: number[]) => void
}

/** Memory for two shapes, written before each call. It is part of the wasm backend and lives as long. */
class ShapeMemory {
  readonly first: number
  readonly second: number
  readonly #module: Module
  #words: Int32Array

  constructor(module: Module) {
    this.#module = module
    this.first = module._malloc(2 * MAX_RANK * BYTES)
    this.second = this.first + MAX_RANK * BYTES
    this.#words = new Int32Array(module.HEAPU8.buffer)
  }

  write(at: number, shape: readonly number[]): number {
    // When the heap grows, its buffer is another one.
    if (this.#words.buffer !== this.#module.HEAPU8.buffer) this.#words = new Int32Array(this.#module.HEAPU8.buffer)
    let word = at / BYTES
    for (const length of shape) this.#words[word++] = length
    return at
  }
}

interface Calls {
  readonly backend: BackendWasm
  readonly module: Module
  readonly memory: ShapeMemory
}

const memories = new WeakMap<BackendWasm, ShapeMemory>()

function callsOf(backend: BackendWasm): Calls {
  const module = backend.wasm as BackendWasm['wasm'] & Module
  const memory = memories.get(backend) ?? new ShapeMemory(module)
  memories.set(backend, memory)
  return { backend, module, memory }
}

function compiled({ module }: Calls, name: KernelName, parameters: number): (...parameters: number[]) => void {
  return module.cwrap(
    name,
    null,
    Array.from({ length: parameters }, () => 'number'),
  )
}

function idOf({ backend }: Calls, { dataId }: TensorInfo): number {
  return backend.dataIdMap.get(dataId).id
}

/** The common shape of two that are known to broadcast. */
function broadcastShape(a: readonly number[], b: readonly number[]): number[] {
  if (sameShape(a, b)) return [...a]
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, axis) => {
    const left = a[axis - rank + a.length] ?? 1
    return left === 1 ? (b[axis - rank + b.length] ?? 1) : left
  })
}

/** Add, Sub, Multiply, RealDiv in float32: (a, shape of a, rank of a, b, shape of b, rank of b, dtype, out). */
function binary(calls: Calls, name: KernelName): KernelReplacement {
  const call = compiled(calls, name, 8)
  const { backend, memory } = calls
  const run: KernelReplacement['run'] = ({ inputs, attributes }, original) => {
    const { a, b } = inputs as { a: TensorInfo; b: TensorInfo }
    if (a.dtype !== 'float32') return original({ inputs, attributes })
    const out = backend.makeOutput(broadcastShape(a.shape, b.shape), 'float32')
    const [first, second] = [memory.write(memory.first, a.shape), memory.write(memory.second, b.shape)]
    const [x, y] = [idOf(calls, a), idOf(calls, b)]
    call(x, first, a.shape.length, y, second, b.shape.length, FLOAT32, idOf(calls, out))
    return out
  }
  return { needs: [], run }
}

/** The product of two matrices as they are: (a, shape of a, 3, b, shape of b, 3, transpose a, transpose b, out). */
function matmul(calls: Calls): KernelReplacement {
  const call = compiled(calls, 'BatchMatMul', 9)
  const { backend, memory } = calls
  const run: KernelReplacement['run'] = ({ inputs, attributes }, original) => {
    const { a, b } = inputs as { a: TensorInfo; b: TensorInfo }
    const { transposeA, transposeB } = attributes as { transposeA: boolean; transposeB: boolean }
    if (transposeA || transposeB || a.shape.length !== 2) return original({ inputs, attributes })
    const [rows = 1, inner = 1] = a.shape
    const [, columns = 1] = b.shape
    const out = backend.makeOutput([rows, columns], 'float32')
    const first = memory.write(memory.first, [1, rows, inner])
    const second = memory.write(memory.second, [1, inner, columns])
    call(idOf(calls, a), first, 3, idOf(calls, b), second, 3, 0, 0, idOf(calls, out))
    return out
  }
  return { needs: [], run }
}

/** The transpose of a float32 matrix: (x, shape of x, 2, dtype, out, permutation, 2). */
function transpose(calls: Calls): KernelReplacement {
  const call = compiled(calls, 'Transpose', 7)
  const { backend, memory } = calls
  const run: KernelReplacement['run'] = ({ inputs, attributes }, original) => {
    const { x } = inputs as { x: TensorInfo }
    const [rows = 1, columns = 1] = x.shape
    const isMatrix = x.shape.length === 2 && rows > 1 && columns > 1 && x.dtype === 'float32'
    const { perm } = attributes as { perm: readonly number[] }
    if (!isMatrix || perm[0] !== 1) return original({ inputs, attributes })
    const out = backend.makeOutput([columns, rows], 'float32')
    const [first, second] = [memory.write(memory.first, x.shape), memory.write(memory.second, perm)]
    call(idOf(calls, x), first, 2, FLOAT32, idOf(calls, out), second, 2)
    return out
  }
  return { needs: [], run }
}

/** Replacements for kernels of `backend`, which must be of `VERSION`. */
export function directCalls(backend: BackendWasm): Partial<Record<KernelName, KernelReplacement>> {
  const calls = callsOf(backend)
  return {
    Add: binary(calls, 'Add'),
    Sub: binary(calls, 'Sub'),
    Multiply: binary(calls, 'Multiply'),
    RealDiv: binary(calls, 'RealDiv'),
    BatchMatMul: matmul(calls),
    Transpose: transpose(calls),
  }
}
