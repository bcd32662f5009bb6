/**
 * Interprets a planned program, node by node, step by step. Carry stays on the device from one step to the next; the
 * host sees it when the scan ends. A value is freed after its last use, and whatever is left when a step ends or throws.
 */
import {
  allocateOutputs,
  BackendError,
  checkScan,
  type Executable,
  InputError,
  internalError,
  type ScanExtent,
  type ScanResult,
  sliceStep,
  storeStep,
  type Tensor,
  type TensorMap,
} from '@isograd/core/backend'
import { concreteShape, type Program, type ProgramInput, type ProgramNode, type ValueId } from '@isograd/core/ir'
import type { Device } from './device/device.js'
import { loweringOf } from './lowerings/index.js'
import { InputFault, Kernels } from './lowerings/lowering.js'
import type { Plan } from './plan/plan.js'
import { isNode, type Procedure, type Task, type ValueTable } from './plan/task.js'
import { Value } from './value.js'

/** Browsers have no `setImmediate`. */
const schedule: (callback: () => void) => unknown = typeof setImmediate === 'function' ? setImmediate : setTimeout

function pause(): Promise<void> {
  return new Promise((resolve) => {
    schedule(resolve)
  })
}

/** The values of one step by id, each held once; those of `base` are lent. */
class Slots implements ValueTable {
  readonly #base: Slots | undefined
  readonly #values = new Map<ValueId, Value>()

  constructor(base?: Slots) {
    this.#base = base
  }

  get(id: ValueId): Value {
    const value = this.#values.get(id) ?? this.#base?.get(id)
    if (value === undefined) throw internalError(`value %${id} is read before it is computed or after its last use`)
    return value
  }

  set(id: ValueId, value: Value | undefined): void {
    if (value !== undefined) this.#values.set(id, value)
  }

  /** Drops a value of the step; what is lent stays. */
  release(id: ValueId): void {
    this.#values.get(id)?.release()
    this.#values.delete(id)
  }

  clear(): void {
    for (const value of this.#values.values()) value.release()
    this.#values.clear()
  }
}

/** The parts of an executable. */
export interface ExecutableParts {
  /** Name of the backend, for messages. */
  readonly backend: string
  readonly device: Device
  /** Verified, and checked to be supported. */
  readonly program: Program
  readonly plan: Plan
  /** Checked against the program. */
  readonly constants: TensorMap
  /** Milliseconds of work after which timers and signals of the process, and other scans, get their turn. */
  readonly pauseEvery: number
  /** Called once, when the executable is disposed. */
  readonly onDispose: (executable: Executable) => unknown
}

/** A program on a device of TensorFlow.js. */
export class TfjsExecutable implements Executable {
  readonly #backend: string
  readonly #device: Device
  readonly #program: Program
  readonly #plan: Plan
  readonly #kernels: Kernels
  readonly #pauseEvery: number
  readonly #onDispose: ExecutableParts['onDispose']
  /** Constants, and what depends on nothing else. */
  readonly #constants = new Slots()
  #disposed = false

