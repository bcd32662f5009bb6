/** Node: packages are those that are installed. */
import type { Host } from './host.js'
import { requireVulkan } from './vulkan.js'

/**
 * ONNX Runtime 1.30 keeps an identifier and a log of usage in the home and temporary directories, and sends it, unless
 * this variable is there when the first session is made. Training must leave nothing behind but what was asked for.
 */
const TELEMETRY_SWITCH = 'ORT_DISABLE_TELEMETRY'

/** Node as a host; telemetry is off unless the environment says otherwise. */
export const nodeHost: Host = {
  prepare: () => {
    process.env[TELEMETRY_SWITCH] ??= '1'
  },
  load: async (name, device) => {
    if (name === 'onnxruntime-node' && device === 'webgpu') requireVulkan()
    if (name === 'onnxruntime-node') return import('onnxruntime-node')
    if (device === 'webgpu') throw new Error(`${name} has WebGPU in a page alone`)
    return import('onnxruntime-web')
  },
  platform: () => `${process.platform}/${process.arch}`,
}
