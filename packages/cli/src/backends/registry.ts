/** First-party backends by name. A third party's are not here; they are named by package or path. */

/** A first-party backend: its package, the command that installs it, and a line about it. */
export interface BackendSource {
  readonly packageName: string
  readonly install: string
  readonly description: string
  /** True where two threads that use it at once may end the process. */
  readonly endsThreads?: boolean
  /** True where it needs a page: in Node it is refused. */
  readonly inPage?: boolean
  /** True where it is machine code, which no page runs. */
  readonly inNode?: true
  /** True where a single step may last many seconds, in which its process hears no signal. */
  readonly isSlow?: boolean
  /** Names that people know its runtime by. */
  readonly runtimes?: readonly string[]
}

const ONNX_RUNTIME = ['onnxruntime', 'onnxruntimenode', 'onnxruntimeweb', 'ort']
const TENSORFLOW = ['tensorflow', 'tf', 'tfjs', 'tensorflowjs', 'tensorflowtfjs']
/** Frameworks that people know and that no backend runs on. */
const OTHER_FRAMEWORKS =
  'torch pytorch libtorch keras jax flax mxnet sklearn scikitlearn numpy tinygrad brainjs cuda'.split(' ')

const GPU = ['gpu', 'webgpu']

/** The same, known by the names of its device too. */
function on(devices: readonly string[], source: BackendSource): BackendSource {
  return { ...source, runtimes: [...(source.runtimes ?? []), ...devices] }
}

/** The same, in a page alone. */
function inPage(source: BackendSource): BackendSource {
  return { ...source, inPage: true }
}

function onnx(description: string, runtime = 'onnxruntime-node'): BackendSource {
  const packageName = '@isograd/onnx-adapter'
  // The install script of onnxruntime-node fetches CUDA libraries, which nothing here uses, from where many cannot reach.
  const option = runtime === 'onnxruntime-node' ? '--ignore-scripts ' : ''
  return { packageName, install: `npm install ${option}${packageName} ${runtime}`, description, runtimes: ONNX_RUNTIME }
}

function tfjs(description: string, more = ''): BackendSource {
  const packageName = '@isograd/tfjs-adapter'
  const install = `npm install ${packageName} @tensorflow/tfjs @tensorflow/tfjs-backend-wasm${more}`
  return { packageName, install, description, runtimes: TENSORFLOW }
}

function jaxJs(description: string): BackendSource {
  const packageName = '@isograd/jaxjs-adapter'
  return {
    packageName,
    install: `npm install ${packageName} @jax-js/jax`,
    description,
    runtimes: ['jaxjs', 'jaxjsjax'],
  }
}

function compiler(description: string): BackendSource {
  const packageName = '@isograd/compiler'
  return { packageName, install: `npm install ${packageName}`, description }
}

/** The compiler's machine code. */
function native(description: string, devices: readonly string[] = []): BackendSource {
  return { ...on(devices, compiler(description)), inNode: true }
}

/** First-party backends in the order of lists. */
export const registry: Readonly<Record<string, BackendSource>> = {
  wasm: compiler('isograd itself, compiled to WebAssembly'),
  native: native('isograd itself, compiled to machine code by the C compiler of the system', ['cpu']),
  'native:strict': native('native with the very bits of wasm'),
  'native:fast': native('native without subnormal numbers'),
  onnx: on(['cpu'], onnx('ONNX Runtime on the CPU')),
  'onnx:native': onnx('onnx with its own operators for what isograd composes otherwise'),
  'onnx-webgpu': { ...on(GPU, onnx('ONNX Runtime on a GPU, by WebGPU; its loop on the CPU')), endsThreads: true },
  'onnx-web': onnx('ONNX Runtime in WebAssembly', 'onnxruntime-web'),
  'onnx-web-webgpu': inPage(on(GPU, onnx('ONNX Runtime on WebGPU, in a page', 'onnxruntime-web'))),
  'tfjs-wasm': tfjs('TensorFlow.js in WebAssembly'),
  'tfjs-cpu': on(['cpu'], tfjs('TensorFlow.js in plain JavaScript')),
  'tfjs-node': {
    ...tfjs('TensorFlow.js on the C library of TensorFlow'),
    install: 'npx isograd add tfjs-node',
    endsThreads: true,
  },
  'tfjs-webgl': inPage(on(['webgl'], tfjs('TensorFlow.js on WebGL, in a page'))),
  'tfjs-webgpu': inPage(on(GPU, tfjs('TensorFlow.js on WebGPU, in a page', ' @tensorflow/tfjs-backend-webgpu'))),
  'tfjs-wasm:autograd': tfjs('tfjs-wasm with the gradients of TensorFlow.js'),
  'tfjs-cpu:autograd': tfjs('tfjs-cpu with the gradients of TensorFlow.js'),
  'jaxjs-wasm': jaxJs('jax-js in WebAssembly'),
  'jaxjs-wasm:native': jaxJs('jaxjs-wasm with its own exp, log, tanh and quotients'),
  'jaxjs-webgpu': inPage(on(GPU, jaxJs('jax-js on WebGPU, in a page'))),
  reference: {
    packageName: '@isograd/core',
    install: 'npm install @isograd/core',
    description: 'isograd itself: slow, float64 inside, the definition of every operation',
    isSlow: true,
  },
}

/** The name by which a backend is opened from here: of one for pages, that in a browser. */
export function placed(name: string): string {
  return registry[name]?.inPage === true ? `chromium:${name}` : name
}

/** The backends of a run that names none: those of them that are installed. */
export const defaultBackends: readonly string[] = ['wasm', 'onnx', 'tfjs-wasm']

/** The backends of a bench that names none: those of a run, and the fastest, which needs a compiler. */
export const benchedBackends: readonly string[] = ['native', ...defaultBackends]

function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '')
}

/** The backends on a runtime that people know by a name; none where no backend runs on it. */
export function backendsOn(name: string): readonly string[] {
  return Object.keys(registry).filter((each) => registry[each]?.runtimes?.includes(plain(name)))
}

/** True for the name of a framework or device that there is nothing for. */
export function isElsewhere(name: string): boolean {
  return OTHER_FRAMEWORKS.includes(plain(name))
}
