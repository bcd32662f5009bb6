/** Node: packages are those that are installed. */
import { existsSync } from 'node:fs'
import path from 'node:path'
import type { Host } from './host.js'

/**
 * ONNX Runtime 1.30 keeps an identifier and a log of usage in the home and temporary directories, and sends it, unless
 * this variable is there when the first session is made. Training must leave nothing behind but what was asked for.
 */
const TELEMETRY_SWITCH = 'ORT_DISABLE_TELEMETRY'

const LOADER = 'libvulkan.so.1'

/** Throws on Linux without the loader of Vulkan, of which the library would complain on standard error. */
function requireVulkan(): void {
  const triple = `${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`
  const named = (process.env['LD_LIBRARY_PATH'] ?? '').split(path.delimiter).filter((each) => each !== '')
  const usual = ['/lib', '/lib64', '/usr/lib', '/usr/lib64', '/usr/local/lib', `/lib/${triple}`, `/usr/lib/${triple}`]
  if (process.platform !== 'linux' || [...named, ...usual].some((each) => existsSync(path.join(each, LOADER)))) return
  throw new Error(`${LOADER} is not found`)
}

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
