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

/** Steps whose outputs a device keeps, before the host reads them together: each reading waits for all work before it. */
const READ_EVERY = 64

/** The outputs of the steps of a scan: read at once where that is a view, else many steps together. */
class StepOutputs {
  readonly ys: Record<string, Tensor>
  readonly #backend: string
  readonly #isAtOnce: boolean
  readonly #kept: { readonly step: number; readonly values: readonly (readonly [name: string, value: Value])[] }[] = []

  constructor(backend: string, ys: Record<string, Tensor>, isAtOnce: boolean) {
    this.#backend = backend
    this.ys = ys
    this.#isAtOnce = isAtOnce
  }

  get isFull(): boolean {
    return this.#kept.length >= READ_EVERY
  }

  take(step: number, values: readonly (readonly [name: string, value: Value])[]): void {
    if (this.#isAtOnce) this.#storeStep(step, values)
    else this.#kept.push({ step, values: values.map(([name, value]) => [name, value.retain()]) })
  }

  /** Reads what is kept. */
  async store(): Promise<void> {
    if (this.#kept.length === 0) return
    await Promise.all(this.#kept.flatMap(({ values }) => values.map(([, value]) => value.fetch())))
    for (const { step, values } of this.#kept) this.#storeStep(step, values)
    this.clear()
  }

  clear(): void {
    for (const { values } of this.#kept.splice(0)) for (const [, value] of values) value.release()
  }

  #storeStep(step: number, values: readonly (readonly [name: string, value: Value])[]): void {
    const views = values.map(([name, value]) => {
      const { dtype, shape } = value
      return [name, { dtype, shape, data: value.view() } as Tensor]
    })
    storeStep(this.#backend, this.ys, Object.fromEntries(views) as TensorMap, step)
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

  private constructor({ backend, device, program, plan, constants, pauseEvery, onDispose }: ExecutableParts) {
    this.#backend = backend
    this.#device = device
    this.#program = program
    this.#plan = plan
    this.#kernels = new Kernels(device)
    this.#pauseEvery = pauseEvery
    this.#onDispose = onDispose
    this.#bind(this.#constants, program.inputs.constants, constants)
  }

  /** An executable whose nodes that depend on nothing else have run. @throws BackendError when one of them fails. */
  static async of(parts: ExecutableParts): Promise<TfjsExecutable> {
    const executable = new TfjsExecutable(parts)
    await executable.#begin()
    return executable
  }

  async #begin(): Promise<void> {
    const values = this.#constants
    try {
      for (const node of this.#plan.once) {
        // oxlint-disable-next-line no-await-in-loop -- nodes follow one another
        if (this.#device.read !== undefined) await this.#fetchViews(values, node)
        this.#compute(values, node, concreteShape(node.type.shape, 0))
      }
    } catch (error) {
      values.clear()
      throw error
    }
  }

  async scan(carry: TensorMap, xs: TensorMap): Promise<ScanResult> {
    this.#requireLive()
    const extent = checkScan(this.#backend, this.#program, carry, xs)
    const outputs = new StepOutputs(
      this.#backend,
      allocateOutputs(this.#program, extent),
      this.#device.read === undefined,
    )
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
        current = await this.#step(taken, xs, i, extent, outputs)
        // oxlint-disable-next-line no-await-in-loop
        if (outputs.isFull) await outputs.store()
        this.#requireLive()
      }
      await outputs.store()
      const names = this.#program.inputs.carry.map(({ name }) => name)
      const carried = await Promise.all(current.map((value) => value.copy()))
      return { carry: Object.fromEntries(carried.map((tensor, i) => [names[i] ?? '', tensor])), ys: outputs.ys }
    } catch (error) {
      throw this.#device.explain === undefined ? error : await this.#device.explain(error)
    } finally {
      outputs.clear()
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

  async #step(carry: Value[], xs: TensorMap, i: number, { batch }: ScanExtent, outputs: StepOutputs): Promise<Value[]> {
    const slots = new Slots(this.#constants)
    const { inputs } = this.#program
    const shapes = this.#plan.shapes(batch)
    try {
      for (const [position, { id }] of inputs.carry.entries()) slots.set(id, carry[position])
      this.#bind(slots, inputs.xs, sliceStep(xs, i))
      for (const [position, { task, releases }] of this.#plan.step.entries()) {
        // oxlint-disable-next-line no-await-in-loop -- tasks follow one another
        if (this.#device.read !== undefined && isNode(task)) await this.#fetchViews(slots, task)
        this.#requireLive()
        if (isNode(task)) this.#compute(slots, task, shapes[position] ?? [], i)
        else this.#run(slots, task, batch, i)
        for (const id of releases) slots.release(id)
      }
      outputs.take(
        i,
        this.#plan.ys.map(({ name, value: id }) => [name, slots.get(id)]),
      )
      return this.#plan.carry.map((id) => slots.get(id).retain())
    } finally {
      slots.clear()
    }
  }

  /** Brings to the host what a node takes a view of. */
  async #fetchViews(slots: Slots, { op, inputs: ids, attributes }: ProgramNode): Promise<void> {
    const { views } = loweringOf(op)
    if (views === undefined) return
    const viewed = views({ inputs: ids.map((id) => slots.get(id)), attributes })
    await Promise.all(viewed.map((value) => value.fetch()))
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
