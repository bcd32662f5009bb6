/** The bits of a program are the same for any number of threads, and threads end with the backend. */
import { existsSync, readdirSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import type { Worker } from 'node:worker_threads'
import { findPreset, parseExperiment, planFor } from '@isograd/core'
import type { TensorMap } from '@isograd/core/backend'
import type { Program } from '@isograd/core/ir'
import { loadDataset } from '@isograd/core/node'
import { describe, expect, it } from 'vitest'
import { bytesOf } from '../src/loops/loops.js'
import { lower } from '../src/lower/lower.js'
import { firstFault } from '../src/memory/head.js'
import { placeBuffers } from '../src/memory/place.js'
import type { Planned } from '../src/native/emit.js'
import { createNative } from '../src/native/target.js'
import type { Elements, Instance } from '../src/target.js'
import { control } from '../src/wasm/meeting.js'
import type { Shared, Start } from '../src/wasm/team.js'
import { createWasm } from '../src/wasm/target.js'
import { drawProgram } from './draw-program.js'

/** A program with all that it is given. */
interface Given {
  readonly program: Program
  readonly batch: number
  readonly steps: number
  readonly constants: TensorMap
  readonly carry: TensorMap
  readonly xs: TensorMap
}

type Loaded = Planned & { readonly constants: readonly Elements[] }

const COUNT = Number(process.env['ISOGRAD_DRAWN'] ?? '40')

const elements = (declared: readonly { readonly name: string }[], tensors: TensorMap): Elements[] =>
  declared.map(({ name }) => tensors[name]?.data ?? new Float32Array())

function planned({ program, batch, constants }: Given): Loaded {
  const { carry, ...loops } = lower(program, batch)
  return { program: loops, plan: placeBuffers(loops, carry), constants: elements(program.inputs.constants, constants) }
}

/** Names of what runs on several threads: where all loops are dealt out that can be, however small. */
const targets = {
  'native:strict': async () => {
    const native = await createNative('native:strict', { threads: 4, leastWork: 1 })
    return { load: (programs: readonly Loaded[]) => native.loadAll(programs), dispose: () => native.dispose() }
  },
  wasm: async () => {
    const wasm = createWasm({ threads: 4, leastWork: 1, patience: 20_000 })
    const load = (programs: readonly Loaded[]) =>
      Promise.all(programs.map(({ program, plan, constants }) => wasm.load(program, plan, constants)))
    return { load, dispose: () => wasm.dispose() }
  },
}

/** The bytes of the carry and of what a program gives out, after its steps. */
function left(instance: Instance, given: Given, { plan }: Planned, threads: number): Record<string, string> {
  const { program, batch, steps, carry, xs } = given
  const { carry: buffers } = lower(program, batch)
  const bytes = (i: number): Uint8Array => {
    const buffer = buffers[i]
    const start = Number(buffer && plan.offsets.get(buffer.id))
    return instance.arena().subarray(start, start + (buffer === undefined ? 0 : buffer.length * bytesOf[buffer.type]))
  }
  for (const [i, data] of elements(program.inputs.carry, carry).entries())
    bytes(i).set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  instance.run(elements(program.inputs.xs, xs), [], 0, steps, threads)
  const hex = program.inputs.carry.map(({ name }, i) => [name, Buffer.from(bytes(i)).toString('hex')] as const)
  return { ...Object.fromEntries(hex), fault: JSON.stringify(firstFault(instance.arena())) }
}

/** A drawn program, whose ys are left out: what they hold is in the carry too. */
function drawn(seed: number): Given {
  const [batch, steps] = [3 + (seed % 5), 1 + (seed % 3)]
  const dtype = seed % 2 ? 'float32' : 'float64'
  const { program, ...given } = drawProgram(seed, { operations: 12 + (seed % 50), batch, steps, dtype })
  return { ...given, program: { ...program, outputs: { ...program.outputs, ys: [] } }, batch, steps }
}

/** Steps of a preset. */
async function preset(name: string): Promise<Given> {
  const { arms, registry } = parseExperiment(findPreset(name))
  const [armName = '', arm] = Object.entries(arms)[0] ?? []
  if (arm === undefined) throw new Error(`${name} has no arm`)
  const plan = planFor({ armName, arm, dataset: await loadDataset('digits', { settings: {} }), registry })
  const [program, steps] = [plan.program('train'), 4]
  const xs = plan.xs('train', { first: 0, count: steps })
  const batch = Math.max(...Object.values(xs).map(({ shape }) => shape[1] ?? 1))
  const bare = { ...program, outputs: { ...program.outputs, ys: [] } }
  return { program: bare, batch, steps, constants: plan.constants('train'), carry: plan.stepCarry, xs }
}

/** Threads of this process. */
const tasks = (): number => readdirSync('/proc/self/task').length

/** Comes to work, and does nothing. */
const idle: Start = () => {
  let shared: Shared | undefined
  return {
    tell(message) {
      const { kind } = message as { readonly kind: string }
      if (kind === 'make') shared = message as Shared
      if (kind === 'run' && shared !== undefined)
        Atomics.add(new Int32Array(shared.memory.buffer), (shared.control + control.gate) / 4, 1)
    },
    end: () => undefined,
  }
}

const lacking = await createNative('native').then(
  (target) => target.dispose(),
  (error: Error) => error.message,
)

describe(`threads ${lacking ?? ''}`, () => {
  describe.each(Object.entries(targets))('%s', (name, open) => {
    it.skipIf(name !== 'wasm' && lacking !== undefined)(
      'computes the bits of one thread with two and four',
      { timeout: 600_000 },
      async () => {
        const all = [...Array.from({ length: COUNT }, (__, seed) => drawn(seed)), await preset('nn-3layer')]
        const loaded = all.map(planned)
        const target = await open()
        const instances = await target.load(loaded)
        for (const [i, given] of all.entries()) {
          const [instance, one] = [instances[i], loaded[i]]
          if (instance === undefined || one === undefined) throw new Error(`${i} was not made`)
          const alone = left(instance, given, one, 1)
          for (const threads of [2, 4, 3]) expect(left(instance, given, one, threads), `${i}`).toEqual(alone)
        }
        target.dispose()
      },
    )
  })

  it(
    'says that a worker of wasm is lost, and goes on without workers that never came',
    { timeout: 120_000 },
    async () => {
      const workers: Worker[] = []
      // Those of tests before are told of a turn late.
      await setImmediate()
      const see = (worker: Worker): void => void workers.push(worker)
      process.on('worker', see)
      const wasm = createWasm({ threads: 2, leastWork: 1, patience: 20_000 })
      const given = drawn(1)
      const one = planned(given)
      const instance = await wasm.load(one.program, one.plan, one.constants)
      left(instance, given, one, 2)
      // The event comes a turn later.
      await setImmediate()
      process.off('worker', see)
      expect(workers).toHaveLength(1)
      await workers[0]?.terminate()
      expect(() => left(instance, given, one, 2)).toThrow('a thread is lost: it ended with status 1')
      wasm.dispose()
      const none = createWasm({
        threads: 2,
        leastWork: 1,
        start: () => {
          throw new Error('refused')
        },
      })
      const alone = await none.load(one.program, one.plan, one.constants)
      expect(left(alone, given, one, 2)).toEqual(left(alone, given, one, 1))
    },
  )

  it('gives up a thread that does not come to a meeting', { timeout: 120_000 }, async () => {
    const wasm = createWasm({ threads: 2, leastWork: 1, start: idle })
    const given = drawn(1)
    const one = planned(given)
    const instance = await wasm.load(one.program, one.plan, one.constants)
    expect(() => left(instance, given, one, 2)).toThrow('a thread is lost: it did not come to a meeting')
    expect(() => left(instance, given, one, 2)).toThrow('a thread is lost')
    wasm.dispose()
  })

  it.skipIf(lacking !== undefined || !existsSync('/proc/self/task'))(
    'ends the threads of native with its target',
    async () => {
      const native = await createNative('native', { threads: 4 })
      const given = drawn(1)
      const one = planned(given)
      const [instance] = await native.loadAll([one])
      if (instance === undefined) throw new Error('nothing was made')
      const before = tasks()
      left(instance, given, one, 4)
      expect(tasks()).toBe(before + 3)
      native.dispose()
      expect(tasks()).toBe(before)
    },
  )
})
