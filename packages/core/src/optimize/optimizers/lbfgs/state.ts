/**
 * The state of L-BFGS between steps, and its form as named float64 tensors, in which a checkpoint holds it beside
 * the parameters. A run that goes on from there is bit-identical.
 */
import { InputError } from '../../../errors.js'
import { scalar, type Tensor, tensor, type TensorMap } from '../../../tensor.js'
import type { LossAndGradient } from '../optimizer.js'
import type { CurvatureMemory } from './memory.js'

/** Where the last iteration started and how it went on, from which the next one learns. */
export interface LastIteration extends LossAndGradient {
  readonly direction: Float64Array
  readonly stepLength: number
}

/** The state between steps. */
export interface LbfgsState {
  /** Iterations and evaluations of all steps so far. */
  readonly iterations: number
  readonly evaluations: number
  readonly memory: CurvatureMemory
  /** Undefined before the first iteration. */
  readonly last: LastIteration | undefined
}

/** The state before the first step. */
export const initialLbfgsState: LbfgsState = { iterations: 0, evaluations: 0, memory: [], last: undefined }

/** The prefix of the names of its tensors. */
export const LBFGS_PREFIX = 'lbfgs/'

function stacked(vectors: readonly Float64Array[]) {
  const [{ length } = { length: 0 }] = vectors
  const data = new Float64Array(vectors.length * length)
  for (const [i, row] of vectors.entries()) data.set(row, i * length)
  return tensor('float64', [vectors.length, length], data)
}

function vector(data: Float64Array) {
  return tensor('float64', [data.length], data)
}

/** The state as tensors whose names start with `lbfgs/`. */
export function lbfgsTensors({ iterations, evaluations, memory, last }: LbfgsState): TensorMap {
  return {
    [`${LBFGS_PREFIX}counts`]: vector(Float64Array.of(iterations, evaluations)),
    [`${LBFGS_PREFIX}steps`]: stacked(memory.map(({ step }) => step)),
    [`${LBFGS_PREFIX}changes`]: stacked(memory.map(({ change }) => change)),
    ...(last !== undefined && {
      [`${LBFGS_PREFIX}last.loss`]: scalar('float64', last.loss),
      [`${LBFGS_PREFIX}last.gradient`]: vector(last.gradient),
      [`${LBFGS_PREFIX}last.direction`]: vector(last.direction),
      [`${LBFGS_PREFIX}last.stepLength`]: scalar('float64', last.stepLength),
    }),
  }
}

/** A tensor of the state. @throws InputError when it is missing. */
function found(tensors: TensorMap, name: string): Tensor {
  const held = tensors[LBFGS_PREFIX + name]
  if (held === undefined) throw new InputError('core', `state of lbfgs: tensor "${LBFGS_PREFIX}${name}" is missing`)
  return held
}

/** A copy of a tensor's numbers. @throws InputError when it is missing. */
const numbersOf = (tensors: TensorMap, name: string): Float64Array => Float64Array.from(found(tensors, name).data)

/** The rows of a matrix, copied. @throws InputError when it is missing. */
function rowsOf(tensors: TensorMap, name: string): Float64Array[] {
  const data = numbersOf(tensors, name)
  const [count = 0] = found(tensors, name).shape
  const length = count === 0 ? 0 : data.length / count
  return Array.from({ length: count }, (_, i) => data.slice(i * length, (i + 1) * length))
}

/** The state that `lbfgsTensors` wrote; other tensors are ignored. @throws InputError when one is missing. */
export function lbfgsStateOf(tensors: TensorMap): LbfgsState {
  const [iterations = 0, evaluations = 0] = numbersOf(tensors, 'counts')
  const changes = rowsOf(tensors, 'changes')
  const memory = rowsOf(tensors, 'steps').flatMap((step, i) => {
    const change = changes[i]
    return change === undefined ? [] : [{ step, change }]
  })
  if (iterations === 0) return { iterations, evaluations, memory, last: undefined }
  const [loss = Number.NaN] = numbersOf(tensors, 'last.loss')
  const [stepLength = Number.NaN] = numbersOf(tensors, 'last.stepLength')
  const gradient = numbersOf(tensors, 'last.gradient')
  const direction = numbersOf(tensors, 'last.direction')
  return { iterations, evaluations, memory, last: { loss, gradient, direction, stepLength } }
}
