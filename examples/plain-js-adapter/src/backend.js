/**
 * The backend: what it says of itself, what it refuses, and how it runs one step. Checking what enters a scan, looping
 * over its steps and stacking their outputs is `scanByStep` of core; the arithmetic is `kernels/`.
 *
 * @import { Backend, BackendInfo, StepFunction, Tensor, TensorMap } from '@isograd/core/backend'
 * @import { Program } from '@isograd/core/ir'
 * @import { Kernel } from './kernels/index.js'
 */
import { BackendError, scanByStep, UnsupportedOpError, zeros } from '@isograd/core/backend'
import { allInputs, concreteShape, verify } from '@isograd/core/ir'
import { kernels } from './kernels/index.js'

const NAME = 'plain-js'

/** @type {BackendInfo} */
const info = {
  versions: { 'isograd-adapter-plain-js': '0.1.0' },
  device: 'cpu',
  threads: 1,
  dtypes: ['float32', 'int32', 'uint8', 'bool'],
  options: {},
}

/**
 * A kernel by the name of its operation; a later version of core may have operations that this package does not.
 *
 * @param {string} op
 * @returns {Kernel<unknown> | undefined}
 */
function kernelOf(op) {
  return /** @type {Readonly<Record<string, Kernel<unknown>>>} */ (kernels)[op]
}

/**
 * Refuses here, when compiling, whatever could not be computed later.
 *
 * @param {Program} program
 * @throws {UnsupportedOpError} for an operation without a kernel, or a dtype that is not declared.
 */
function requireSupport(program) {
  const values = [...allInputs(program).map(({ type }) => ({ op: 'input', type })), ...program.nodes]
  for (const { op, type } of values) {
    if (op !== 'input' && kernelOf(op) === undefined) throw new UnsupportedOpError(NAME, op)
    if (!info.dtypes.includes(type.dtype)) throw new UnsupportedOpError(NAME, op, type.dtype)
  }
}

/**
 * One step: node after node, each into an array of its own. Nothing is reused, so nothing can be overwritten while it
 * is still needed; the garbage collector frees what a step leaves behind.
 *
 * @param {Program} program
 * @param {TensorMap} constants
 * @returns {StepFunction}
 */
function stepOf({ inputs, nodes, outputs }, constants) {
  const plan = nodes.map((node) => ({ ...node, kernel: /** @type {Kernel<unknown>} */ (kernelOf(node.op)) }))
  return (carry, x, batch) => {
    /** @type {Tensor[]} */
    const values = []
    for (const { id, name } of inputs.constants) values[id] = constants[name]
    for (const { id, name } of inputs.carry) values[id] = carry[name]
    for (const { id, name } of inputs.xs) values[id] = x[name]
    for (const { id, kernel, type, inputs: operands, attributes } of plan) {
      const out = zeros(type.dtype, concreteShape(type.shape, batch))
      const given = operands.map((operand) => values[operand])
      kernel(out, given, attributes)
      values[id] = out
    }
    /** @param {Program['outputs']['ys']} wanted */
    const pick = (wanted) => Object.fromEntries(wanted.map(({ name, value }) => [name, values[value]]))
    return { carry: pick(outputs.carry), y: pick(outputs.ys) }
  }
}

/**
 * A backend in plain JavaScript. It holds no memory outside the heap, so that to dispose of it is only to refuse; a
 * runtime with memory of its own says in `memory` what it holds, and conformance finds what is never freed.
 *
 * @returns {Backend}
 */
export function plainJsBackend() {
  let disposed = false
  /** @param {string} what */
  const requireAlive = (what) => {
    if (disposed) throw new BackendError(NAME, `${what} after dispose of the backend`)
  }
  return {
    name: NAME,
    info,
    async compile(program, constants) {
      requireAlive(`compile of "${program.name}"`)
      requireSupport(verify(program))
      const executable = scanByStep(program, constants, NAME, stepOf(program, constants))
      return {
        async scan(carry, xs) {
          requireAlive(`scan of "${program.name}"`)
          return executable.scan(carry, xs)
        },
        dispose: () => executable.dispose(),
      }
    },
    async dispose() {
      disposed = true
    },
    memory: async () => ({ bytes: 0, tensors: 0 }),
  }
}
