/** Causes that are told of a trace, and those that are not: the trace of one arm is judged as that of another. */
import { expect, it } from 'vitest'
import { checkTrace } from '../src/compare/steps/trace-check.js'
import { makeTrace, traceNames } from '../src/compare/steps/trace.js'
import type { Safetensors } from '../src/records/safetensors.js'
import { referenceBackend } from '../src/reference/backend.js'
import type { Tensor } from '../src/tensor.js'
import { smallPlan } from './check-subjects.js'

const STEPS = 3
const dense = {
  model: {
    layers: [{ type: 'flatten' }, { type: 'dense', units: 5 }, { type: 'activation' }, { type: 'dense', units: 10 }],
  },
  activation: 'relu',
  seed: 3,
}

/** The training of arm `done`, as a trace of arm `asked`. */
async function traceOf(asked: Record<string, unknown>, done: Record<string, unknown>): Promise<Safetensors> {
  const { metadata } = await makeTrace(smallPlan({ ...dense, ...asked }), referenceBackend(), STEPS)
  const { tensors } = await makeTrace(smallPlan({ ...dense, ...done }), referenceBackend(), STEPS)
  const told = Object.entries(tensors).filter(([name]) => /\/(loss|gradient|after)/.test(name))
  return { tensors: Object.fromEntries(told), metadata }
}

function sentences(asked: Record<string, unknown>, trace: Safetensors, kind?: string): string[] {
  const { findings } = checkTrace(smallPlan({ ...dense, ...asked }), trace)
  return findings.filter((one) => kind === undefined || one.kind === kind).map(({ sentence }) => sentence)
}

const norm = { type: 'norm', maxNorm: 0.05 }
const sgd = { type: 'sgd', learningRate: 0.05 }
const rmsprop = { type: 'rmsprop', learningRate: 0.003 }
const l2 = { type: 'l2', factor: 0.01 }
const withDropout = {
  model: { layers: [...dense.model.layers.slice(0, 3), { type: 'dropout', rate: 0.25 }, { type: 'dense', units: 10 }] },
}
const withoutDropout = {
  model: { layers: [...dense.model.layers.slice(0, 3), { type: 'dropout', rate: 0 }, { type: 'dense', units: 10 }] },
}
function activatedTwice(second: Readonly<Record<string, unknown>>) {
  const [flatten, ...hidden] = dense.model.layers.slice(0, 3)
  const layers = [
    flatten,
    ...hidden,
    ...hidden.slice(0, 1),
    { type: 'activation', ...second },
    { type: 'dense', units: 10 },
  ]
  return { model: { layers }, activation: 'gelu' }
}
const squashed = {
  model: { layers: [...dense.model.layers, { type: 'activation', function: 'softmax' }] },
}

