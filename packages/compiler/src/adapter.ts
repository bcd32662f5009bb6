/** The adapter: how a command finds these backends. */
import { availableParallelism } from 'node:os'
import { isMainThread } from 'node:worker_threads'
import type { Adapter, AdapterResult, Backend } from '@isograd/core/backend'
import { compilerBackend } from './backend.js'
import { MOST_THREADS } from './memory/plan.js'
import type { NativeMode } from './native/target.js'
import { wasmBackend } from './wasm/index.js'

/** A backend of this package. Throws an error with a cure where it cannot be had. */
type Open = (threads: number) => Promise<Backend>

const native =
  (mode: NativeMode): Open =>
  async (threads) => {
    const { createNative, modes } = await import('./native/target.js')
    const target = await createNative(mode, { threads })
    const { contracts, flushes } = modes[mode]
    const options = { compiler: target.compiler, contraction: contracts, subnormals: !flushes }
    return compilerBackend(target, { device: 'cpu', options, ...aloneOn(threads) })
  }

/** The word of a machine that has no more than one core. */
const aloneOn = (threads: number): { alone?: string } =>
  threads === 1 && availableParallelism() === 1 ? { alone: 'one, since this machine has one core' } : {}

/** All cores; in a thread that is not the first one core, since whoever started it has the others for other work. */
const usualThreads = (): number => (isMainThread ? availableParallelism() : 1)

const variants: Readonly<Record<string, Open>> = {
  wasm: async (threads) => wasmBackend({ threads, ...aloneOn(threads) }),
  native: native('native'),
  'native:strict': native('native:strict'),
  'native:fast': native('native:fast'),
}

/** The adapter as the command loads it, by the name of this package. */
export const isogradAdapter: Adapter = {
  name: '@isograd/compiler',
  contract: 2,
  variants: Object.keys(variants),
  async create(variant, options): Promise<AdapterResult> {
    const threads = Math.min(options.threads ?? usualThreads(), MOST_THREADS)
    const open = Object.hasOwn(variants, variant) ? variants[variant] : undefined
    if (open === undefined) {
      const cure = `Use one of: ${Object.keys(variants).join(', ')}.`
      return { ok: false, reason: `there is no variant "${variant}"`, cure }
    }
    try {
      return { ok: true, backend: await open(threads) }
    } catch (error) {
      const [reason = '', cure = 'Use "wasm", which needs nothing.'] = String(
        error instanceof Error ? error.message : error,
      ).split('\n')
      return { ok: false, reason, cure }
    }
  },
}
