/** Published sets without their values have the shapes that their files are known to have, and presets fit them. */
import { describe, expect, it } from 'vitest'
import { builtins, findPreset, networkOf, parseExperiment } from '../src/index.js'
import { loadDataset } from '../src/node/index.js'
import { field } from '../src/records/forms.js'

describe.each([
  ['mnist', [60_000, 10_000], [28, 28], 10],
  ['fashion-mnist', [60_000, 10_000], [28, 28], 10],
  ['cifar10', [50_000, 10_000], [3, 32, 32], 10],
  ['cifar100', [50_000, 10_000], [3, 32, 32], 100],
] as const)('%s', (name, counts, shape, categories) => {
  it('has its shapes and zeros', async () => {
    const { fields, splits } = await loadDataset(name, { blank: true, cacheDir: '/nowhere' })
    expect([splits.train.count, splits.test?.count]).toEqual(counts)
    expect(fields['image']?.shape).toEqual(shape)
    expect(fields['label']?.encoding).toMatchObject({ kind: 'category', count: categories })
    expect(splits.train.columns['image']?.data.every((value) => value === 0)).toBe(true)
  })
})

/** The shape of the kernels of the first convolution of `plain-residual`. */
async function firstKernels(dataset: string, changes: object = {}) {
  const data = await loadDataset(dataset, { blank: true, cacheDir: '/nowhere' })
  const arm = parseExperiment(findPreset('plain-residual')).arms['plain-8']
  if (arm === undefined) throw new Error('no arm')
  const { model } = networkOf({ ...arm, model: { ...arm.model, ...changes } }, data, builtins)
  return model.parameters[0]?.shape
}

it.each([
  ['digits', {}, [4, 1, 3, 3]],
  ['mnist', {}, [4, 1, 3, 3]],
  ['cifar10', {}, [4, 3, 3, 3]],
  ['cifar10', { channels: 'first' }, [4, 3, 3, 3]],
  ['cifar10', { channels: 'last' }, [4, 32, 3, 3]],
])('a convolution over %s, %o, reads its channels', async (dataset, changes, kernels) => {
  // PyTorch's Conv2d(3, 4, 3) of CIFAR-10 has weights of [4, 3, 3, 3].
  expect(await firstKernels(dataset, changes)).toEqual(kernels)
})

it('keeps the place of channels in records', async () => {
  const { fields } = await loadDataset('cifar10', { blank: true, cacheDir: '/nowhere' })
  expect(field.parse(JSON.parse(JSON.stringify(fields['image'])))).toEqual(fields['image'])
})
