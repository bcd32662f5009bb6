/** Updates stand in the loops that compute the gradients of their weights, whatever optimizer they are of. */
import { builtins, parseExperiment, planFor } from '@isograd/core'
import { loadDataset } from '@isograd/core/node'
import { describe, expect, it } from 'vitest'
import { lower } from '../src/lower/lower.js'
import type { Statement } from '../src/loops/loops.js'
import { eachStatement } from '../src/loops/walk.js'

/** An optimizer that nobody has: u <- |g| + u / 2, p <- p - g / (1 + u). */
const own = builtins.extend({
  optimizers: {
    own: {
      runs: 'program',
      settings: {},
      state: () => ({ u: 0 }),
      scalars: () => ({}),
      update: ({ b, parameter, gradient, state }) => {
        const [half, one] = [0.5, 1].map((number) => b.constant(number, gradient.type.dtype))
        if (half === undefined || one === undefined || state['u'] === undefined) throw new Error('no numbers')
        const u = b.add(b.abs(gradient), b.mul(state['u'], half))
        return { parameter: b.sub(parameter, b.div(gradient, b.add(one, u))), state: { u } }
      },
    },
  },
})

async function kernelsWith(optimizer: Readonly<Record<string, unknown>>) {
  const document = {
    name: 'updates',
    data: { dataset: 'friedman1' },
    task: 'regression',
    model: {
      layers: [
        { type: 'dense', units: 8 },
        { type: 'activation', function: 'tanh' },
        { type: 'dense', units: 3 },
        { type: 'dense', units: 1 },
      ],
    },
    loss: 'huber',
    optimizer,
    batchSize: 20,
    epochs: 1,
  }
  const { arms } = parseExperiment(document, { registry: own })
  const [[armName, arm] = []] = Object.entries(arms)
  if (armName === undefined || arm === undefined) throw new Error('an arm is needed')
  const dataset = await loadDataset('friedman1', { registry: own })
  return lower(planFor({ armName, arm, dataset, registry: own }).program('train'), 20).kernels
}

/** Stores to a buffer: the kernel of each, and whether it is one of those that take the results of a product. */
function storing(kernels: Awaited<ReturnType<typeof kernelsWith>>, name: string) {
  const found: { readonly kernel: string; readonly inProduct: boolean }[] = []
  for (const { name: kernel, body } of kernels) {
    const inside = new Set<Statement>()
    eachStatement(body, (s) => {
      if (s.kind === 'product') eachStatement(s.body, (one) => void inside.add(one))
    })
    eachStatement(body, (s) => {
      if (s.kind === 'store' && s.buffer.name === name) found.push({ kernel, inProduct: inside.has(s) })
    })
  }
  return found
}

const optimizers = [
  { type: 'sgd', learningRate: 0.01 },
  { type: 'sgd', learningRate: 0.01, momentum: 0.9, nesterov: true, weightDecay: 0.01 },
  { type: 'adam' },
  { type: 'adamw' },
  { type: 'adadelta' },
  { type: 'adagrad' },
  { type: 'rmsprop' },
  { type: 'rmsprop', momentum: 0.9, centered: true },
  { type: 'rprop' },
  { type: 'nadam' },
  { type: 'radam' },
  { type: 'adamax' },
  { type: 'lion', weightDecay: 0.1 },
  { type: 'own' },
]

describe('the update of a weight is in the product that is its gradient', () => {
  it.each(optimizers.map((one) => [JSON.stringify(one), one] as const))('%s', async (_, optimizer) => {
    const kernels = await kernelsWith(optimizer)
    for (const layer of ['dense1', 'dense2', 'dense3']) {
      const kernel = `weight-gradient/${layer}/matmul, update/${layer}.weight`
      expect(storing(kernels, `${layer}.weight`)).toEqual([{ kernel, inProduct: true }])
    }
  })
})
