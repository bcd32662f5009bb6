/**
 * The TensorFlow.js backend. The runtime is injected, so that its version is the user's choice. Several of these may be
 * alive at once, on the same or on different backends of TensorFlow.js: none of them relies on which one is active.
 */
import {
  type Backend,
  BackendError,
  type BackendInfo,
  checkConstants,
  type Executable,
  InputError,
  type TensorMap,
} from '@isograd/core/backend'
import { type Program, verify } from '@isograd/core/ir'
import type { KernelBackend } from '@tensorflow/tfjs'
import { Autograd } from './autograd/autograd.js'
import { cpuDevice, type Device } from './device/device.js'
import { engineDevice } from './device/engine.js'
import { TfjsExecutable } from './executable.js'
import { checkSupport, planOf } from './plan/plan.js'
import type { TensorFlow, TensorFlowWasm } from './tensorflow.js'
import { wasmDevice } from './wasm/device.js'

/** Who differentiates: the program, as on every other backend, or TensorFlow.js in place of what the program notes. */
export type GradientSource = 'program' | 'TensorFlow.js'

/** Options of `tfjsBackend`. */
export type TfjsBackendOptions = {
  /** The module `@tensorflow/tfjs`; for `node` the module `@tensorflow/tfjs-node`. */
  readonly tf: TensorFlow
  /** Name in records and messages; `tfjs-wasm`, `tfjs-cpu:autograd`, ... by engine and gradients unless told otherwise. */
  readonly name?: string
} & (
  | {
      readonly engine: 'wasm'
      /** The module `@tensorflow/tfjs-backend-wasm`. */
      readonly wasm: TensorFlowWasm
      readonly gradients?: GradientSource
    }
  | { readonly engine: 'cpu'; readonly gradients?: GradientSource }
  | {
      readonly engine: 'node'
      /** Threads that TensorFlow uses inside one operation, for the record: it takes them from its environment. */
      readonly threads?: number
    }
)

/** An engine of TensorFlow.js. */
export type TfjsEngine = TfjsBackendOptions['engine']

/** What TensorFlow.js calls its backends. */
const backendNames: Readonly<Record<TfjsEngine, string>> = { wasm: 'wasm', cpu: 'cpu', node: 'tensorflow' }

function versionsOf(options: TfjsBackendOptions): BackendInfo['versions'] {
  const { tf } = options
  const tfjs = { '@tensorflow/tfjs': tf.version['tfjs'] ?? 'unknown' }
  switch (options.engine) {
    case 'wasm':
      return { ...tfjs, '@tensorflow/tfjs-backend-wasm': options.wasm.version_wasm }
    case 'cpu':
      return { ...tfjs, '@tensorflow/tfjs-backend-cpu': tf.version['tfjs-backend-cpu'] ?? 'unknown' }
    case 'node':
      return { ...tfjs, '@tensorflow/tfjs-node': tf.version['tfjs-node'] ?? 'unknown' }
  }
}

function threadsOf(options: TfjsBackendOptions): number {
  if (options.engine === 'node') return options.threads ?? 1
  return options.engine === 'wasm' ? options.wasm.getThreadsCount() : 1
}

function usesTape(options: TfjsBackendOptions): boolean {
  return options.engine !== 'node' && options.gradients === 'TensorFlow.js'
}

function infoOf(options: TfjsBackendOptions): BackendInfo {
  const { engine, tf } = options
  const gradients = usesTape(options) ? { gradients: 'TensorFlow.js' } : {}
  const simd = engine === 'wasm' ? { simd: tf.env().getBool('WASM_HAS_SIMD_SUPPORT') } : {}
  return {
    versions: versionsOf(options),
    device: engine === 'wasm' ? 'wasm' : 'cpu',
    threads: threadsOf(options),
    dtypes: ['float32', 'int32', 'uint8', 'bool'],
    options: { engine, ...simd, ...gradients },
  }
}

/** Initialisations run one after the other: TensorFlow.js mixes up its state when two of them overlap. */
let lastInitialisation: Promise<unknown> = Promise.resolve()

/** The backend object of TensorFlow.js, initialised. What was active before is active afterwards. */
async function initialise(tf: TensorFlow, name: string): Promise<KernelBackend> {
  const active = tf.getBackend() as string | undefined
  if (!(await tf.setBackend(name))) throw new Error(`its backend "${name}" does not initialise`)
  const backend = tf.findBackend(name)
  if (active !== undefined && active !== null && active !== name) await tf.setBackend(active)
  return backend
}

function deviceOf(options: TfjsBackendOptions, backend: KernelBackend): Device {
  const { tf, engine } = options
  const name = backendNames[engine]
  if (engine === 'node') return engineDevice(tf, name, backend)
  return engine === 'cpu' ? cpuDevice(tf, name, backend) : wasmDevice(tf, name, backend, options.wasm.version_wasm)
}

/** A device, and the tape of TensorFlow.js where that is to differentiate. */
interface Machine {
  readonly device: Device
  readonly autograd?: Autograd
}

function machineOf(options: TfjsBackendOptions, backend: KernelBackend): Machine {
  const device = deviceOf(options, backend)
  if (!usesTape(options)) return { device }
  const autograd = new Autograd(options.tf, device, backend)
  return { device: autograd.device, autograd }
}

async function openMachine(options: TfjsBackendOptions): Promise<Machine> {
  const { tf, engine } = options
  // Production mode silences a banner that recommends tfjs-node.
  tf.enableProdMode()
  const opening = lastInitialisation.then(() => initialise(tf, backendNames[engine]))
  lastInitialisation = opening.catch(() => undefined)
  return machineOf(options, await opening)
}

/**
 * A backend on TensorFlow.js, float32.
 * @throws BackendError when TensorFlow.js does not initialise the engine.
 */
export async function tfjsBackend(options: TfjsBackendOptions): Promise<Backend> {
  const name = options.name ?? `tfjs-${options.engine}${usesTape(options) ? ':autograd' : ''}`
  if (!(options.engine in backendNames)) {
    throw new InputError(name, `engine: expected wasm, cpu or node, got ${options.engine as string}`)
  }
  try {
    const { device, autograd } = await openMachine(options)
    return backendOn(device, name, infoOf(options), PAUSE_EVERY, autograd)
  } catch (error) {
    throw new BackendError(name, `TensorFlow.js: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    })
  }
}

/** Milliseconds that a scan works before it lets others work. */
const PAUSE_EVERY = 50

/** A backend on a device, that of `autograd` if there is one, that stays TensorFlow.js's: `dispose` frees the executables and nothing else. */
export function backendOn(
  device: Device,
  name: string,
  info: BackendInfo,
  pauseEvery = PAUSE_EVERY,
  autograd?: Autograd,
): Backend {
  const executables = new Set<Executable>()
  let disposed = false
  return {
    name,
    info,
    async compile(program: Program, constants: TensorMap): Promise<Executable> {
      if (disposed) throw new BackendError(name, `compile of "${program.name}" after dispose`)
      checkSupport(name, device, verify(program))
      checkConstants(name, program, constants)
      const onDispose = (executable: Executable): unknown => executables.delete(executable)
      const plan = planOf(program, autograd?.arrange(name, program))
      const executable = new TfjsExecutable({ backend: name, device, program, plan, constants, pauseEvery, onDispose })
      executables.add(executable)
      return executable
    },
    async dispose() {
      disposed = true
      await Promise.all([...executables].map((executable) => executable.dispose()))
    },
  }
}
