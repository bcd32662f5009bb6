/** The adapter: how a command finds these backends. Whoever imports jax-js themselves needs only `jaxBackend`. */
import { type Adapter, adapterOf } from '@isograd/core/backend'
import { jaxBackend } from './backend.js'
import type { JaxDevice, LoadJax } from './runtime.js'

const variants: Readonly<Record<string, { readonly device: JaxDevice; readonly native?: true }>> = {
  'jaxjs-wasm': { device: 'wasm' },
  'jaxjs-wasm:native': { device: 'wasm', native: true },
  'jaxjs-webgpu': { device: 'webgpu' },
}

const tested = { '@jax-js/jax': ['0.1.25', '0.1.25'] } as const

/** The adapter of a host, as the command loads it by the name of this package. */
export function adapterWith(loadJax: LoadJax): Adapter {
  return adapterOf(
    '@isograd/jaxjs-adapter',
    variants,
    async ({ device, native = false }) => {
      const loaded = await loadJax()
      if (!loaded.ok) return loaded
      const { jax, version, threads } = loaded
      try {
        const settings = { jax, version, device, native, threads: device === 'wasm' ? threads : 1 }
        return { ok: true, backend: await jaxBackend(settings) }
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error)
        const cure = 'jaxjs-webgpu needs a page of a browser that has WebGPU; jaxjs-wasm runs everywhere.'
        return { ok: false, reason, cure }
      }
    },
    tested,
  )
}
