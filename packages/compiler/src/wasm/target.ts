/** The target `wasm`: modules over one memory, in Node and in pages. */
import type { Elements, Instance, Target } from '../target.js'
import { instantiate, type Sharing } from './instance.js'
import { type Part, SharedMemory } from './memory.js'
import { sharesMemory, type Start, Team } from './team.js'
import { requirePlatform } from './platform.js'

/** A constant in memory, for as many instances as use it. */
interface Held {
  readonly part: Part
  users: number
}

/** The constants of all instances: each tensor once. */
class Constants {
  readonly #memory: SharedMemory
  readonly #held = new Map<Elements, Held>()
  constructor(memory: SharedMemory) {
    this.#memory = memory
  }

  /** @returns the address. */
  hold(data: Elements): number {
    const held = this.#held.get(data) ?? this.#copied(data)
    held.users++
    return held.part.address
  }

  release(data: Elements): void {
    const held = this.#held.get(data)
    if (held === undefined) return
    held.users--
    if (held.users > 0) return
    this.#held.delete(data)
    this.#memory.give(held.part)
  }

  #copied(data: Elements): Held {
    const held = { part: this.#memory.take(data.byteLength, `a constant of ${data.length} elements`), users: 0 }
    this.#memory.bytes(held.part).set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    this.#held.set(data, held)
    return held
  }
}

/** Options of the target. */
export interface WasmOptions {
  /** Threads that may share a step: one where it is left out, or where memory cannot be shared. */
  readonly threads?: number
  /** Milliseconds for them to come to work, where it is not the usual. */
  readonly patience?: number
  /** The way to start a worker, where it is not that of the platform. */
  readonly start?: Start
  /** The least work that they share, where it is not the usual: the bits do not depend on it. */
  readonly leastWork?: number
}

/** Makes a target with a memory of its own. @throws BackendError where the platform lacks what it needs. */
export function createWasm({ threads: asked = 1, leastWork, ...options }: WasmOptions = {}): Target {
  const threads = sharesMemory() ? asked : 1
  const team = threads > 1 ? new Team({ ...options, threads }) : undefined
  const sharing: Sharing = {
    threads,
    ...(team === undefined ? {} : { team }),
    ...(leastWork === undefined ? {} : { leastWork }),
  }
  const platform = requirePlatform()
  const memory = new SharedMemory('wasm', platform, threads > 1)
  const constants = new Constants(memory)
  const instances = new Set<Instance>()
  return {
    name: 'wasm',
    threads,
    async load(program, plan, tensors) {
      const held: Elements[] = []
      const release = (): void => held.splice(0).forEach((data) => constants.release(data))
      try {
        const addresses = tensors.map((data) => {
          const address = constants.hold(data)
          held.push(data)
          return address
        })
        const onDispose = (): void => {
          instances.delete(instance)
          release()
        }
        const instance = await instantiate({
          program,
          plan,
          constants: addresses,
          platform,
          memory,
          sharing,
          onDispose,
        })
        instances.add(instance)
        return instance
      } catch (error) {
        release()
        throw error
      }
    },
    bytes: () => memory.taken,
    dispose() {
      for (const instance of instances) instance.dispose()
      team?.dispose()
    },
  }
}
