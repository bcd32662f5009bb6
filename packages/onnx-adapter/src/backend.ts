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
import { checkRows, OnnxExecutable } from './executable.js'
import { buildModel, irVersion, opset } from './model/model.js'
import { encodeModel } from './model/proto.js'
import { pack } from './fusion/packing.js'
import { type OrtModule, versionOf } from './runtime.js'

/** Level of ONNX Runtime's own graph optimizations. */
export type GraphOptimization = 'disabled' | 'basic' | 'extended' | 'all'

/** Options of `onnxBackend`. */
export interface OnnxBackendOptions {
  /** The module `onnxruntime-node`. */
  readonly ort: OrtModule
  /** Threads inside one operation: 1 unless told otherwise. Their number can change the last bits of large products. */
  readonly threads?: number
  /** `disabled` unless told otherwise; `extended` and `all` compute some float64 programs in float32. */
  readonly graphOptimization?: GraphOptimization
  /** Small tensors that are treated alike are computed as one: true unless told otherwise. Changes no bit. */
  readonly packing?: boolean
  /** Name of the backend in records and messages: `onnx` unless told otherwise. */
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
const defaults = { threads: 1, graphOptimization: 'disabled', packing: true, name: 'onnx' } as const

/** Idle threads spin for this long before they sleep. The 1 ms of the runtime starves whoever shares the cores. */
const spinning = { extra: { session: { intra_op: { spin_duration_us: '50' } } } }

function sessionOptions({ threads, graphOptimization }: Settings): InferenceSession.SessionOptions {
  return {
    executionProviders: ['cpu'],
    executionMode: 'sequential',
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: graphOptimization,
    // Failures are raised as errors; they need not be printed as well.
    logSeverityLevel: 4,
    // With or without these two, speed and resident memory are the same within noise.
    enableMemPattern: true,
    enableCpuMemArena: true,
    ...(threads > 1 ? spinning : {}),
  }
}

function infoOf(ort: OrtModule, settings: Settings): BackendInfo {
  return {
    versions: { 'onnxruntime-node': versionOf(ort) },
    device: 'cpu',
    threads: settings.threads,
    dtypes: ['float32', 'float64', 'int32', 'uint8', 'bool'],
    options: { graphOptimization: settings.graphOptimization, packing: settings.packing, opset, irVersion },
  }
}

/** A session for the model. ONNX Runtime's complaint about a missing kernel becomes the typed error of the contract. */
async function createSession(
  ort: OrtModule,
  settings: Settings,
  program: Program,
  bytes: Uint8Array,
): Promise<InferenceSession> {
  try {
    return await ort.InferenceSession.create(bytes, sessionOptions(settings))
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error)
    const missing = /Could not find an implementation for .* node with name '%(\d+) /.exec(text)
    const node = program.nodes.find(({ id }) => String(id) === missing?.[1])
    const dtype = node && (valueTypes(program).get(node.inputs[0] ?? node.id) ?? node.type).dtype
    if (node && dtype) throw new UnsupportedOpError(settings.name, node.op, dtype, text)
    throw new BackendError(settings.name, `compile of "${program.name}" failed: ${text}`, { cause: error })
  }
}

/** A backend on ONNX Runtime's CPU provider, float32 and float64. */
export function onnxBackend({ ort, ...options }: OnnxBackendOptions): Backend {
  const settings: Settings = { ...defaults, ...options }
  if (!Number.isInteger(settings.threads) || settings.threads < 1) {
    throw new InputError(settings.name, `threads: expected a positive integer, got ${settings.threads}`)
  }
  /** Each with the bytes of its model. Constants stay the caller's memory; ONNX Runtime tells nothing of its own. */
  const executables = new Map<Executable, number>()
  let disposed = false
  return {
    name: settings.name,
    info: infoOf(ort, settings),
    async compile(program: Program, constants: TensorMap): Promise<Executable> {
      if (disposed) throw new BackendError(settings.name, `compile of "${program.name}" after dispose`)
      checkConstants(settings.name, verify(program), constants)
      checkRows(settings.name, program, 'constants', constants)
      const packed = settings.packing ? pack(program) : { program, packs: [] }
      const model = encodeModel(buildModel(packed.program, version, settings.threads))
      const session = await createSession(ort, settings, packed.program, model)
      const onDispose = (one: Executable): void => void executables.delete(one)
      const parts = { ort, backend: settings.name, program, packed, session, constants, onDispose }
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
