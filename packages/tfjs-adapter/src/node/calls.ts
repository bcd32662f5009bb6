/**
 * Calls of TensorFlow's operations without TensorFlow.js's engine and without the kernels of tfjs-node, which together
 * take as long as a small operation itself.
 */
import type { TensorInfo } from '@tensorflow/tfjs'
import type { DeviceDType, HostData } from '../device/device.js'
import { type Attribute, type Binding, typeNumber } from './binding.js'

/** A tensor whose data id holds its number in the native module. */
interface NativeTensor extends TensorInfo {
  readonly dataId: { readonly id: number }
}

/** Small tensors that are kept are dropped when there are so many: a process may run any number of programs. */
const MOST_KEPT = 4096

const NONE: readonly Attribute[] = []

function idOf(tensor: TensorInfo): number {
  return (tensor as NativeTensor).dataId.id
}

/** Calls by way of one native module. */
export class NativeCalls {
  readonly #binding: Binding
  readonly #dtypes: ReadonlyMap<number, DeviceDType>
  /** Axes, shapes and the like, which every step asks for again. */
  readonly #kept = new Map<string, TensorInfo>()
  #live = 0

  constructor(binding: Binding) {
    this.#binding = binding
    const all = ['float32', 'int32', 'bool'] as const
    this.#dtypes = new Map(all.map((dtype) => [typeNumber(binding, dtype), dtype]))
  }

  /** Tensors that are neither freed nor kept here. */
  get live(): number {
    return this.#live
  }

  /** Runs an operation; the result is the caller's to free. */
  run(op: string, inputs: readonly TensorInfo[], attributes = NONE): TensorInfo {
    const [{ id, shape, dtype }] = this.#binding.executeOp(op, attributes, inputs.map(idOf), 1)
    this.#live++
    // Not while inputs are gathered, of which some may be among them.
    if (this.#kept.size > MOST_KEPT) this.#drop()
    return { dataId: { id }, shape, dtype: this.#dtypes.get(dtype) as DeviceDType }
  }

  /** A tensor over `data`, which must not be written to while the tensor lives. */
  upload(data: HostData, shape: readonly number[], dtype: DeviceDType): TensorInfo {
    this.#live++
    return this.#create(data, shape, dtype)
  }

  /** The elements of a tensor. */
  view(tensor: TensorInfo): HostData {
    return this.#binding.tensorDataSync(idOf(tensor))
  }

  free(tensor: TensorInfo): void {
    this.#live--
    this.#binding.deleteTensor(idOf(tensor))
  }

  /** Whole numbers as a tensor of int32, a vector unless told otherwise; kept, and not the caller's to free. */
  integers(values: readonly number[], shape: readonly number[] = [values.length]): TensorInfo {
    return this.#keep(`${shape.length} ${values.join()}`, () => this.#create(Int32Array.from(values), shape, 'int32'))
  }

  /** A number as a scalar; kept, and not the caller's to free. */
  scalar(value: number, dtype: DeviceDType): TensorInfo {
    return this.#keep(`${dtype} ${Object.is(value, -0) ? '-0' : value}`, () => this.#filled(value, dtype))
  }

  /** A tensor of one value, which is the caller's to free. */
  fill(value: number, shape: readonly number[], dtype: DeviceDType): TensorInfo {
    if (shape.length > 0) return this.run('Fill', [this.integers(shape), this.scalar(value, dtype)])
    this.#live++
    return this.#filled(value, dtype)
  }

  /** An attribute that is true or false. */
  flag(name: string, value: boolean): Attribute {
    return { name, type: this.#binding.TF_ATTR_BOOL, value }
  }

  /** An attribute that is a whole number. */
  count(name: string, value: number): Attribute {
    return { name, type: this.#binding.TF_ATTR_INT, value }
  }

  /** An attribute that is a dtype. */
  type(name: string, dtype: DeviceDType): Attribute {
    return { name, type: this.#binding.TF_ATTR_TYPE, value: typeNumber(this.#binding, dtype) }
  }

  #filled(value: number, dtype: DeviceDType): TensorInfo {
    const array = { float32: Float32Array, int32: Int32Array, bool: Uint8Array }[dtype]
    return this.#create(array.of(value), [], dtype)
  }

  #create(data: HostData, shape: readonly number[], dtype: DeviceDType): TensorInfo {
    const id = this.#binding.createTensor(shape, typeNumber(this.#binding, dtype), data)
    return { dataId: { id }, shape: [...shape], dtype }
  }

  #keep(key: string, make: () => TensorInfo): TensorInfo {
    const known = this.#kept.get(key)
    if (known !== undefined) return known
    const made = make()
    this.#kept.set(key, made)
    return made
  }

  #drop(): void {
    for (const tensor of this.#kept.values()) this.#binding.deleteTensor(idOf(tensor))
    this.#kept.clear()
  }
}
