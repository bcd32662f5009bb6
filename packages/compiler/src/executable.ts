/** A compiled program: an instance for each size of the batch that it meets, scanned in slices. */
import {
  allocateOutputs,
  BackendError,
  checkScan,
  type Executable,
  InputError,
  type ScanExtent,
  type ScanResult,
  type Tensor,
  type TensorMap,
} from '@isograd/core/backend'
import type { Program } from '@isograd/core/ir'
import { lower } from './lower/lower.js'
import { type Buffer, bytesOf, type LoopProgram } from './loops/loops.js'
import { firstFault } from './memory/head.js'
import { placeBuffers } from './memory/place.js'
import type { MemoryPlan } from './memory/plan.js'
import { Pace } from './pace.js'
import type { Elements, Instance, Target } from './target.js'

/** Instances of other batches that are kept; a run needs two. */
const MOST_INSTANCES = 4

const DISPOSED_MEANWHILE = '"NAME" was disposed while it was scanned'

/** A program for one size of its batch, with its memory. */
interface Loaded {
  readonly program: LoopProgram
  readonly plan: MemoryPlan
  readonly carry: readonly Buffer[]
  readonly instance: Instance
  readonly pace: Pace
}

/** Lets timers and signal handlers run. */
function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0)
  })
}

/** Elements of tensors in the order of their declarations. */
function inOrder(declared: readonly { readonly name: string }[], tensors: TensorMap): Elements[] {
  return declared.map(({ name }) => {
    const found = tensors[name]
    if (found === undefined) throw new Error(`"${name}" is missing`)
    return found.data
  })
}

const bytesIn = (data: Elements): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)

/** One program on one target. */
export class CompiledExecutable implements Executable {
  readonly #target: Target
  readonly #program: Program
  readonly #constants: readonly Elements[]
  readonly #loaded = new Map<number, Promise<Loaded>>()
  readonly #onDispose: () => void
  /** The scan that came last. Scans share memory: each begins when the one before has ended. */
  #last: Promise<unknown> = Promise.resolve()
  #isDisposed = false

  constructor(target: Target, program: Program, constants: TensorMap, onDispose: () => void) {
    this.#target = target
    this.#program = program
    this.#constants = inOrder(program.inputs.constants, constants)
    this.#onDispose = onDispose
  }

  async scan(carry: TensorMap, xs: TensorMap): Promise<ScanResult> {
    this.#requireHeld('scan of "NAME" after dispose')
    const extent = checkScan(this.#target.name, this.#program, carry, xs)
    if (extent.steps === 0) return { carry: copyOf(carry), ys: allocateOutputs(this.#program, extent) }
    const scanned = this.#last.then(() => this.#scan(carry, xs, extent))
    this.#last = scanned.catch(() => undefined)
    return scanned
  }

  async ready(batch: number): Promise<void> {
    const loaded = this.#last.then(() => this.#loadedFor(batch))
    this.#last = loaded.catch(() => undefined)
    await loaded
  }

  async #scan(carry: TensorMap, xs: TensorMap, extent: ScanExtent): Promise<ScanResult> {
    const ys = allocateOutputs(this.#program, extent)
    const loaded = await this.#loadedFor(extent.batch)
    this.#requireHeld(DISPOSED_MEANWHILE)
    this.#write(loaded, carry)
    await this.#run(loaded, inOrder(this.#program.inputs.xs, xs), inOrder(this.#program.outputs.ys, ys), extent)
    return { carry: this.#read(loaded, carry), ys }
  }

  #requireHeld(complaint: string): void {
    if (!this.#isDisposed) return
    throw new BackendError(
      this.#target.name,
      complaint.replace('NAME', () => this.#program.name),
    )
  }

  /** The instance for a batch; those that were used last are kept, and none that could not be made. */
  async #loadedFor(batch: number): Promise<Loaded> {
    this.#requireHeld(DISPOSED_MEANWHILE)
    const loaded = this.#loaded.get(batch) ?? this.#load(batch)
    this.#loaded.delete(batch)
    this.#loaded.set(batch, loaded)
    const [oldest] = this.#loaded.keys()
    if (this.#loaded.size > MOST_INSTANCES && oldest !== undefined) await this.#drop(oldest)
    return loaded.catch((error: unknown) => {
      this.#loaded.delete(batch)
      throw error
    })
  }

  async #drop(batch: number): Promise<void> {
    const loaded = this.#loaded.get(batch)
    this.#loaded.delete(batch)
    await loaded?.then(
      ({ instance }) => instance.dispose(),
      () => undefined,
    )
  }

  async #load(batch: number): Promise<Loaded> {
    const { carry, ...program } = lower(this.#program, batch)
    const plan = placeBuffers(program, carry)
    const instance = await this.#target.load(program, plan, this.#constants)
    return { program, plan, carry, instance, pace: new Pace(this.#target.threads) }
  }

  #write({ instance, plan, carry }: Loaded, given: TensorMap): void {
    const arena = instance.arena()
    for (const [i, { name }] of this.#program.inputs.carry.entries()) {
      const [buffer, tensor] = [carry[i], given[name]]
      if (buffer === undefined || tensor === undefined) throw new Error(`"${name}" is missing`)
      arena.set(bytesIn(tensor.data), offsetOf(plan, buffer))
    }
  }

  #read({ instance, plan, carry }: Loaded, given: TensorMap): TensorMap {
    const arena = instance.arena()
    return Object.fromEntries(
      this.#program.inputs.carry.map(({ name }, i) => {
        const [buffer, tensor] = [carry[i], given[name]]
        if (buffer === undefined || tensor === undefined) throw new Error(`"${name}" is missing`)
        const start = offsetOf(plan, buffer)
        const data = tensor.data.slice()
        bytesIn(data).set(arena.subarray(start, start + buffer.length * bytesOf[buffer.type]))
        return [name, { ...tensor, data } as Tensor]
      }),
    )
  }

  async #run(loaded: Loaded, xs: readonly Elements[], ys: readonly Elements[], { steps }: ScanExtent): Promise<void> {
    for (let from = 0; from < steps;) {
      const slice = loaded.pace.next(steps - from)
      const start = performance.now()
      loaded.instance.run(xs, ys, from, from + slice.steps, slice.threads)
      loaded.pace.took(slice, performance.now() - start)
      this.#requireNoFault(loaded)
      from += slice.steps
      // oxlint-disable-next-line no-await-in-loop -- between slices is the place for it
      if (from < steps) await yieldToEventLoop()
      this.#requireHeld(DISPOSED_MEANWHILE)
    }
  }

  #requireNoFault({ instance, program }: Loaded): void {
    const met = firstFault(instance.arena())
    const fault = met && program.faults[met.fault]
    if (met === undefined || fault === undefined) return
    throw new InputError(this.#target.name, `${fault.node}: row ${met.row} is outside 0 .. ${fault.limit - 1}`)
  }

  async dispose(): Promise<void> {
    if (this.#isDisposed) return
    this.#isDisposed = true
    this.#onDispose()
    await Promise.all([...this.#loaded.keys()].map((batch) => this.#drop(batch)))
  }
}

function offsetOf({ offsets }: MemoryPlan, { id, name }: Buffer): number {
  const offset = offsets.get(id)
  if (offset === undefined) throw new Error(`"${name}" has no place`)
  return offset
}

function copyOf(tensors: TensorMap): TensorMap {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [name, { ...tensor, data: tensor.data.slice() } as Tensor]),
  )
}
