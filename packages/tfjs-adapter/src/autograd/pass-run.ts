/**
 * Runs a pass: the nodes of the forward part as operations of TensorFlow.js under `tf.valueAndGrads`, nodes without a
 * derivative as everywhere else, beside the tape. A value that is itself computed in the pass gets its gradient as that
 * of a zero added to it.
 */
import { allocate, elementCount, internalError } from '@isograd/core/backend'
import { concreteShape, type ValueId } from '@isograd/core/ir'
import type { Tensor } from '@tensorflow/tfjs'
import { loweringOf } from '../lowerings/index.js'
import { Kernels } from '../lowerings/lowering.js'
import type { ValueTable } from '../plan/task.js'
import { type Result, Value } from '../value.js'
import type { PassTask } from './arrangement.js'
import type { PassNode, Target } from './passes.js'
import { differentiableOpOf } from './operations.js'
import type { Device, HostData } from '../device/device.js'
import type { TensorFlow } from '../runtime.js'

/** TensorFlow.js and the device that a pass runs on. */
export interface AutogradDevice {
  readonly tf: TensorFlow
  /** Its tensors are known to the engine of `tf`. */
  readonly device: Device
}

function zeros({ type: { dtype, shape } }: Target, batch: number): HostData {
  return allocate(dtype, elementCount(concreteShape(shape, batch))) as HostData
}

/** Frees what the tape saved for a way back that is not taken. TensorFlow.js leaves it when something throws. */
function dropTape({ tf }: AutogradDevice): void {
  const { state } = tf.engine()
  if (state.gradientDepth > 0) return
  for (const { saved } of state.activeTape ?? []) for (const tensor of saved ?? []) tensor.dispose()
  state.activeTape = []
}

/** One run of a pass. */
export class PassRun {
  readonly #on: AutogradDevice
  readonly #task: PassTask
  readonly #given: ValueTable
  readonly #batch: number
  readonly #kernels: Kernels
  /** On the tape; they are TensorFlow.js's to free. */
  readonly #tensors = new Map<ValueId, Tensor>()
  /** Beside the tape, or taken over from it. */
  readonly #values = new Map<ValueId, Value>()
  /** Arguments of the differentiated function. */
  readonly #arguments = new Map<ValueId, Tensor>()

  constructor(on: AutogradDevice, task: PassTask, given: ValueTable, batch: number) {
    this.#on = on
    this.#task = task
    this.#given = given
    this.#batch = batch
    this.#kernels = new Kernels(on.device)
  }

  /** Sets the gradients, and the values that are kept. */
  run(): void {
    const { targets } = this.#task.pass
    try {
      this.#differentiate(targets.filter(({ role }) => role !== 'unreached'))
      for (const target of targets) if (target.role === 'unreached') this.#set(target, zeros(target, this.#batch))
      for (const id of this.#task.keeps) this.#given.set(id, this.#own(id).retain())
    } finally {
      for (const value of this.#values.values()) value.release()
      for (const tensor of this.#arguments.values()) tensor.dispose()
    }
  }

  #set({ makes, type }: Target, gradient: Result): void {
    const shape = concreteShape(type.shape, this.#batch)
    this.#given.set(makes, new Value(this.#on.device, type.dtype, shape, gradient))
  }

  #differentiate(targets: readonly Target[]): void {
    if (targets.length === 0) return
    const { tf } = this.#on
    for (const target of targets) this.#arguments.set(target.wrt, this.#argument(target))
    const inputs = [...this.#arguments.values()]
    try {
      // In a scope of its own the loss is freed, also when the way back fails.
      tf.tidy(() => {
        const { grads } = tf.valueAndGrads(() => this.#loss())(inputs)
        for (const [i, target] of targets.entries()) this.#set(target, tf.keep(grads[i] ?? raise(target.wrt)))
      })
    } catch (error) {
      dropTape(this.#on)
      throw error
    }
  }

  /** Never the tensor of a value itself: two values may have the same. */
  #argument({ wrt, role, type }: Target): Tensor {
    const { tf } = this.#on
    const tensor =
      role === 'given' ? tf.clone(this.#tensor(wrt)) : tf.zeros(concreteShape(type.shape, this.#batch), 'float32')
    return tf.keep(tensor)
  }

  /** The forward part; what it returns is new, as the loss may be what it is differentiated by. */
  #loss(): Tensor {
    const { tf } = this.#on
    const { pass } = this.#task
    for (const { wrt, role } of pass.targets) if (role === 'given') this.#tensors.set(wrt, this.#argumentOf(wrt))
    for (const each of pass.nodes) this.#compute(each)
    // What is needed later must outlive the scope that TensorFlow.js closes now.
    for (const id of this.#task.keeps) this.#own(id)
    return tf.clone(this.#tensor(pass.loss))
  }

  #argumentOf(wrt: ValueId): Tensor {
    return this.#arguments.get(wrt) ?? raise(wrt)
  }

  #compute({ node, isDifferentiated }: PassNode): void {
    const { tf, device } = this.#on
    const kernels = this.#kernels
    const { id, attributes } = node
    const shape = concreteShape(node.type.shape, this.#batch)
    const op = isDifferentiated ? differentiableOpOf(node) : undefined
    if (op === undefined) {
      const inputs = node.inputs.map((input) => this.#own(input))
      const call = { inputs, attributes, dtype: node.type.dtype, shape, kernels }
      const result = kernels.keepOnly(() => loweringOf(node.op).run(call))
      this.#values.set(id, new Value(device, node.type.dtype, shape, result))
      return
    }
    const inputs = node.inputs.map((input) => this.#tensor(input))
    const result = kernels.keepOnly(() => op.run({ tf, inputs, attributes, shape, kernels }))
    const shift = this.#arguments.get(id)
    this.#tensors.set(id, shift === undefined ? result : tf.add(result, shift))
  }

  #tensor(id: ValueId): Tensor {
    return this.#tensors.get(id) ?? (this.#value(id).tensor as Tensor)
  }

  #value(id: ValueId): Value {
    return this.#values.get(id) ?? this.#given.get(id)
  }

  /** The value of an id; one that is on the tape is taken over from TensorFlow.js. */
  #own(id: ValueId): Value {
    const tensor = this.#arguments.get(id) === this.#tensors.get(id) ? undefined : this.#tensors.get(id)
    if (tensor === undefined || this.#values.has(id)) return this.#value(id)
    const value = new Value(this.#on.device, 'float32', tensor.shape, this.#on.tf.keep(tensor))
    this.#values.set(id, value)
    return value
  }
}

function raise(wrt: ValueId): never {
  throw internalError(`there is no gradient with respect to %${wrt}`)
}
