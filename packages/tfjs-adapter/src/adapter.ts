/** The adapter: how a command finds these backends. Whoever imports TensorFlow.js themselves needs only `tfjsBackend`. */
import { type Adapter, adapterOf, type AdapterResult } from '@isograd/core/backend'
import { type GradientSource, isDifferentiating, tfjsBackend } from './backend.js'
import type { LoadTensorFlow, TfjsEngine, TfjsRuntime } from './runtime.js'

interface Variant {
  readonly engine: TfjsEngine
  readonly gradients: GradientSource
}

const variants: Readonly<Record<string, Variant>> = {
  'tfjs-wasm': { engine: 'wasm', gradients: 'program' },
  'tfjs-cpu': { engine: 'cpu', gradients: 'program' },
  'tfjs-webgl': { engine: 'webgl', gradients: 'program' },
  'tfjs-webgpu': { engine: 'webgpu', gradients: 'program' },
  'tfjs-node': { engine: 'node', gradients: 'program' },
  'tfjs-wasm:autograd': { engine: 'wasm', gradients: 'TensorFlow.js' },
  'tfjs-cpu:autograd': { engine: 'cpu', gradients: 'TensorFlow.js' },
}

/** Its packages have one version, and each goes with the others of it alone. */
const packages = ['', '-backend-cpu', '-backend-wasm', '-backend-webgl', '-backend-webgpu', '-node']
const tested = Object.fromEntries(packages.map((part) => [`@tensorflow/tfjs${part}`, ['4.22.0', '4.22.0'] as const]))

async function open(options: TfjsRuntime, gradients: GradientSource): Promise<AdapterResult> {
  try {
    return { ok: true, backend: await tfjsBackend(isDifferentiating(options) ? { ...options, gradients } : options) }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { ok: false, reason, cure: 'Install TensorFlow.js again, or use another backend.' }
  }
}

/** The adapter of a host, as the command loads it by the name of this package. */
export function adapterWith(loadTensorFlow: LoadTensorFlow): Adapter {
  return adapterOf(
    '@isograd/tfjs-adapter',
    variants,
    async ({ engine, gradients }, { threads }) => {
      const loaded = await loadTensorFlow(engine, threads === undefined ? {} : { threads })
      return loaded.ok ? open(loaded.options, gradients) : loaded
    },
    tested,
  )
}
