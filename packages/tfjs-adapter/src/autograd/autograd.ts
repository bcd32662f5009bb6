/**
 * Gradients by TensorFlow.js: a program's notes say which of its values are gradients of what, and these values are
 * computed by TensorFlow.js's own differentiation of the forward part. It is one more opinion on our differentiation,
 * which all other backends run.
 */
import { internalError, UnsupportedOpError } from '@isograd/core/backend'
import { allInputs, type Program, type ValueId } from '@isograd/core/ir'
import type { KernelBackend } from '@tensorflow/tfjs'
import type { Device } from '../device/device.js'
import type { Arrangement, Procedure } from '../plan/task.js'
import type { TensorFlow } from '../runtime.js'
import { arrangePasses, type PassTask } from './arrangement.js'
import { PassRun, type AutogradDevice } from './pass-run.js'
import type { Pass } from './passes.js'
import { registeredDevice } from './registered-device.js'
import { missingKernel } from './operations.js'
import { sharedGradientCheck } from './shared-gradients.js'

/** A backend of TensorFlow.js with its tape. */
export class Autograd {
  readonly #tf: TensorFlow
  readonly #backend: KernelBackend
  /** The device that executables must run on. */
  readonly device: Device

  /** `device` must be that of `backend`, which is initialised. */
  constructor(tf: TensorFlow, device: Device, backend: KernelBackend) {
    this.#tf = tf
    this.#backend = backend
    this.device = registeredDevice(tf, device, backend)
  }

  /**
   * The tasks of a verified program; of one without notes its nodes.
   * @throws UnsupportedOpError when TensorFlow.js cannot differentiate an operation here.
   */
  arrange(backend: string, program: Program): Arrangement {
    if ((program.gradients ?? []).length === 0) return { tasks: program.nodes, outputs: program.outputs }
    const { before, shared, after, outputs } = arrangePasses(program)
    const names = namesOf(program)
    const nameOf = (id: ValueId): string => `"${names.get(id) ?? `%${id}`}"`
    const first = before.map((task) => {
      if (!('pass' in task)) return task
      this.#checkSupport(backend, task.pass)
      return this.#procedure(task, `gradients of ${nameOf(task.pass.loss)}`)
    })
    return { tasks: [...first, ...shared.map((task) => sharedGradientCheck(task, nameOf)), ...after], outputs }
  }

  #checkSupport(backend: string, { nodes }: Pass): void {
    for (const { node, isDifferentiated } of nodes) {
      const missing = isDifferentiated ? missingKernel(node, this.device.kernels) : undefined
      if (missing === undefined) continue
      const hint = `TensorFlow.js differentiates it with a kernel ${missing}, which ${this.device.name} has not`
      throw new UnsupportedOpError(backend, node.op, node.type.dtype, hint)
    }
  }

  #procedure(task: PassTask, name: string): Procedure {
    const on: AutogradDevice = { tf: this.#tf, device: this.device }
    return {
      name,
      reads: task.pass.reads,
      makes: [...task.pass.targets.map(({ makes }) => makes), ...task.keeps],
      run: (values, batch) => this.#whileActive(() => new PassRun(on, task, values, batch).run()),
    }
  }

  /**
   * Operations run on the engine's active backend, so it is switched, and switched back before anything else can run:
   * `setBackend` is synchronous for a backend that is initialised. One that is being initialised gets its name back.
   */
  #whileActive(work: () => void): void {
    const engine = this.#tf.engine()
    const { name } = this.device
    const previous = engine.backendName
    if (previous !== name) void engine.setBackend(name)
    try {
      if (engine.backend !== this.#backend) throw internalError(`TensorFlow.js's backend "${name}" was replaced`)
      work()
    } finally {
      if (previous !== name) restore(engine, previous)
    }
  }
}

function restore(engine: ReturnType<TensorFlow['engine']>, name: string): void {
  if (name in engine.registry) void engine.setBackend(name)
  else engine.backendName = name
}

function namesOf(program: Program): ReadonlyMap<ValueId, string> {
  return new Map([...allInputs(program), ...program.nodes].map(({ id, name }) => [id, name]))
}