  /** @throws BackendError when a node that runs once fails. */
  constructor({ backend, device, program, plan, constants, pauseEvery, onDispose }: ExecutableParts) {
    this.#backend = backend
    this.#device = device
    this.#program = program
    this.#plan = plan
    this.#kernels = new Kernels(device)
    this.#pauseEvery = pauseEvery
    this.#onDispose = onDispose
    this.#bind(this.#constants, program.inputs.constants, constants)
    try {
      for (const node of this.#plan.once) this.#compute(this.#constants, node, concreteShape(node.type.shape, 0))
    } catch (error) {
      this.#constants.clear()
      throw error
    }
  }

  async scan(carry: TensorMap, xs: TensorMap): Promise<ScanResult> {
    this.#requireLive()
    const extent = checkScan(this.#backend, this.#program, carry, xs)
    const ys = allocateOutputs(this.#program, extent)
    let current = this.#program.inputs.carry.map((input) => this.#fromHost(input, carry))
    let lastPause = performance.now()
    try {
      for (let i = 0; i < extent.steps; i++) {
        if (performance.now() - lastPause >= this.#pauseEvery) {
          // oxlint-disable-next-line no-await-in-loop -- steps follow one another; other work of the process gets its turn between them
          await pause()
          this.#requireLive()
          lastPause = performance.now()
        }
        // The step takes the values over, and frees them whether it succeeds or not.
        const taken = current
        current = []
        current = this.#step(taken, xs, i, extent, ys)
      }
      const names = this.#program.inputs.carry.map(({ name }) => name)
      return { carry: Object.fromEntries(current.map((value, i) => [names[i] ?? '', value.copy()])), ys }
    } finally {
      for (const value of current) value.release()
    }
  }

  async dispose(): Promise<void> {
    if (this.#disposed) return
    this.#disposed = true
    this.#constants.clear()
    this.#onDispose(this)
  }

  #requireLive(): void {
    if (this.#disposed) throw new BackendError(this.#backend, `scan of "${this.#program.name}" after dispose`)
  }

  #fromHost({ name, type }: ProgramInput, given: TensorMap): Value {
    const tensor = given[name]
    if (tensor === undefined || tensor.data instanceof Float64Array) throw internalError(`"${name}" passed the checks`)
    return new Value(this.#device, type.dtype, tensor.shape, tensor.data)
  }

  #bind(slots: Slots, declared: readonly ProgramInput[], given: TensorMap): void {
    for (const input of declared) slots.set(input.id, this.#fromHost(input, given))
  }

  #step(carry: Value[], xs: TensorMap, i: number, { batch }: ScanExtent, ys: Record<string, Tensor>): Value[] {
    const slots = new Slots(this.#constants)
    const { inputs } = this.#program
    const shapes = this.#plan.shapes(batch)
    try {
      for (const [position, { id }] of inputs.carry.entries()) slots.set(id, carry[position])
      this.#bind(slots, inputs.xs, sliceStep(xs, i))
      for (const [position, { task, releases }] of this.#plan.step.entries()) {
        if (isNode(task)) this.#compute(slots, task, shapes[position] ?? [], i)
        else this.#run(slots, task, batch, i)
        for (const id of releases) slots.release(id)
      }
      storeStep(this.#backend, ys, this.#views(slots), i)
      return this.#plan.carry.map((id) => slots.get(id).retain())
    } finally {
      slots.clear()
    }
  }

  /** The step's outputs as views on the device's memory. */
  #views(slots: Slots): TensorMap {
    return Object.fromEntries(
      this.#plan.ys.map(({ name, value: id }) => {
        const value = slots.get(id)
        return [name, { dtype: value.dtype, shape: value.shape, data: value.view() } as Tensor]
      }),
    )
  }

  #compute(slots: Slots, node: ProgramNode, shape: readonly number[], step?: number): void {
    const kernels = this.#kernels
    const { dtype } = node.type
    try {
      const inputs = node.inputs.map((id) => slots.get(id))
      const call = { inputs, attributes: node.attributes, dtype, shape, kernels }
      const result = kernels.keepOnly(() => loweringOf(node.op).run(call))
      slots.set(node.id, new Value(this.#device, dtype, shape, result))
    } catch (error) {
      throw this.#explained(error, node, step)
    }
  }

  #run(slots: Slots, procedure: Procedure, batch: number, step: number): void {
    try {
      procedure.run(slots, batch)
    } catch (error) {
      throw this.#explained(error, procedure, step)
    }
  }

  #explained(error: unknown, task: Task, step?: number): Error {
    const what = isNode(task) ? `${task.op} "${task.name}"` : task.name
    const where = `${what} of "${this.#program.name}"${step === undefined ? '' : `, step ${step}`}`
    const message = `${where}: ${error instanceof Error ? error.message : String(error)}`
    const Kind = error instanceof InputFault ? InputError : BackendError
    return new Kind(this.#backend, message, { cause: error })
  }
}
