/** The target `native`: a program is one C file that the system's compiler makes an object of, which Node loads. */
import { readFile } from 'node:fs/promises'
import { BackendError } from '@isograd/core/backend'
import type { Buffer, ElementType } from '../loops/loops.js'
import type { Elements, Instance, Target } from '../target.js'
import { Cache, cacheFolder } from './cache.js'
import {
  argumentsOf,
  askCompiler,
  compileC,
  cure,
  findCompiler,
  hashOf,
  type Compiler,
  type Toolchain,
} from './compiler.js'
import { emitC, type Planned } from './emit.js'
import type { Machine } from './machine.js'
import { buffersIn } from '../loops/walk.js'

/** A treatment of numbers: see `modes`. */
export type NativeMode = 'native' | 'native:strict' | 'native:fast'

/** The modes by name. */
export const modes: Readonly<Record<NativeMode, { readonly contracts: boolean; readonly flushes: boolean }>> = {
  /** In products of matrices a product and the sum that takes it are rounded once, where the processor can. */
  native: { contracts: true, flushes: false },
  /** The very bits of `wasm` and of the interpreter. */
  'native:strict': { contracts: false, flushes: false },
  /** As `native`, and subnormal numbers are 0. */
  'native:fast': { contracts: true, flushes: true },
}

/** Options of the target. */
export interface NativeOptions {
  /** `PATH`, `ISOGRAD_CC` and those that name the cache directory are read. */
  readonly environment?: NodeJS.ProcessEnv
  /** Milliseconds that a compiler may take for one file. */
  readonly limit?: number
  /** The machine that the C is written for, where that is not the compiler's target: the bits do not depend on it. */
  readonly machine?: Machine
  /** Threads that may share a step: one where it is left out. */
  readonly threads?: number
  /** The least work that they share, where it is not the usual: the bits do not depend on it. */
  readonly leastWork?: number
}

/** Threads of the C: a team of any object serves all objects. */
type Team = object

/** The functions of an object. */
interface Exports {
  run: (
    program: number,
    arena: Uint8Array,
    constants: readonly Elements[],
    xs: readonly Elements[],
    ys: readonly Elements[],
    from: number,
    to: number,
    team: Team | undefined,
  ) => void
  /** Starts threads, if the system gives them: so many with the caller's. They end when nobody holds them any more. */
  threads: (most: number) => Team | undefined
  /** Ends them now. */
  end: (team: Team) => void
  misalignment: (array: Uint8Array) => number
}

/** A machine that compiles: the compiler and where objects are kept. */
export interface NativeTarget extends Target {
  /** First line of what the compiler says of itself. */
  readonly compiler: string
  readonly machine: Machine
  /** Makes programs runnable that share one C file: one run of the compiler for all. */
  loadAll(programs: readonly (Planned & { readonly constants: readonly Elements[] })[]): Promise<Instance[]>
}

/** Two minutes: even a slow machine compiles the largest programs in less. */
const LIMIT = 120_000
const ALIGNMENT = 64

const arrays: Readonly<Record<ElementType, Function>> = {
  f32: Float32Array,
  f64: Float64Array,
  i32: Int32Array,
  u8: Uint8Array,
  bool: Uint8Array,
}

/** Compiled code reads where it is told: a tensor that is too short must not get there. */
function checkTensors(
  buffers: readonly Buffer[],
  spaces: Readonly<Record<string, readonly Elements[]>>,
  steps: number,
): void {
  for (const { space, index, type, length, name } of buffers) {
    const data = spaces[space]?.[index]
    const expected = length * (space === 'constant' ? 1 : steps)
    if (data === undefined || !(data instanceof arrays[type]) || data.length < expected) {
      const got = data === undefined ? 'none' : `${data.length} in a ${data.constructor.name}`
      throw new BackendError('native', `${name}: expected ${expected} elements of ${type}, got ${got}`)
    }
  }
}

/** Bytes at a multiple of 64. */
function allocate(bytes: number, misalignment: Exports['misalignment']): Uint8Array {
  try {
    const memory = new Uint8Array(bytes + ALIGNMENT)
    const first = (ALIGNMENT - misalignment(memory)) % ALIGNMENT
    return memory.subarray(first, first + bytes)
  } catch {
    throw new BackendError(
      'native',
      `expected ${bytes} bytes of memory for a program, got none; make its batch smaller`,
    )
  }
}

/** The teams of a target, by their threads. */
class Teams {
  readonly #ends: (() => void)[] = []
  readonly #teams = new Map<number, Team | undefined>()

