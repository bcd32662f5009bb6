/** The adapter: how a command finds these backends. Whoever imports ONNX Runtime themselves needs only `onnxBackend`. */
import { type Adapter, adapterOf, type AdapterResult, type Backend } from '@isograd/core/backend'
import { Builder } from '@isograd/core/ir'
import { onnxBackend } from './backend.js'
import type { OnnxDevice, OrtPackage } from './engines/engine.js'
import type { LoadOnnxRuntime } from './runtime.js'

interface Variant {
  readonly packageName: OrtPackage
  readonly native?: true
  readonly device?: OnnxDevice
}

const variants: Readonly<Record<string, Variant>> = {
  onnx: { packageName: 'onnxruntime-node' },
  'onnx:native': { packageName: 'onnxruntime-node', native: true },
  'onnx-webgpu': { packageName: 'onnxruntime-node', device: 'webgpu' },
  'onnx-web': { packageName: 'onnxruntime-web' },
  'onnx-web-webgpu': { packageName: 'onnxruntime-web', device: 'webgpu' },
}

const tested = { 'onnxruntime-node': ['1.27.0', '1.30.0'], 'onnxruntime-web': ['1.30.0', '1.30.0'] } as const

/** The backend if its device is there, which a session alone tells. */
async function withDevice(backend: Backend): Promise<AdapterResult> {
  const b = new Builder('device')
  const x = b.xs('x', { dtype: 'float32', shape: [] })
  try {
    await (await backend.compile(b.finish({ carry: {}, ys: { y: b.add(x, x) } }), {})).dispose()
    return { ok: true, backend }
  } catch (error) {
    const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n', 1)
    const cure = 'It needs a GPU with its driver (on Linux Vulkan and libvulkan1), in a page a browser that has WebGPU.'
    return { ok: false, reason: line.replace(/^.*(?=Failed to get)/, ''), cure }
  }
}

/** The adapter of a host, as the command loads it by the name of this package. */
export function adapterWith(loadOnnxRuntime: LoadOnnxRuntime): Adapter {
  return adapterOf(
    '@isograd/onnx-adapter',
    variants,
    async ({ packageName, ...options }, { threads }, name) => {
      const loaded = await loadOnnxRuntime(packageName, options.device)
      if (!loaded.ok) return loaded
      const backend = onnxBackend({ ort: loaded.ort, name, ...options, ...(threads !== undefined && { threads }) })
      return options.device === 'webgpu' ? withDevice(backend) : { ok: true, backend }
    },
    tested,
  )
}
