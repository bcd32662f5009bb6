/** `onnxruntime-node`: a native library, for Node alone. */
import type { Engine } from './engine.js'

/** Idle threads spin for this long before they sleep. The 1 ms of the runtime starves whoever shares the cores. */
const spinning = { extra: { session: { intra_op: { spin_duration_us: '50' } } } }

/** The build. */
export const nativeEngine: Engine = {
  packageName: 'onnxruntime-node',
  name: 'onnx',
  device: 'cpu',
  versionOf: ({ env }) => env.versions.node,
  threadsOf: (_, asked) => asked,
  sessionOptions: (threads) => ({ intraOpNumThreads: threads, ...(threads > 1 ? spinning : {}) }),
  call: (work) => work(),
  facts: () => ({}),
  failures: (platform) => [
    {
      sign: /does not run in a browser/,
      reason: 'onnxruntime-node does not run in a browser',
      cure: 'Use onnx-web or onnx-web-webgpu.',
    },
    {
      sign: /onnxruntime_binding\.node/,
      reason: `onnxruntime-node has no library for ${platform}`,
      cure: 'It serves linux and win32 on x64 and arm64, and darwin on arm64. Elsewhere use another backend, such as onnx-web.',
    },
    {
      sign: /(find (package|module) '|tried to access )(onnxruntime-node|onnxruntime-common)/,
      reason: 'onnxruntime-node is not installed',
      cure: 'npm install --ignore-scripts onnxruntime-node@^1.30.0   (its install script only fetches CUDA libraries)',
    },
    {
      sign: /no driver of a GPU/,
      reason: 'WebGPU needs a GPU here, for which no driver is installed',
      cure: 'Install one for Vulkan, such as mesa-vulkan-drivers or that of the GPU beside libvulkan1, or use onnx.',
    },
    {
      sign: /libvulkan/,
      reason: 'WebGPU needs Vulkan here, which is not installed',
      cure: 'Install libvulkan1 and the driver of a GPU, or use onnx.',
    },
    {
      sign: /GLIBC|ld-linux|libstdc\+\+|libc\.so/,
      reason: 'the system C library does not fit onnxruntime-node',
      cure: 'It needs glibc 2.28 or later; Alpine Linux (musl) is not served. Use a Debian-based image, or onnx-web.',
    },
  ],
}
