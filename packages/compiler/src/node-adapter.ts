/** The adapter in Node: `wasm`, and what the compiler of the system makes. */
import { availableParallelism } from 'node:os'
import { isMainThread } from 'node:worker_threads'
import type { Adapter } from '@isograd/core/backend'
import { adapterWith, type Open } from './adapter.js'
import { compilerBackend } from './backend.js'
import { MOST_THREADS } from './memory/plan.js'
import type { NativeMode } from './native/target.js'
import { wasmBackend } from './wasm/index.js'

/** All cores; in a thread that is not the first one core, since whoever started it has the others for other work. */
const usualThreads = (): number => Math.min(isMainThread ? availableParallelism() : 1, MOST_THREADS)

const native =
  (mode: NativeMode): Open =>
  async (threads = usualThreads()) => {
    const { createNative, modes } = await import('./native/target.js')
    const target = await createNative(mode, { threads })
    const { contracts, flushes } = modes[mode]
    const options = { compiler: target.compiler, contraction: contracts, subnormals: !flushes }
    return compilerBackend(target, { device: 'cpu', options, ...aloneOn(threads) })
  }

/** The word of a machine that has no more than one core. */
const aloneOn = (threads: number): { alone?: string } =>
  threads === 1 && availableParallelism() === 1 ? { alone: 'one, since this machine has one core' } : {}

/** The adapter as the command loads it, by the name of this package. */
export const isogradAdapter: Adapter = adapterWith({
  wasm: async (threads = usualThreads()) => wasmBackend({ threads, ...aloneOn(threads) }),
  native: native('native'),
  'native:strict': native('native:strict'),
  'native:fast': native('native:fast'),
})
