/**
 * Everything that core can put into a network, differentiated by TensorFlow.js, against core's differentiation in
 * float64. Neither knows of the other.
 */
import { type ArmSpec, builtins, findPreset, parseExperiment, referenceBackend, TrainingPlan } from '@isograd/core'
import { type Backend, tensor, type TensorMap } from '@isograd/core/backend'
import { type Dataset, type DataTable, dataTable, digits, pictureFields, RandomStream } from '@isograd/core/data'
import { describe, expect, it } from 'vitest'
import { openBackend, autogradVariants } from './backends.js'

function noise(count: number, seed: number): DataTable {
  const stream = new RandomStream(seed, 'sample')
  const draw = (size: number, limit: number): number[] => Array.from({ length: size }, () => stream.below(limit))
  return dataTable({
    image: tensor('uint8', [count, 4, 4], draw(count * 16, 256)),
    label: tensor('uint8', [count], draw(count, 10)),
  })
}

const small: Dataset = {
  name: 'noise',
  origin: 'noise',
  fields: pictureFields([4, 4], 10),
  target: 'label',
  splits: { train: noise(40, 1), test: noise(10, 2) },
}

const dense = { type: 'dense', units: 12 }

function networkOf(...inner: readonly object[]): Record<string, unknown> {
  return { model: { layers: [{ type: 'flatten' }, dense, ...inner, { type: 'dense', units: 10 }] } }
}

function armOf(changes: Record<string, unknown>, arm = 'default'): ArmSpec {
  const document = { name: 'small', data: { dataset: 'noise' }, optimizer: { type: 'adam' }, batchSize: 16, epochs: 1 }
  const found = parseExperiment({ ...document, ...changes }).arms[arm]
  if (found === undefined) throw new RangeError(`no arm ${arm}`)
  return found
}

/** The first step's loss and gradients, from the weights that the arm begins with. */
async function firstStep(backend: Backend, arm: ArmSpec, dataset: Dataset): Promise<TensorMap> {
  const plan = new TrainingPlan({ armName: 'one', arm, dataset, registry: builtins })
  const executable = await backend.compile(plan.program('gradients'), plan.constants('gradients'))
  const carry = plan.carryFor('gradients', plan.initial)
  const { ys } = await executable.scan(carry, plan.xs('gradients', { first: 0, count: 1 }))
  await executable.dispose()
  return ys
}

function norm(data: ArrayLike<number>): number {
  return Math.sqrt(Array.from(data).reduce((sum, x) => sum + x * x, 0))
}

/** For each gradient the norm of what differs over its own norm, and the same of the loss. */
function errorsOf(got: TensorMap, want: TensorMap): Record<string, number> {
  const shown = Object.entries(want).filter(([name]) => name === 'loss' || name.startsWith('gradient/'))
  return Object.fromEntries(
    shown.map(([name, { data }]) => {
      const other = got[name]?.data ?? []
      return [name, norm(Array.from(data, (x, i) => x - (other[i] ?? Number.NaN))) / norm(data)]
    }),
  )
}

async function compare(variant: (typeof autogradVariants)[number], arm: ArmSpec, dataset: Dataset) {
  const backend = await openBackend(variant)
  const got = await firstStep(backend, arm, dataset)
  await backend.dispose()
  // The function is continuous, but a relu's derivative is not: float64 starts from the same float32 weights.
  const want = await firstStep(referenceBackend(), { ...arm, precision: 'float64' }, dataset)
  return { got, want, errors: errorsOf(got, want) }
}

function worst(errors: Record<string, number>): number {
  return Math.max(...Object.values(errors))
}

describe.each(autogradVariants)('%s, gradients of a small network', (variant) => {
  // About ten roundings of 6e-8 in a row on the way through such a network, and ten times that where batchNorm takes
  // differences of nearly equal numbers; a wrong rule is off by 1e-2 or more.
  const TOLERANCE = 1e-5

  it.each(Object.keys(builtins.activations).map((name) => [name]))('with %s', async (type) => {
    const { errors } = await compare(variant, armOf(networkOf({ type: 'activation', function: type }, dense)), small)
    expect(Object.keys(errors)).toHaveLength(7)
    expect(worst(errors)).toBeLessThan(TOLERANCE)
  })

  it.each([
    // Not right behind a dense layer: the gradient of its bias would be zero, and its error all of itself.
    ['batchNorm', [{ type: 'activation', function: 'tanh' }, { type: 'batchNorm' }]],
    [
      'dropout',
      [
        { type: 'activation', function: 'sigmoid' },
        { type: 'dropout', rate: 0.5 },
      ],
    ],
    ['prelu', [{ type: 'prelu' }]],
    ['residual', [{ type: 'residual', layers: [dense, { type: 'activation', function: 'silu' }, dense] }]],
    [
      'all of them',
      [
        { type: 'residual', layers: [{ type: 'batchNorm' }, { type: 'prelu' }, dense] },
        { type: 'dropout', rate: 0.2 },
      ],
    ],
  ])('with %s', async (_, inner) => {
    const { errors } = await compare(variant, armOf(networkOf(...inner)), small)
    expect(Object.keys(errors).length).toBeGreaterThanOrEqual(5)
    expect(worst(errors)).toBeLessThan(TOLERANCE)
  })

  it.each(['softmaxCrossEntropy', 'softmaxCrossEntropyOneHot'])('with the loss %s', async (loss) => {
    const { errors } = await compare(variant, armOf({ ...networkOf(), loss }), small)
    expect(worst(errors)).toBeLessThan(TOLERANCE)
  })
})

describe.each([
  ['torch-mlp5', 'relu', 5],
  ['torch-mlp5', 'sigmoid', 5],
  ['keras-13x10', 'sigmoid', 13],
  ['keras-13x10', 'relu', 13],
] as const)('%s, %s', (preset, name, layers) => {
  const found = parseExperiment(findPreset(preset)).arms[name]
  const dataset = digits({ train: 64, test: 10 })

  it('has TensorFlow.js find the loss and the gradient of every layer, the smallest as well as the largest', async () => {
    if (found === undefined) throw new RangeError(`no arm ${name}`)
    const { errors, want, got } = await compare('tfjs-wasm:autograd', found, dataset)
    expect(Object.keys(errors)).toHaveLength(1 + 2 * layers)
    expect(worst(errors)).toBeLessThan(1e-5)
    const norms = [want, got].map((ys) =>
      Object.entries(ys).flatMap(([key, { data }]) => (key in errors ? norm(data) : [])),
    )
    for (const [i, size] of (norms[0] ?? []).entries())
      expect(Math.abs(size - (norms[1]?.[i] ?? 0)) / size).toBeLessThan(1e-5)
  })
})
