/** A small classifier over a bound data set, trained by gradient descent: the program that the tests here scan. */
import { type FloatDType, tensor, type TensorMap } from '@isograd/core/backend'
import { RandomStream } from '@isograd/core/data'
import { Builder, gradient, type Program, type Value } from '@isograd/core/ir'

/** Size of the network and its data. */
export interface Network {
  readonly dtype: FloatDType
  readonly widths: readonly number[]
  readonly rows: number
  readonly activation: 'relu' | 'sigmoid'
}

function classifier(b: Builder, pixels: Value, weights: readonly Value[], activation: Network['activation']): Value {
  let value = pixels
  for (let i = 0; i + 1 < weights.length; i += 2) {
    const [kernel, bias] = [weights[i], weights[i + 1]]
    if (kernel === undefined || bias === undefined) break
    if (i > 0) value = b[activation](value)
    value = b.within({ layer: `dense${i / 2}` }, () => b.add(b.matmul(value, kernel), bias))
  }
  return value
}

/** One step of stochastic gradient descent on the mean cross-entropy: carry of kernels and biases, ys of the loss. */
export function trainingProgram({ dtype, widths, rows, activation }: Network): Program {
  const b = new Builder('training')
  const [inputs = 1, classes = 1] = [widths[0], widths.at(-1)]
  const images = b.constants('images', { dtype: 'uint8', shape: [rows, inputs] })
  const labels = b.constants('labels', { dtype: 'int32', shape: [rows] })
  const weights = widths
    .slice(1)
    .flatMap((width, i) => [
      b.carry(`kernel${i}`, { dtype, shape: [widths[i] ?? 1, width] }),
      b.carry(`bias${i}`, { dtype, shape: [width] }),
    ])
  const picked = b.xs('rows', { dtype: 'int32', shape: ['batch'] })
  const rate = b.xs('rate', { dtype, shape: [] })
  const pixels = b.mul(b.cast(b.gatherRows(images, picked), dtype), b.constant(1 / 255, dtype))
  const target = b.oneHot(b.gatherRows(labels, picked), classes, dtype)
  const logits = classifier(b, pixels, weights, activation)
  const loss = b.within({ stage: 'loss' }, () =>
    b.div(b.neg(b.reduceSum(b.mul(b.logSoftmax(logits), target))), b.size(picked, 0, dtype)),
  )
  const gradients = gradient(b, loss, weights)
  const carry = b.within({ stage: 'update' }, () =>
    weights.map((weight, i): [string, Value] => [weight.name, b.sub(weight, b.mul(rate, gradients[i] ?? weight))]),
  )
  return b.finish({ carry: Object.fromEntries(carry), ys: { loss } })
}

/** Pixels and labels drawn from a seed. */
export function dataOf({ widths, rows }: Network): TensorMap {
  const stream = new RandomStream(1, 'sample')
  const [inputs = 1, classes = 1] = [widths[0], widths.at(-1)]
  const draw = (count: number, limit: number): number[] => Array.from({ length: count }, () => stream.below(limit))
  return {
    images: tensor('uint8', [rows, inputs], draw(rows * inputs, 256)),
    labels: tensor('int32', [rows], draw(rows, classes)),
  }
}

/** Kernels drawn within 1/sqrt(inputs), biases of zero. */
export function weightsOf(program: Program): TensorMap {
  const stream = new RandomStream(2, 'weights')
  return Object.fromEntries(
    program.inputs.carry.map(({ name, type }) => {
      const shape = type.shape.map(Number)
      const limit = shape.length === 2 ? 1 / Math.sqrt(shape[0] ?? 1) : 0
      const count = shape.reduce((product, length) => product * length, 1)
      return [
        name,
        tensor(
          type.dtype,
          shape,
          Array.from({ length: count }, () => (2 * stream.uniform() - 1) * limit),
        ),
      ]
    }),
  )
}

/** Row numbers and the learning rate of `steps` steps. */
export function stepsOf({ dtype, rows }: Network, steps: number, batch: number): TensorMap {
  const picked = Array.from({ length: steps * batch }, (_, i) => (i * 7919) % rows)
  return {
    rows: tensor('int32', [steps, batch], picked),
    rate: tensor(
      dtype,
      [steps],
      Array.from({ length: steps }, (_, i) => 0.1 / (1 + i)),
    ),
  }
}