it.each([
  [
    'a decay of 0.0001',
    {},
    { optimizer: { type: 'adam', weightDecay: 1e-4 } },
    '"optimizer.weightDecay" 0.0001 gives,',
  ],
  ['no clipping', { clipping: norm }, {}, 'no clipping gives,'],
  [
    'clipping by value',
    { clipping: norm },
    { clipping: { type: 'value', limit: 0.02 } },
    'by value with "clipping.limit" 0.02 gives,',
  ],
  ['clipping', {}, { clipping: norm }, 'by norm with "clipping.maxNorm" 0.05 gives,'],
  [
    'no schedule',
    { optimizer: sgd, schedule: { type: 'exponential', gamma: 0.7, by: 'step' } },
    { optimizer: sgd },
    'a learning rate without its schedule gives,',
  ],
  [
    'another epsilon of RMSprop',
    { optimizer: rmsprop },
    { optimizer: { ...rmsprop, epsilon: 1e-5 } },
    '"optimizer.epsilon" 0.00001 gives,',
  ],
  [
    'a smaller epsilon of Adam',
    { optimizer: { type: 'adam', epsilon: 1e-3 } },
    { optimizer: { type: 'adam', epsilon: 1e-6 } },
    '"optimizer.epsilon" 0.000001 gives,',
  ],
  [
    'a larger norm to clip to',
    { clipping: norm },
    { clipping: { ...norm, maxNorm: 0.1 } },
    '"clipping.maxNorm" 0.1 gives,',
  ],
  [
    'a mean that is not subtracted',
    { optimizer: { ...rmsprop, centered: true } },
    { optimizer: rmsprop },
    '"optimizer.centered" false gives,',
  ],
  [
    'one beta in the place of the other',
    {},
    { optimizer: { type: 'adam', beta1: 0.999, beta2: 0.9 } },
    '"optimizer.beta1" 0.999 and "optimizer.beta2" 0.9 gives,',
  ],
  [
    'an optimizer without its settings',
    { optimizer: { type: 'adam', beta1: 0.8, beta2: 0.99 } },
    {},
    '"optimizer.beta1" 0.9 and "optimizer.beta2" 0.999, the defaults, gives,',
  ],
  ['a penalty', {}, { regularizer: l2 }, 'a penalty l2 of weights with "factor" 0.01 gives,'],
  [
    'half of a penalty',
    { regularizer: l2 },
    { regularizer: { ...l2, factor: 0.005 } },
    '"regularizer.factor" 0.005 gives,',
  ],
  [
    'no momentum',
    { optimizer: { ...rmsprop, momentum: 0.5 } },
    // As good as none, with the state that the trace must have.
    { optimizer: { ...rmsprop, momentum: 1e-30 } },
    '"optimizer.momentum" 0 gives,',
  ],
  [
    'another activation in one of two layers',
    activatedTwice({}),
    activatedTwice({ function: 'geluTanh' }),
    '"activation" geluTanh in "activation2" alone gives,',
  ],
  ['softmax twice', {}, squashed, 'softmax behind the last layer gives,'],
  ['no dropout', withDropout, withoutDropout, 'a network in evaluation gives,'],
])('%s is named', async (_, asked, done, told) => {
  expect(sentences(asked, await traceOf(asked, done))[0]).toContain(told)
})

function at({ tensors }: Safetensors, name: string): Tensor {
  const found = tensors[name]
  if (found === undefined) throw new Error(`no ${name}`)
  return found
}

const weights = ['dense1.weight', 'dense2.weight']

/** A trace whose loss has the penalty in it: a factor times the sum of the squares of some parameters before the step. */
function withPenalty(trace: Safetensors, of = weights, factor = 0.01): Safetensors {
  const start = smallPlan(dense).stepCarry
  const losses = Array.from({ length: STEPS }, (_, step): [string, Tensor] => {
    const before = (name: string) => (step === 0 ? start[name] : trace.tensors[traceNames.after(step - 1, name)])
    const penalised = of.flatMap((name) => Array.from(before(name)?.data ?? [], Number))
    const own = at(trace, traceNames.loss(step))
    const whole = penalised.reduce((sum, w) => sum + factor * w * w, Number(own.data[0]))
    return [traceNames.loss(step), { ...own, data: Float32Array.of(whole) } as Tensor]
  })
  return { ...trace, tensors: { ...trace.tensors, ...Object.fromEntries(losses) } }
}

it('a regularized training agrees, whether its loss is told with the penalty or without', async () => {
  const asked = { regularizer: l2 }
  const trace = await traceOf(asked, asked)
  expect(sentences(asked, trace)).toEqual([])
  expect(sentences(asked, withPenalty(trace))).toEqual([])
  const unasked = withPenalty(await traceOf({}, asked))
  expect(sentences({}, unasked)[0]).toContain('a penalty l2 of weights with "factor" 0.01 gives,')
})

it('a loss that is told with the penalty of a decay is told so, where the gradients are without it', async () => {
  const asked = { optimizer: { type: 'adam', weightDecay: 0.05 } }
  const all = [...weights, 'dense1.bias', 'dense2.bias']
  const [first, ...others] = sentences(asked, withPenalty(await traceOf(asked, asked), all, 0.025))
  expect(first).toContain('a loss that is told with the penalty of "optimizer.weightDecay" gives,')
  expect(others).toEqual([])
})

