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
import { TfjsExecutable } from './executable.js'
import { engineDevice } from './device/engine.js'
import { bindingOf } from './node/binding.js'
import { nodeDevice } from './node/device.js'
import { checkSupport, planOf } from './plan/plan.js'
import { type RegisteredRuntime, type TensorFlow, type TfjsEngine, type TfjsRuntime, versionsOf } from './runtime.js'
import { wasmDevice } from './wasm/device.js'
import { webglDevice, webglFlags } from './gpu/webgl.js'
import { webgpuDevice, webgpuFlags } from './gpu/webgpu.js'

/** The source of gradients: the program, as on every other backend, or TensorFlow.js in place of what the program notes. */
export type GradientSource = 'program' | 'TensorFlow.js'

/** Options of `tfjsBackend`: an engine, and the source of gradients where that can be chosen. */
export type TfjsBackendOptions = {
  /** Name in records and messages; `tfjs-wasm`, `tfjs-cpu:autograd`, ... by engine and gradients unless told otherwise. */
  readonly name?: string
} & (
  | (DifferentiatingRuntime & { readonly gradients?: GradientSource })
  | Exclude<TfjsRuntime, DifferentiatingRuntime>
  | RegisteredRuntime
)

/** An engine whose own gradients can be taken. */
type DifferentiatingRuntime = Extract<TfjsRuntime, { engine: 'wasm' | 'cpu' }>

/** True for an engine whose own gradients can be taken. */
export function isDifferentiating(options: TfjsRuntime | RegisteredRuntime): options is DifferentiatingRuntime {
  return options.engine === 'wasm' || options.engine === 'cpu'
}

/** Names that TensorFlow.js has for its backends. */
const backendNames: Readonly<Record<TfjsEngine, string>> = {
  wasm: 'wasm',
  cpu: 'cpu',
  webgl: 'webgl',
  webgpu: 'webgpu',
  node: 'tensorflow',
}

/** The name that TensorFlow.js has for the backend. */
function nameIn(options: TfjsBackendOptions): string {
  return options.engine === 'registered' ? options.registered : backendNames[options.engine]
}

function threadsOf(options: TfjsBackendOptions): number {
  if (options.engine === 'node') return options.threads ?? 1
  return options.engine === 'wasm' ? options.wasm.getThreadsCount() : 1
}

function usesAutograd(options: TfjsBackendOptions): boolean {
  return isDifferentiating(options) && options.gradients === 'TensorFlow.js'
}

function deviceNameOf(options: TfjsBackendOptions): string {
  if (options.engine === 'node') return 'cpu'
  return options.engine === 'registered' ? options.registered : options.engine
}

function infoOf(options: TfjsBackendOptions): BackendInfo {
  const { engine, tf } = options
  const gradients = usesAutograd(options) ? { gradients: 'TensorFlow.js' } : {}
  const simd = engine === 'wasm' ? { simd: tf.env().getBool('WASM_HAS_SIMD_SUPPORT') } : {}
  const oneDNN = engine === 'node' && options.oneDNN !== undefined ? { oneDNN: options.oneDNN } : {}
  return {
    versions: versionsOf(options),
    device: deviceNameOf(options),
    threads: threadsOf(options),
    dtypes: ['float32', 'int32', 'uint8', 'bool'],
    options: { engine, ...simd, ...oneDNN, ...gradients },
  }
}

/** Flags to set before an engine is initialised. */
const flags: Readonly<Partial<Record<TfjsEngine, Readonly<Record<string, boolean>>>>> = {
  webgl: webglFlags,
  webgpu: webgpuFlags,
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
  const name = nameIn(options)
  switch (engine) {
    case 'node':
      return nodeDevice(name, bindingOf(backend))
    case 'registered':
      return engineDevice(tf, name, backend)
    case 'cpu':
      return cpuDevice(tf, name, backend)
    case 'wasm':
      return wasmDevice(tf, name, backend, options.wasm.version_wasm)
    case 'webgl':
      return webglDevice(tf, name, backend)
    case 'webgpu':
      return webgpuDevice(tf, name, backend)
  }
}

/** An initialised engine: its device, and TensorFlow.js's differentiation where that is asked for. */
interface OpenEngine {
  readonly device: Device
  readonly autograd?: Autograd
}

function openEngineOf(options: TfjsBackendOptions, backend: KernelBackend): OpenEngine {
  const device = deviceOf(options, backend)
  if (!usesAutograd(options)) return { device }
  const autograd = new Autograd(options.tf, device, backend)
  return { device: autograd.device, autograd }
}

async function openEngine(options: TfjsBackendOptions): Promise<OpenEngine> {
  const { tf, engine } = options
  // Production mode silences a banner that recommends tfjs-node.
  tf.enableProdMode()
  for (const [flag, value] of Object.entries((engine !== 'registered' && flags[engine]) || {}))
    tf.env().set(flag, value)
  const opening = lastInitialisation.then(() => initialise(tf, nameIn(options)))
  lastInitialisation = opening.catch(() => undefined)
  return openEngineOf(options, await opening)
}

/**
 * A backend on TensorFlow.js, float32.
 * @throws BackendError when TensorFlow.js does not initialise the engine.
 */
export async function tfjsBackend(options: TfjsBackendOptions): Promise<Backend> {
  const own = options.engine === 'registered' ? options.registered : options.engine
  const name = options.name ?? `tfjs-${own}${usesAutograd(options) ? ':autograd' : ''}`
  if (options.engine !== 'registered' && !(options.engine in backendNames)) {
    throw new InputError(
      name,
      `engine: expected ${Object.keys(backendNames).join(', ')} or registered, got ${options.engine as string}`,
    )
  }
  try {
    const { device, autograd } = await openEngine(options)
    return backendOn(device, name, infoOf(options), PAUSE_EVERY, autograd)
  } catch (error) {
    throw new BackendError(name, `TensorFlow.js: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    })
  }
}

/** Milliseconds that a scan works before it lets others work. */
const PAUSE_EVERY = 50

/**
 * A backend on a device, that of `autograd` if there is one. The device stays TensorFlow.js's: `dispose` frees the
 * executables and nothing else.
 */
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
      const onDispose = (ended: Executable): unknown => executables.delete(ended)
      const plan = planOf(program, autograd?.arrange(name, program))
      const executable = await TfjsExecutable.of({
        backend: name,
        device,
        program,
        plan,
        constants,
        pauseEvery,
        onDispose,
      })
      executables.add(executable)
      return executable
    },
    async dispose() {
      disposed = true
      await Promise.all([...executables].map((executable) => executable.dispose()))
    },
    memory: async () => device.memory(),
  }
}
