/**
 * A compiled program on jax-js: a step is one compiled function, called for each step of a scan. Carry stays on the device
 * from one step to the next; the host sees it when the scan ends.
 */
import {
  allocate,
  allocateOutputs,
  BackendError,
  checkScan,
  type DType,
  type Executable,
  internalError,
  type ScanExtent,
  type ScanResult,
  sliceStep,
  storeStep,
  type Tensor,
  type TensorMap,
} from '@isograd/core/backend'
import {
  concreteShape,
  type OpAttributes,
  type Program,
  type ProgramInput,
  type ProgramNode,
  type TensorType,
  type ValueId,
  valueTypes,
} from '@isograd/core/ir'
import { foldedValues } from './folding.js'
import { dtypeIn, jaxDType } from './lowerings/lowering.js'
import { checkRows, type HostRows, hostRowsOf, rowsOf } from './rows.js'
import type { Jax, JaxArray, JaxDevice } from './runtime.js'
import { stepOf } from './step.js'

/** The parts of an executable. */
export interface ExecutableParts {
  readonly jax: Jax
  readonly isNative: boolean
  readonly device: JaxDevice
  /** Name of the backend, for messages. */
  readonly backend: string
  /** Verified, and checked to be supported. */
  readonly program: Program
  /** Checked against the program. */
  readonly constants: TensorMap
  /** Called once, when the executable is disposed of. */
  readonly onDispose: (executable: Executable) => unknown
}

/** A step for batches of so many rows, and what it is given beside its inputs. */
interface CompiledStep {
  readonly run: ReturnType<Jax['jit']>
  readonly folded: readonly JaxArray[]
}

/** Steps whose outputs are read together: reading waits for a GPU, and for nothing else. */
const STEPS_A_READ: Readonly<Record<JaxDevice, number>> = { wasm: 1, webgpu: 16 }

/** Milliseconds of work after which timers and signals of the process get their turn. */
const PAUSE_EVERY = 50

function pause(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0)
  })
}

function tensorAt(tensors: TensorMap, name: string): Tensor {
  const tensor = tensors[name]
  if (tensor === undefined) throw internalError(`"${name}" passed the checks`)
  return tensor
}

/** The elements as jax-js takes them: int32 for bytes and for booleans. */
function elementsOf({ dtype, data }: Tensor): Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer> {
  return jaxDType(dtype) === 'float32' ? Float32Array.from(data) : Int32Array.from(data)
}

/** A program on a device of jax-js. */
export class JaxExecutable implements Executable {
  readonly #parts: ExecutableParts
  readonly #types: ReadonlyMap<ValueId, TensorType>
  readonly #hosted: readonly HostRows[]
  /** Constants that anything on the device reads. */
  readonly #bound: readonly JaxArray[]
  readonly #given: readonly ValueId[]
  readonly #wanted: readonly ValueId[]
  readonly #carry: readonly string[]
  readonly #steps = new Map<number, CompiledStep>()
  #disposed = false