it('a decay of SGD beside the gradient is told so', async () => {
  const momentum = { ...sgd, momentum: 0.9 }
  const asked = { optimizer: { ...momentum, weightDecay: 0.02 } }
  const { tensors, metadata } = await traceOf(asked, { optimizer: momentum })
  // The first update, less the learning rate times the decay of each parameter: the velocity alone tells them apart.
  const start = smallPlan(dense).stepCarry
  const first = Object.entries(tensors).filter(([name]) => name.startsWith('step/0/'))
  const shrunk = first.map(([name, tensor]): [string, Tensor] => {
    const before = start[name.replace(/^step\/0\/after\//, '')]
    if (before === undefined) return [name, tensor]
    const data = Float32Array.from(tensor.data, (x, i) => x - 0.05 * 0.02 * Number(before.data[i]))
    return [name, { ...tensor, data } as Tensor]
  })
  const trace = { tensors: Object.fromEntries(shrunk), metadata: { ...metadata, steps: '1' } }
  expect(sentences(asked, trace, 'state')[0]).toContain('a decay of weights beside the gradient gives,')
})

it('another share of a mean is told though the states are left out', async () => {
  const asked = { optimizer: { ...rmsprop, alpha: 0.9 } }
  const { tensors, metadata } = await traceOf(asked, { optimizer: { ...rmsprop, alpha: 0.99 } })
  const told = Object.entries(tensors).filter(([name]) => !/after\/.*\//.test(name))
  const [first] = sentences(asked, { tensors: Object.fromEntries(told), metadata }, 'update')
  expect(first).toContain('"optimizer.alpha" 0.99 gives,')
})

it('what the first update of two optimizers has in common is not told where the second has it not', async () => {
  const { tensors, metadata } = await traceOf(
    { optimizer: rmsprop },
    { optimizer: { type: 'adam', learningRate: 0.003 } },
  )
  const told = Object.entries(tensors).filter(([name]) => !/after\/.*\//.test(name))
  const [first] = sentences({ optimizer: rmsprop }, { tensors: Object.fromEntries(told), metadata }, 'update')
  expect(first).toMatch(/step 0\)$/)
})

it('a number that fits the loss is not told where the gradients are as they should be', async () => {
  const trace = await traceOf({}, {})
  const late = [1, 2].map((step) => [traceNames.loss(step), at(trace, traceNames.loss(step - 1))])
  const [first] = sentences({}, { ...trace, tensors: { ...trace.tensors, ...Object.fromEntries(late) } })
  expect(first).toMatch(/the loss is off.*step 1\)$/)
})

it('a learning rate that fits the first update is not told where a missing correction fits all', async () => {
  const trace = await traceOf({}, {})
  const names = Object.keys(trace.tensors).filter((name) => /^step\/0\/after\/[^/]+$/.test(name))
  const start = smallPlan(dense).stepCarry
  const shrunk: Record<string, Tensor> = {}
  for (const name of names.map((each) => each.slice('step/0/after/'.length))) {
    // By Adam's own formula: 1 - 0.9^t in the place of 1 below m.
    let [before, now] = [Array.from(start[name]?.data ?? [], Number), Array.from(start[name]?.data ?? [], Number)]
    for (let step = 0; step < STEPS; step++) {
      const after = at(trace, traceNames.after(step, name))
      const data = Array.from(after.data, Number)
      now = now.map((x, i) => x + (Number(data[i]) - Number(before[i])) * (1 - 0.9 ** (step + 1)))
      before = data
      shrunk[traceNames.after(step, name)] = { ...after, data: Float32Array.from(now) } as Tensor
    }
  }
  const [first] = sentences({}, { ...trace, tensors: { ...trace.tensors, ...shrunk } }, 'update')
  expect(first).toContain('no bias correction by "optimizer.beta1" gives,')
})
