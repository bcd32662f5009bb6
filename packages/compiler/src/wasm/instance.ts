/** A module with its parts of the memory. */
import { BackendError } from '@isograd/core/backend'
import type { LoopProgram } from '../loops/loops.js'
import { HEAD, type MemoryPlan } from '../memory/plan.js'
import type { Elements, Instance } from '../target.js'
import type { Part, SharedMemory } from './memory.js'
import type { Platform } from './platform.js'
import { control } from './meeting.js'
import type { Run, Shared, Team } from './team.js'
import { emitModule, type Layout, scratchBytes, type Stream, streamsOf } from './module.js'

/** Bytes of xs and ys that are copied at a time, where a step has not more. */
const CHUNK = 2 ** 22

/** The way in which threads share programs. */
export interface Sharing {
  /** Threads that may. */
  readonly threads: number
  readonly team?: Team
  /** The least work that they share, where it is not the usual. */
  readonly leastWork?: number
}

/** The parts of an instance. */
export interface InstanceParts {
  readonly program: LoopProgram
  readonly plan: MemoryPlan
  /** Addresses of the constants. */
  readonly constants: readonly number[]
  readonly platform: Platform
  readonly memory: SharedMemory
  readonly sharing: Sharing
  /** Called once, when the instance has given back its memory. */
  readonly onDispose: () => void
}

/** Bytes of some steps of a stacked tensor. */
const stepsOf = ({ buffer, byteOffset }: Elements, { bytes }: Stream, from: number, count: number): Uint8Array =>
  new Uint8Array(buffer, byteOffset + from * bytes, count * bytes)

/** Compiles a program and gives it memory. @throws BackendError where there is no room. */
export async function instantiate(parts: InstanceParts): Promise<Instance> {
  const { program, plan, constants, memory, sharing } = parts
  const streams = streamsOf(program)
  const taken: Part[] = []
  const take = (bytes: number): Part => {
    const part = memory.take(bytes, `the program "${program.name}"`)
    taken.push(part)
    return part
  }
  try {
    const scratch = scratchBytes(program) * sharing.threads
    const [arena, own] = [take(plan.bytes), take(control.bytes + scratch + 4 * streams.length)]
    memory.bytes(arena).fill(0)
    memory.bytes(own).fill(0, 0, control.bytes)
    const first = own.address + control.bytes
    const layout: Layout = {
      arena: arena.address,
      offsets: plan.offsets,
      control: own.address,
      scratch: first,
      table: first + scratch,
      constants,
      isShared: memory.isShared,
    }
    const code = await compiled(parts, emitModule(program, layout, sharing.leastWork))
    await sharing.team?.prepare()
    return new WasmInstance(parts, { arena, own, table: layout.table }, streams, code)
  } catch (error) {
    for (const part of taken) memory.give(part)
    throw error
  }
}

interface Code {
  readonly run: Run
  readonly module: object
}

let instances = 0

/** @throws BackendError where the platform refuses a module, as a page's policy may. */
async function compiled({ platform, program, memory }: InstanceParts, bytes: Uint8Array<ArrayBuffer>): Promise<Code> {
  try {
    const { instance, module } = await platform.instantiate(bytes, { env: { memory: memory.memory } })
    return { run: instance.exports['run'] as Run, module }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new BackendError('wasm', `the code of "${program.name}" is refused: ${reason}`, { cause: error })
  }
}

class WasmInstance implements Instance {
  readonly interpreted: number
  readonly #parts: InstanceParts
  readonly #places: { readonly arena: Part; readonly own: Part; readonly table: number }
  readonly #streams: readonly Stream[]
  #run: Run | undefined
  readonly #shared: Shared
  /** Room for the xs and ys of so many steps. */
  #staging: { readonly part: Part; readonly steps: number; readonly addresses: readonly number[] } | undefined

  constructor(
    parts: InstanceParts,
    places: { readonly arena: Part; readonly own: Part; readonly table: number },
    streams: readonly Stream[],
    { run, module }: Code,
  ) {
    this.interpreted = parts.program.uncovered
    this.#parts = parts
    this.#places = places
    this.#streams = streams
    this.#run = run
    this.#shared = { id: instances++, module, memory: parts.memory.memory, control: places.own.address }
    parts.sharing.team?.share(this.#shared)
  }

  arena(): Uint8Array {
    return this.#parts.memory.bytes(this.#places.arena).subarray(0, this.#parts.plan.bytes)
  }

  run(xs: readonly Elements[], ys: readonly Elements[], from: number, to: number, threads = 1): void {
    const run = this.#run
    if (run === undefined) throw new Error('wasm: the instance is disposed')
    this.arena().fill(0, 0, HEAD)
    const chunk = this.#chunk(to - from)
    for (let at = from, isFaulty = false; at < to && !isFaulty;) {
      const count = Math.min(chunk, to - at)
      this.#copy(xs, 'x', at, count, (own, given) => own.set(given))
      const { team } = this.#parts.sharing
      const steps = { from: 0, to: count }
      const done =
        threads === 1 || team === undefined ? run(0, count, 0, 1, 0) : team.run(this.#shared, steps, threads, run)
      this.#copy(ys, 'y', at, done, (own, given) => given.set(own))
      isFaulty = this.arena()
        .subarray(0, HEAD)
        .some((byte) => byte !== 0)
      at += done
    }
  }

  dispose(): void {
    if (this.#run === undefined) return
    this.#run = undefined
    const { memory, onDispose, sharing } = this.#parts
    sharing.team?.drop(this.#shared)
    const { arena, own } = this.#places
    for (const part of [arena, own, this.#staging?.part]) if (part !== undefined) memory.give(part)
    onDispose()
  }

  /** Steps that are copied at a time, for which there is room then. */
  #chunk(steps: number): number {
    const step = this.#streams.reduce((sum, { bytes }) => sum + bytes, 0)
    const chunk = Math.max(1, Math.min(steps, Math.floor(CHUNK / Math.max(step, 1))))
    if (this.#staging === undefined || this.#staging.steps < chunk) this.#stage(chunk)
    return chunk
  }

  #stage(steps: number): void {
    const { memory, program } = this.#parts
    if (this.#staging !== undefined) memory.give(this.#staging.part)
    this.#staging = undefined
    const sizes = this.#streams.map(({ bytes }) => Math.ceil((bytes * steps) / 64 + 1) * 64)
    const total = sizes.reduce((sum, bytes) => sum + bytes, 0)
    const part = memory.take(total, `the data of ${steps} steps of "${program.name}"`)
    let address = part.address
    const addresses = sizes.map((bytes) => (address += bytes) - bytes)
    this.#staging = { part, steps, addresses }
    const table = new Int32Array(memory.memory.buffer, this.#places.table, addresses.length)
    table.set(addresses)
  }

  /** Copies between the caller's tensors and the memory. */
  #copy(
    tensors: readonly Elements[],
    space: Stream['space'],
    from: number,
    count: number,
    copy: (own: Uint8Array, given: Uint8Array) => void,
  ): void {
    const { buffer } = this.#parts.memory.memory
    this.#streams.forEach((stream, i) => {
      const [address, tensor] = [this.#staging?.addresses[i], tensors[stream.index]]
      if (stream.space !== space) return
      if (address === undefined || tensor === undefined)
        throw new Error(`wasm: there is no tensor ${space}${stream.index}`)
      copy(new Uint8Array(buffer, address, count * stream.bytes), stepsOf(tensor, stream, from, count))
    })
  }
}