  constructor(parts: ExecutableParts) {
    const { backend, program, constants } = parts
    const { inputs, outputs } = program
    this.#parts = parts
    this.#types = valueTypes(program)
    checkRows(backend, program, 'constants', constants, 0)
    this.#hosted = hostRowsOf(program)
    const hosted = new Set(this.#hosted.map(({ node }) => node.id))
    const results = [...outputs.carry, ...outputs.ys].map(({ value }) => value)
    const isRead = ({ id }: ProgramInput): boolean =>
      results.includes(id) || program.nodes.some((node) => !hosted.has(node.id) && node.inputs.includes(id))
    const bound = inputs.constants.filter(isRead)
    this.#bound = bound.map(({ name }) => this.#upload(tensorAt(constants, name)))
    this.#given = [...bound, ...inputs.carry, ...inputs.xs].map(({ id }) => id).concat([...hosted])
    const written = new Map(outputs.carry.map(({ name, value }) => [name, value]))
    this.#carry = inputs.carry.map(({ name }) => name)
    this.#wanted = [...this.#carry.flatMap((name) => written.get(name) ?? []), ...outputs.ys.map(({ value }) => value)]
  }

  async scan(carry: TensorMap, xs: TensorMap): Promise<ScanResult> {
    const { backend, program } = this.#parts
    this.#requireLive()
    const extent = checkScan(backend, program, carry, xs)
    checkRows(backend, program, 'xs', xs, extent.batch)
    try {
      return await this.#scan(carry, xs, extent)
    } catch (error) {
      if (error instanceof BackendError) throw error
      const text = error instanceof Error ? error.message : String(error)
      throw new BackendError(backend, `scan of "${program.name}" failed: ${text}`, { cause: error })
    }
  }

  async #scan(carry: TensorMap, xs: TensorMap, extent: ScanExtent): Promise<ScanResult> {
    const { device, program } = this.#parts
    const ys = allocateOutputs(program, extent)
    let current = this.#carry.map((name) => this.#upload(tensorAt(carry, name)))
    let lastPause = performance.now()
    let unread: JaxArray[][] = []
    for (let i = 0; i < extent.steps; i++) {
      const results = this.#step(current, sliceStep(xs, i), extent.batch)
      current = results.slice(0, this.#carry.length)
      unread.push(results.slice(this.#carry.length))
      if (unread.length < STEPS_A_READ[device] && i + 1 < extent.steps) continue
      // oxlint-disable-next-line no-await-in-loop -- steps follow one another
      await this.#read(unread, i + 1 - unread.length, ys)
      unread = []
      this.#requireLive()
      if (performance.now() - lastPause < PAUSE_EVERY) continue
      // oxlint-disable-next-line no-await-in-loop -- other work of the process gets its turn between steps
      await pause()
      this.#requireLive()
      lastPause = performance.now()
    }
    const entries = this.#carry.map(async (name, i): Promise<[string, Tensor]> => {
      const type = this.#types.get(program.inputs.carry[i]?.id as ValueId) as TensorType
      return [name, await this.#download(current[i] as JaxArray, type.dtype)]
    })
    return { carry: Object.fromEntries(await Promise.all(entries)), ys }
  }

  #step(carry: readonly JaxArray[], x: TensorMap, batch: number): JaxArray[] {
    const { jax, device, program, constants } = this.#parts
    jax.defaultDevice(device)
    const { run, folded } = this.#compiled(batch)
    const given = program.inputs.xs.map(({ name }) => tensorAt(x, name))
    const chosen = this.#hosted.map(({ table, rows }) =>
      rowsOf(tensorAt(constants, table.name), tensorAt(x, rows.name)),
    )
    const uploads = [...given, ...chosen].map((tensor) => this.#upload(tensor))
    const kept = [...folded, ...this.#bound].map((array) => array.ref)
    return run(...kept, ...carry, ...uploads) as JaxArray[]
  }

  #compiled(batch: number): CompiledStep {
    const known = this.#steps.get(batch)
    if (known !== undefined) return known
    const { jax, isNative, program } = this.#parts
    const lengthOf = ({ inputs: [id], attributes }: ProgramNode): number => {
      const { shape } = this.#types.get(id as ValueId) as TensorType
      return concreteShape(shape, batch)[(attributes as OpAttributes['size']).axis] as number
    }
    const folded = foldedValues(program, lengthOf, batch)
    const source = { jax, isNative, program, given: [...folded.keys(), ...this.#given], wanted: this.#wanted }
    const compiled = {
      run: jax.jit(stepOf(source, batch)),
      folded: [...folded.values()].map((tensor) => this.#upload(tensor)),
    }
    this.#steps.set(batch, compiled)
    return compiled
  }

  async #read(steps: readonly (readonly JaxArray[])[], first: number, ys: Record<string, Tensor>): Promise<void> {
    const { backend, program } = this.#parts
    const { ys: outputs } = program.outputs
    const read = async (array: JaxArray, i: number): Promise<[string, Tensor]> => {
      const { name, value } = outputs[i] as (typeof outputs)[number]
      return [name, await this.#download(array, (this.#types.get(value) as TensorType).dtype)]
    }
    const all = await Promise.all(steps.map((arrays) => Promise.all(arrays.map(read))))
    for (const [i, entries] of all.entries()) storeStep(backend, ys, Object.fromEntries(entries), first + i)
  }

  #upload(tensor: Tensor): JaxArray {
    const { jax, device } = this.#parts
    return jax.numpy.array(elementsOf(tensor), {
      shape: [...tensor.shape],
      dtype: dtypeIn(jax, tensor.dtype),
      device,
    })
  }

  async #download(array: JaxArray, dtype: DType): Promise<Tensor> {
    const shape = [...array.shape]
    const elements = await array.data()
    const data = allocate(dtype, elements.length)
    data.set(elements as Float32Array)
    return { dtype, shape, data } as Tensor
  }

  #requireLive(): void {
    const { backend, program } = this.#parts
    if (this.#disposed) throw new BackendError(backend, `scan of "${program.name}" after dispose`)
  }

  async dispose(): Promise<void> {
    if (this.#disposed) return
    this.#disposed = true
    for (const array of this.#bound) array.dispose()
    for (const { run, folded } of this.#steps.values()) {
      run.dispose()
      for (const array of folded) array.dispose()
    }
    this.#parts.onDispose(this)
  }
}
