/** The ONNX Runtime backend: compiles a program to a model, the model to a session. */
import {
  type Backend,
  BackendError,
  type BackendInfo,
  checkConstants,
  type Executable,
  InputError,
  type TensorMap,
  UnsupportedOpError,
  version,
} from '@isograd/core/backend'
import { type Program, valueTypes, verify } from '@isograd/core/ir'
import type { InferenceSession } from 'onnxruntime-node'
import { buildModel } from './model/model.js'
import type { Dialect } from './lowerings/index.js'
import { encodeModel, irVersion, opset } from './model/proto.js'
import { pack } from './fusion/packing.js'
import { checkRows, OnnxExecutable } from './executable.js'
import type { Engine, OnnxDevice, OrtModule, SessionOptions } from './engines/engine.js'
import { engineOf } from './engines/index.js'
import { checkWebgpu, webgpuDTypes, webgpuLeavesToCpu } from './engines/webgpu.js'

/** Level of ONNX Runtime's own graph optimizations. */
export type GraphOptimization = 'disabled' | 'basic' | 'extended' | 'all'

/** Options of `onnxBackend`. */
export interface OnnxBackendOptions {
  /** The module `onnxruntime-node`, or `onnxruntime-web`. */
  readonly ort: OrtModule
  /** The provider: `cpu` unless told otherwise, or `webgpu`, which has no float64. */
  readonly device?: OnnxDevice
  /** Threads inside one operation: 1 unless told otherwise. Their number can change the last bits of large products. */
  readonly threads?: number
  /** `disabled` unless told otherwise; `extended` and `all` compute some float64 programs in float32. */
  readonly graphOptimization?: GraphOptimization
  /** Small tensors that are treated alike are computed as one: true unless told otherwise. Changes no bit. */
  readonly packing?: boolean
  /**
   * True: ONNX Runtime's own operators for what is composed otherwise, such as Sigmoid and Softmax. They are what is to be
   * checked then, and not all of them conform. False unless told otherwise.
   */
  readonly native?: boolean
  /** Name in records and messages: `onnx`, `onnx-web`, `onnx-webgpu`, `onnx:native`, ... unless told otherwise. */
  readonly name?: string
}

type Settings = Required<Omit<OnnxBackendOptions, 'ort'>>

/*
 * Why these defaults (onnxruntime-node 1.30.0; 784-520-320-240-120-10 with Adam, batch 64, two cores):
 * - threads 1. On an idle machine two take 2.1 ms a step and one 3.3; on the 13-layer network of width 10 two win
 *   nothing; and beside another busy process two are up to three times slower than one. Experiments run side by side
 *   use the cores better. The number is set in any case: ONNX Runtime would take the host's, blind to container limits.
 * - graphOptimization disabled. The other levels are no faster (within noise of 3.3 ms and of 0.24 ms). `basic` fuses
 *   a product and its bias unless the product is an output, so that a tap changes other results; `extended` folds
 *   float64 factors into attributes that are float32 (a loss was off by 3e-8) and fails the conformance cases.
 */
const defaults = { device: 'cpu', threads: 1, graphOptimization: 'disabled', packing: true, native: false } as const

function sessionOptions(engine: Engine, { device, threads, graphOptimization }: Settings): SessionOptions {
  return {
    executionProviders: [device],
    executionMode: 'sequential',
    interOpNumThreads: 1,
    graphOptimizationLevel: graphOptimization,
    // Failures are raised as errors; they need not be printed as well.
    logSeverityLevel: 4,
    // With or without these two, speed and resident memory are the same within noise.
    enableMemPattern: true,
    enableCpuMemArena: true,
    ...engine.sessionOptions(threads),
  }
}

