import { packageTests } from '../../build/vitest-config.js'

// A process that has begun ONNX Runtime in WebAssembly keeps its threads.
export default packageTests(true)
