/** A small classifier over a bound data set of bytes, trained by gradient descent: the program that tests here scan. */
import { tensor, type TensorMap } from '@isograd/core/backend'
import { RandomStream } from '@isograd/core/data'
import { Builder, gradient, type Program, type Value } from '@isograd/core/ir'

/** Size of the network and its data. */
export interface Network {
  readonly widths: readonly number[]
  readonly rows: number
  readonly activation: 'relu' | 'sigmoid' | 'tanh'
}

function layers(b: Builder, pixels: Value, weights: readonly Value[], activation: Network['activation']): Value {
  return weights.reduce((value, weight, i) => {
    if (weight.type.shape.length === 1) return b.add(value, weight)
    return b.within({ layer: `dense${i / 2}` }, () => b.matmul(i === 0 ? value : b[activation](value), weight))
  }, pixels)
}

function parameters(b: Builder, widths: readonly number[]): Value[] {
  return widths
    .slice(1)
    .flatMap((width, i) => [
      b.carry(`kernel${i}`, { dtype: 'float32', shape: [widths[i] ?? 1, width] }),
      b.carry(`bias${i}`, { dtype: 'float32', shape: [width] }),
    ])
}

/** One step of gradient descent on the mean cross-entropy: carry of kernels and biases, ys of the loss. */
export function trainingProgram({ widths, rows, activation }: Network): Program {
  const b = new Builder('training', 'forward')
  const images = b.constants('images', { dtype: 'uint8', shape: [rows, widths[0] ?? 1] })
  const labels = b.constants('labels', { dtype: 'uint8', shape: [rows] })
  const weights = parameters(b, widths)
  const picked = b.xs('rows', { dtype: 'int32', shape: ['batch'] })
  const rate = b.xs('rate', { dtype: 'float32', shape: [] })
  const pixels = b.mul(b.cast(b.gatherRows(images, picked), 'float32'), b.constant(1 / 255, 'float32'))
  const target = b.oneHot(b.cast(b.gatherRows(labels, picked), 'int32'), widths.at(-1) ?? 1, 'float32')
  const logits = layers(b, pixels, weights, activation)
  const loss = b.within({ stage: 'loss' }, () =>
    b.div(b.neg(b.reduceSum(b.mul(b.logSoftmax(logits), target))), b.size(picked, 0, 'float32')),
  )
  const gradients = gradient(b, loss, weights, { wrt: 'weight-gradient', inner: 'activation-gradient' })
  const carry = b.within({ stage: 'update' }, () =>
    weights.map((weight, i): [string, Value] => [weight.name, b.sub(weight, b.mul(rate, gradients[i] ?? weight))]),
  )
  return b.finish({ carry: Object.fromEntries(carry), ys: { loss } })
}

/** Pixels and labels drawn from a seed. */
export function dataOf({ widths, rows }: Network): TensorMap {
  const stream = new RandomStream(1, 'sample')
  const draw = (count: number, limit: number): number[] => Array.from({ length: count }, () => stream.below(limit))
  const [inputs = 1, classes = 1] = [widths[0], widths.at(-1)]
  return {
    images: tensor('uint8', [rows, inputs], draw(rows * inputs, 256)),
    labels: tensor('uint8', [rows], draw(rows, classes)),
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
      const data = Array.from({ length: count }, () => (2 * stream.uniform() - 1) * limit)
      return [name, tensor('float32', shape, data)]
    }),
  )
}

/** Row numbers and learning rates of `steps` steps, from the step `first` on. */
export function stepsOf({ rows }: Network, steps: number, batch: number, first = 0): TensorMap {
  const picked = Array.from({ length: steps * batch }, (_, i) => ((i + first * batch) * 7919) % rows)
  const rates = Array.from({ length: steps }, (_, i) => 0.5 / (1 + first + i))
  return { rows: tensor('int32', [steps, batch], picked), rate: tensor('float32', [steps], rates) }
}
