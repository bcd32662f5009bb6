/**
 * Whole training steps: forward, loss, gradients and update of small networks, ten steps through one scan. Also what
 * must leave the numbers alone: tapping the values in between.
 */
import type { Backend, ScanResult } from '../../backend/contract.js'
import { Builder, type Value } from '../../ir/builder.js'
import { gradient } from '../../ir/gradient.js'
import type { OpName } from '../../ir/ops/index.js'
import { inputAt } from '../../ir/ops/operation.js'
import { BATCH, type Program } from '../../ir/program.js'
import { tap } from '../../ir/tap.js'
import type { FloatDType, Tensor, TensorMap } from '../../tensor.js'
import { type BehaviourCase, type CaseData, caseDTypes, type CaseTolerance, type ConformanceCase } from '../case.js'
import { requireSameBits } from '../compare.js'
import { below, filledTensor, streamFor, uniform } from '../operation-case.js'

type Activation = 'relu' | 'sigmoid' | 'tanh'

const SAMPLES = 40
const CLASSES = 3
const WIDTHS = [12, 8, 6, CLASSES] as const
const STEPS = 10
const RATE = 0.2

const OPS: readonly OpName[] = [
  'gatherRows',
  'cast',
  'mul',
  'matmul',
  'add',
  'logSoftmax',
  'oneHot',
  'reduceSum',
  'neg',
]

interface Layer {
  readonly kernel: Value
  readonly bias: Value
}

function layersOf(b: Builder, dtype: FloatDType): Layer[] {
  return WIDTHS.slice(1).map((width, i) => ({
    kernel: b.carry(`kernel${i}`, { dtype, shape: [inputAt(WIDTHS, i), width] }),
    bias: b.carry(`bias${i}`, { dtype, shape: [width] }),
  }))
}

/** Bytes and labels of the rows of a batch, scaled and one-hot. */
function samples(b: Builder, dtype: FloatDType): readonly [Value, Value] {
  const stored = b.constants('samples', { dtype: 'uint8', shape: [SAMPLES, WIDTHS[0]] })
  const labels = b.constants('labels', { dtype: 'uint8', shape: [SAMPLES] })
  const rows = b.xs('rows', { dtype: 'int32', shape: [BATCH] })
  const inputs = b.mul(b.cast(b.gatherRows(stored, rows), dtype), b.constant(1 / 255, dtype))
  return [inputs, b.oneHot(b.cast(b.gatherRows(labels, rows), 'int32'), CLASSES, dtype)]
}

function lossOf(b: Builder, layers: readonly Layer[], activation: Activation, dtype: FloatDType): Value {
  const [inputs, targets] = samples(b, dtype)
  let signal = inputs
  for (const [i, { kernel, bias }] of layers.entries()) {
    b.within({ layer: `dense${i}` }, () => {
      const logits = b.add(b.matmul(signal, kernel), bias)
      signal = i === layers.length - 1 ? b.logSoftmax(logits) : b[activation](logits)
    })
  }
  return b.within({ layer: 'loss' }, () => b.div(b.neg(b.reduceSum(b.mul(targets, signal))), b.size(targets, 0, dtype)))
}

/** One step of gradient descent on the mean cross-entropy of a batch. */
export function trainingProgram(activation: Activation, dtype: FloatDType): Program {
  const b = new Builder(`train-${activation}`)
  const layers = layersOf(b, dtype)
  const loss = lossOf(b, layers, activation, dtype)
  const parameters = layers.flatMap(({ kernel, bias }) => [kernel, bias])
  const gradients = gradient(b, loss, parameters)
  const carry = b.within({ layer: 'update' }, () =>
    parameters.map((parameter, i): [string, Value] => {
      const slope = gradients[i] ?? b.zerosLike(parameter)
      return [parameter.name, b.sub(parameter, b.mul(slope, b.constant(RATE, dtype)))]
    }),
  )
  return b.finish({ carry: Object.fromEntries(carry), ys: { loss } })
}

function initialWeights(program: Program, dtype: FloatDType): TensorMap {
  const random = streamFor('training/weights')
  return Object.fromEntries(
    program.inputs.carry.map(({ name, type }): [string, Tensor] => {
      const shape = type.shape.map(Number)
      return [name, filledTensor(random, dtype, shape, uniform(-0.7, 0.7))]
    }),
  )
}

/** The network with data, weights and the rows of ten batches of five, and of ten of two. */
export function trainingData(activation: Activation, dtype: FloatDType): CaseData {
  const program = trainingProgram(activation, dtype)
  const random = streamFor('training/data')
  const constants = {
    samples: filledTensor(random, 'uint8', [SAMPLES, WIDTHS[0]], below(256)),
    labels: filledTensor(random, 'uint8', [SAMPLES], below(CLASSES)),
  }
  const carry = initialWeights(program, dtype)
  const scans = [5, 2].map((batch) => ({
    carry,
    xs: { rows: filledTensor(random, 'int32', [STEPS, batch], below(SAMPLES)) },
  }))
  return { program, constants, scans }
}

const TRAINED: CaseTolerance = {
  epsilons: 32,
  scale: 'tensor',
  reason: 'ten contracting steps of about thirty rounded operations; no unit near a kink; up to 1.8 seen',
}

/** Every node tapped: the outputs that were there before keep their bits. */
async function checkTap(backend: Backend, dtype: FloatDType): Promise<void> {
  const data = trainingData('tanh', dtype)
  const [input] = data.scans
  if (input === undefined) return
  const run = async (program: Program): Promise<ScanResult> => {
    const executable = await backend.compile(program, data.constants)
    try {
      return await executable.scan(input.carry, input.xs)
    } finally {
      await executable.dispose()
    }
  }
  const plain = await run(data.program)
  const names = data.program.nodes.map(({ name }) => name)
  const tapped = await run(tap(data.program, names))
  const kept = Object.keys(plain.ys).flatMap((name) => (tapped.ys[name] ? [[name, tapped.ys[name]] as const] : []))
  requireSameBits('carry of the tapped program', tapped.carry, plain.carry)
  requireSameBits('ys of the tapped program', Object.fromEntries(kept), plain.ys)
}

function tapCases(): BehaviourCase[] {
  return caseDTypes.map((dtype) => ({
    kind: 'behaviour',
    id: `tap/neutral/${dtype}`,
    ops: [],
    dtype,
    about: 'tapping every node of a training step changes no bit of its results',
    check: (backend) => checkTap(backend, dtype),
  }))
}

/** Cases of whole training steps. */
export function trainingCases(): ConformanceCase[] {
  const activations: readonly Activation[] = ['relu', 'sigmoid', 'tanh']
  return [
    ...activations.flatMap((activation) =>
      caseDTypes.map((dtype): ConformanceCase => ({
        kind: 'values',
        id: `training/mlp-${activation}/${dtype}`,
        ops: [...OPS, activation],
        dtype,
        about: `ten steps of gradient descent on a network of three layers with ${activation}`,
        tolerance: TRAINED,
        build: () => trainingData(activation, dtype),
      })),
    ),
    ...tapCases(),
  ]
}