function infoOf(ort: OrtModule, engine: Engine, settings: Settings): BackendInfo {
  const isGpu = settings.device === 'webgpu'
  return {
    versions: { [engine.packageName]: engine.versionOf(ort) ?? 'unknown' },
    device: isGpu ? 'webgpu' : engine.device,
    threads: settings.threads,
    dtypes: isGpu ? webgpuDTypes : ['float32', 'float64', 'int32', 'uint8', 'bool'],
    options: {
      graphOptimization: settings.graphOptimization,
      packing: settings.packing,
      opset,
      irVersion,
      ...(settings.native && { operators: 'native' }),
      ...(isGpu && { onCpu: webgpuLeavesToCpu }),
      ...engine.facts(ort),
    },
  }
}

function dialectOf({ device, native }: Settings): Dialect {
  if (native) return 'native'
  return device === 'webgpu' ? device : 'exact'
}

/** A session for the model. ONNX Runtime's complaint about a missing kernel becomes the typed error of the contract. */
async function createSession(
  ort: OrtModule,
  engine: Engine,
  settings: Settings,
  program: Program,
  bytes: Uint8Array,
): Promise<InferenceSession> {
  try {
    return await engine.call(() => ort.InferenceSession.create(bytes, sessionOptions(engine, settings)))
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error)
    const missing = /Could not find an implementation for .* node with name '%(\d+) /.exec(text)
    const node = program.nodes.find(({ id }) => String(id) === missing?.[1])
    const dtype = node && (valueTypes(program).get(node.inputs[0] ?? node.id) ?? node.type).dtype
    if (node && dtype) throw new UnsupportedOpError(settings.name, node.op, dtype, text)
    throw new BackendError(settings.name, `compile of "${program.name}" failed: ${text}`, { cause: error })
  }
}

function settingsOf(ort: OrtModule, engine: Engine, options: Omit<OnnxBackendOptions, 'ort'>): Settings {
  const [gpu, native] = [options.device === 'webgpu' ? '-webgpu' : '', options.native === true ? ':native' : '']
  const settings = { ...defaults, name: `${engine.name}${gpu}${native}`, ...options }
  const { device, name, threads } = settings
  if (!Number.isInteger(threads) || threads < 1) {
    throw new InputError(name, `threads: expected a positive integer, got ${threads}`)
  }
  return { ...settings, threads: engine.threadsOf(ort, device === 'webgpu' ? 1 : threads) }
}

/** A backend on ONNX Runtime: float32, and float64 where the device has it. @throws InputError */
export function onnxBackend({ ort, ...options }: OnnxBackendOptions): Backend {
  const engine = engineOf(ort)
  const settings = settingsOf(ort, engine, options)
  /** Each with the bytes of its model. Constants stay the caller's memory; ONNX Runtime tells nothing of its own. */
  const executables = new Map<Executable, number>()
  let disposed = false
  return {
    name: settings.name,
    info: infoOf(ort, engine, settings),
    async compile(program: Program, constants: TensorMap): Promise<Executable> {
      if (disposed) throw new BackendError(settings.name, `compile of "${program.name}" after dispose`)
      checkConstants(settings.name, verify(program), constants)
      if (settings.device === 'webgpu') checkWebgpu(settings.name, program)
      checkRows(settings.name, program, 'constants', constants)
      const widestSum = settings.device === 'webgpu' ? 0 : engine.widestSum
      const packed = settings.packing ? pack(program, widestSum) : { program, packs: [] }
      const model = encodeModel(buildModel(packed.program, version, settings.threads, dialectOf(settings)))
      const session = await createSession(ort, engine, settings, packed.program, model)
      const onDispose = (one: Executable): void => void executables.delete(one)
      const parts = { ort, engine, backend: settings.name, program, packed, session, constants, onDispose }
      const executable = new OnnxExecutable(parts)
      executables.set(executable, model.byteLength)
      return executable
    },
    async dispose() {
      disposed = true
      await Promise.all([...executables.keys()].map((executable) => executable.dispose()))
    },
    memory: async () => ({
      bytes: [...executables.values()].reduce((sum, bytes) => sum + bytes, 0),
      tensors: executables.size,
    }),
  }
}