  of({ threads: start, end }: Exports, threads: number): Team | undefined {
    if (threads === 1 || this.#teams.has(threads)) return this.#teams.get(threads)
    const team = start(threads)
    this.#teams.set(threads, team)
    if (team !== undefined) this.#ends.push(() => end(team))
    return team
  }

  dispose(): void {
    this.#teams.clear()
    for (const end of this.#ends.splice(0)) end()
  }
}

function instanceOf(
  { exports, teams }: { readonly exports: Exports; readonly teams: Teams },
  number: number,
  { program, plan }: Planned,
  constants: readonly Elements[],
): Instance {
  let arena = allocate(plan.bytes, exports.misalignment)
  const foreign = buffersIn(program.kernels.flatMap(({ body }) => body)).filter(({ space }) => space !== 'arena')
  checkTensors(
    foreign.filter(({ space }) => space === 'constant'),
    { constant: constants },
    1,
  )
  const ofSteps = foreign.filter(({ space }) => space !== 'constant')
  return {
    interpreted: program.uncovered,
    arena: () => arena,
    run(xs, ys, from, to, threads = 1) {
      if (arena.length === 0) throw new Error('native: the instance is disposed')
      checkTensors(ofSteps, { x: xs, y: ys }, to)
      exports.run(number, arena, constants, xs, ys, from, to, teams.of(exports, threads))
    },
    dispose() {
      arena = new Uint8Array()
    },
  }
}

/** The toolchain of a compiler: asked once, kept with the objects. */
async function toolchainOf(compiler: Compiler, cache: Cache, limit: number): Promise<Toolchain> {
  const name = `compiler-${hashOf(compiler.identity)}.json`
  const kept = await cache.find(name)
  if (kept !== undefined) return { ...(JSON.parse(await readFile(kept, 'utf8')) as Toolchain), ...compiler }
  const toolchain = await askCompiler(compiler, limit)
  await cache.keep(name, new TextEncoder().encode(JSON.stringify(toolchain)))
  return toolchain
}

/** Loads an object; its functions. */
function opened(path: string): Exports {
  const module = { exports: {} as Exports }
  process.dlopen(module, path)
  return module.exports
}

/** The functions of a C text: of the object that was kept, else of one that is made now. */
async function objectOf(text: string, toolchain: Toolchain, cache: Cache, limit: number): Promise<Exports> {
  const args = argumentsOf(toolchain)
  const name = `${hashOf(text, toolchain.identity, ...args)}.node`
  const kept = await cache.find(name)
  try {
    if (kept !== undefined) return opened(kept)
  } catch {
    // Made anew below.
  }
  const made = await compileC(toolchain, args, text, limit)
  try {
    return opened(await cache.keep(name, made))
  } catch {
    // The folder may forbid that what is in it runs.
    return openedApart(cache.keepApart(name, made), toolchain)
  }
}

function openedApart(path: string, { version }: Toolchain): Exports {
  try {
    return opened(path)
  } catch (error) {
    throw new BackendError(
      'native',
      `expected an object of ${version} that can be loaded, got ${String(error)}; ${cure}`,
    )
  }
}

/** The target of this machine. @throws BackendError where it has no compiler. */
export async function createNative(mode: NativeMode, options: NativeOptions = {}): Promise<NativeTarget> {
  const { environment = process.env, limit = LIMIT, threads = 1, leastWork } = options
  const cache = new Cache(cacheFolder(environment))
  const found = await toolchainOf(await findCompiler(environment), cache, limit)
  const toolchain: Toolchain = { ...found, machine: options.machine ?? found.machine }
  const instances = new Set<Instance>()
  const teams = new Teams()
  const counted = (instance: Instance): Instance => {
    const one: Instance = {
      ...instance,
      dispose() {
        instances.delete(one)
        instance.dispose()
      },
    }
    instances.add(one)
    return one
  }
  const loadAll: NativeTarget['loadAll'] = async (programs) => {
    const text = emitC(programs, toolchain.machine, {
      ...modes[mode],
      ...(leastWork === undefined ? {} : { leastWork }),
    })
    const exports = await objectOf(text, toolchain, cache, limit)
    return programs.map((planned, number) =>
      counted(instanceOf({ exports, teams }, number, planned, planned.constants)),
    )
  }
  return {
    name: mode,
    threads,
    compiler: toolchain.version,
    machine: toolchain.machine,
    loadAll,
    load: async (program, plan, constants) => (await loadAll([{ program, plan, constants }]))[0] as Instance,
    bytes: () => [...instances].reduce((sum, instance) => sum + instance.arena().length, 0),
    dispose() {
      for (const instance of instances) instance.dispose()
      teams.dispose()
      cache.dispose()
    },
  }
}
